package guard

import (
	"bufio"
	"embed"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/personal.jsonl anew")

//go:embed testdata/*.txt
var testdata embed.FS

// labelled is a made-up message. Values are the personal data in it, and keep is
// what looks alike and is none.
type labelled struct {
	Language string   `json:"language"`
	HeldOut  bool     `json:"held_out"`
	Text     string   `json:"text"`
	Values   []value  `json:"values"`
	Keep     []string `json:"keep,omitempty"`
}

type value struct {
	Kind string `json:"kind"` // the name in braces of the template
	Text string `json:"text"`
}

// fields returns the lines of a test file, each cut at its tabs.
func fields(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := testdata.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}

var slot = regexp.MustCompile(`\{(\w+)\}`)

// fillIn fills the template's slots in.
func fillIn(r *rand.Rand, language, template string) labelled {
	m := labelled{Language: language}
	m.Text = slot.ReplaceAllStringFunc(template, func(s string) string {
		kind := s[1 : len(s)-1]
		if lookAlike := lookAlikes[kind]; lookAlike != nil {
			text := lookAlike(r, language)
			m.Keep = append(m.Keep, text)
			return text
		}
		text := personal[kind](r, language)
		m.Values = append(m.Values, value{kind, text})
		return text
	})
	return m
}

// filled makes n messages of a file's templates, each template as often as the others.
func filled(t testing.TB, r *rand.Rand, file string, n int) []labelled {
	templates := fields(t, file)
	var out []labelled
	for i := range n {
		f := templates[i%len(templates)]
		out = append(out, fillIn(r, f[0], f[1]))
	}
	return out
}

// personalMessages are 2,000 messages, half of them of held-out templates.
func personalMessages(t testing.TB) []labelled {
	r := rand.New(rand.NewPCG(2026, 4))
	held := filled(t, r, "personal.heldout.txt", 1000)
	for i := range held {
		held[i].HeldOut = true
	}
	return append(filled(t, r, "personal.dev.txt", 1000), held...)
}

// The file is what the generator makes; other packages' tests read it.
func TestPersonalMessagesAreOnFile(t *testing.T) {
	var want strings.Builder
	for _, m := range personalMessages(t) {
		line, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%s\n", line)
	}
	const name = "testdata/personal.jsonl"
	if *update {
		if err := os.WriteFile(name, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want.String() {
		t.Errorf("%s is not what the generator makes: run go test -run OnFile -update (%v)", name, err)
	}
}

type generator = func(r *rand.Rand, language string) string

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// choose gives the language's choice, or that of English.
func choose(r *rand.Rand, language string, of map[string][]string) string {
	if of[language] == nil {
		language = "en"
	}
	return pick(r, of[language]...)
}

// lookAlikes are numbers and words that agencies' questions hold.
var lookAlikes = map[string]generator{
	"form": func(r *rand.Rand, _ string) string {
		return pick(r, "W-9", "I-94", "SF-1199A", "W-4", "I-9", "DS-82", "DS-11", "1040", "1040-EZ", "1099-MISC", "N-400", "I-485", "SS-5", "CMS-40B", "P45", "SA100", "VA-10-10EZ", "21-526EZ", "K-1", "8962", "cerfa 12100*02", "EX-18", "BA-4")
	},
	"fee": func(r *rand.Rand, language string) string {
		n := 1 + r.IntN(2500)
		if language == "en" {
			return pick(r, fmt.Sprintf("$%d", n), fmt.Sprintf("$%d.%02d", n, r.IntN(100)), fmt.Sprintf("£%d", n), fmt.Sprintf("$1,%03d.50", r.IntN(1000)))
		}
		return pick(r, fmt.Sprintf("%d €", n), fmt.Sprintf("%d,%02d €", n, r.IntN(100)), fmt.Sprintf("1.%03d,00 €", r.IntN(1000)), fmt.Sprintf("%d euros", n))
	},
	"limit": func(r *rand.Rand, language string) string {
		return pick(r, "250000", "250,000", "1000000", "43 430", "12.500", "15,060", "100000", "7500", "36000")
	},
	"date": func(r *rand.Rand, language string) string { return date(r, language, 2019+r.IntN(9)) },
	"year": func(r *rand.Rand, _ string) string { return fmt.Sprint(1990 + r.IntN(40)) },
	"time": func(r *rand.Rand, language string) string {
		h := 7 + r.IntN(12)
		return choose(r, language, map[string][]string{
			"en": {fmt.Sprintf("%d pm", h%12+1), fmt.Sprintf("%d:30", h), "8 a.m."}, "es": {fmt.Sprintf("%d:00", h), fmt.Sprintf("%d h", h)},
			"fr": {fmt.Sprintf("%dh30", h), fmt.Sprintf("%d h", h)}, "de": {fmt.Sprintf("%d Uhr", h), fmt.Sprintf("%d.30", h)}, "pt": {fmt.Sprintf("%dh", h), fmt.Sprintf("%d:15", h)},
		})
	},
	"order": func(r *rand.Rand, _ string) string {
		return pick(r, ds(r, 6), "10000"+ds(r, 5), "2024-"+ds(r, 5), "INV-2024-"+ds(r, 6), "BLD2024-"+ds(r, 6), "114-"+ds(r, 7)+"-"+ds(r, 7), "#"+ds(r, 7), "A"+ds(r, 6), "21-CV-0"+ds(r, 4), "PRM-"+ds(r, 4)+"-"+ds(r, 3))
	},
	"zip": func(r *rand.Rand, _ string) string {
		return pick(r, "1"+ds(r, 4), "6"+ds(r, 4), "9"+ds(r, 4)+"-1"+ds(r, 3))
	},
	"bus": func(r *rand.Rand, _ string) string { return pick(r, "7", "12", "45X", "N38", "101") },
	"statute": func(r *rand.Rand, language string) string {
		return choose(r, language, map[string][]string{
			"en": {"Ordinance 12-345", "section 4.5.6-7", "42 U.S.C. § 1983", "Chapter 813", "26 CFR 1.61-1", "RCW 46.61.502", "Public Law 117-169"},
			"es": {"la Ley 39/2015", "el artículo 149", "el Real Decreto 203/2021"}, "fr": {"article L2212-2", "article 1382"}, "de": {"§ 823 BGB", "Artikel 13 GG", "§ 12 Abs. 3"}, "pt": {"a Lei 8.112/1990"},
		})
	},
	"percent": func(r *rand.Rand, _ string) string { return pick(r, "2.5%", "10 %", "50%", "7,5 %") },
	"casetype": func(r *rand.Rand, language string) string {
		return choose(r, language, map[string][]string{"en": {"small claims", "family reunion", "EB-2", "H-1B", "SSDI", "Section 8", "Chapter 7", "C-PTSD claims"}, "es": {"la reagrupación familiar", "la visa U-1"}})
	},
	"minutes": func(r *rand.Rand, _ string) string { return fmt.Sprint(2 + r.IntN(88)) },
	"room":    func(r *rand.Rand, _ string) string { return pick(r, "101", "2B", "214", "12") },
	"zone":    func(r *rand.Rand, _ string) string { return pick(r, "R-1", "C-2", "RM-24", "7A") },
}

// personal are made-up personal data: phone numbers from the ranges kept for
// fiction where a country has one, and checksums that are right.
var personal = map[string]generator{
	"email": func(r *rand.Rand, language string) string {
		first, last := strings.ToLower(plainName(r)), strings.ToLower(plainName(r))
		at := pick(r, "example.org", "mail.example.com", "example.co.uk", "example.net", "town.example.gov")
		return pick(r, first+"."+last, first[:1]+last+ds(r, 2), first+"_"+last, first+"+"+last, last+"-"+first, first) + "@" + at
	},
	"phone":   phone,
	"address": address,
	"name":    func(r *rand.Rand, language string) string { return name(r, language) },
	"ssn": func(r *rand.Rand, _ string) string {
		area := 1 + r.IntN(899)
		if area == 666 {
			area = 123
		}
		return fmt.Sprintf(pick(r, "%03d-%02d-%04d", "%03d %02d %04d", "%03d-%02d-%04d"), area, 1+r.IntN(99), 1+r.IntN(9999))
	},
	"nino": func(r *rand.Rand, _ string) string {
		d := ds(r, 6)
		p := pick(r, "AB", "JG", "QQ", "SH", "WE", "PY")
		if p == "QQ" { // kept for examples, and refused
			p = "JT"
		}
		return pick(r, p+d+"C", p+" "+d[:2]+" "+d[2:4]+" "+d[4:]+" A", strings.ToLower(p+d)+"d")
	},
	"nhs":     func(r *rand.Rand, _ string) string { return made(r, NHS, "") },
	"nir":     func(r *rand.Rand, _ string) string { return made(r, NIR, "") },
	"sin":     func(r *rand.Rand, _ string) string { return made(r, SIN, "") },
	"steuer":  func(r *rand.Rand, _ string) string { return spread(r, germanTaxID(r), 2, 3, 3, 3) },
	"aadhaar": func(r *rand.Rand, _ string) string { return aadhaar(r) },
	"cpf": func(r *rand.Rand, _ string) string {
		d := cpf(r)
		return pick(r, d, d[:3]+"."+d[3:6]+"."+d[6:9]+"-"+d[9:])
	},
	"dni": func(r *rand.Rand, _ string) string { return dni("", r) },
	"nie": func(r *rand.Rand, _ string) string { return dni(pick(r, "X", "Y", "Z"), r) },
	"card": func(r *rand.Rand, _ string) string {
		switch r.IntN(3) {
		case 0:
			return spread(r, withLuhn("37"+ds(r, 12)), 4, 6, 5)
		case 1:
			return spread(r, withLuhn("5"+fmt.Sprint(1+r.IntN(5))+ds(r, 13)), 4, 4, 4, 4)
		}
		return spread(r, withLuhn("4"+ds(r, 14)), 4, 4, 4, 4)
	},
	"iban": func(r *rand.Rand, language string) string {
		country := map[string]string{"es": "ES", "fr": "FR", "de": "DE", "pt": "PT"}[language]
		if country == "" {
			country = "DE"
		}
		return iban(r, country)
	},
	"account": func(r *rand.Rand, _ string) string {
		return pick(r, "1"+ds(r, 7), "2"+ds(r, 9), "8"+ds(r, 11), "4"+ds(r, 3)+" "+ds(r, 4)+" "+ds(r, 2))
	},
	"passport": func(r *rand.Rand, language string) string {
		return choose(r, language, map[string][]string{
			"en": {"5" + ds(r, 8), "A" + ds(r, 8)}, "es": {"AAB" + ds(r, 6), "PAC" + ds(r, 6)}, "fr": {"12AB" + ds(r, 5)}, "de": {"C01X0" + ds(r, 1) + "T4" + ds(r, 1), "C" + ds(r, 8)}, "pt": {"FZ" + ds(r, 6)},
		})
	},
	"licence": func(r *rand.Rand, language string) string {
		return choose(r, language, map[string][]string{
			"en": {"D" + ds(r, 7), "S" + ds(r, 3) + "-" + ds(r, 4) + "-" + ds(r, 4), "MORGA" + ds(r, 6) + "SM9IJ", "1" + ds(r, 7)},
			"fr": {ds(r, 12), "13AA" + ds(r, 5)}, "de": {"B072RRE2I" + ds(r, 2), "J" + ds(r, 10)},
		})
	},
	"plate": func(r *rand.Rand, language string) string {
		l := func() string { return pick(r, "BCD", "KLM", "FGH", "RST", "XYZ") }
		return choose(r, language, map[string][]string{
			"en": {"7" + l() + ds(r, 3), l() + "-" + ds(r, 4), "AB" + ds(r, 2) + " " + l(), l() + " " + ds(r, 4)}, "es": {ds(r, 4) + " " + l(), ds(r, 4) + "-" + l(), ds(r, 4) + l()},
			"fr": {"AB-" + ds(r, 3) + "-CD", "FK " + ds(r, 3) + " LM"}, "de": {"B-AB " + ds(r, 4), "M AB " + ds(r, 3), "HH-XY" + ds(r, 3)}, "pt": {l() + "1D" + ds(r, 2), l() + "-" + ds(r, 4)},
		})
	},
	"dob":  func(r *rand.Rand, language string) string { return date(r, language, 1930+r.IntN(80)) },
	"case": func(r *rand.Rand, _ string) string { return fmt.Sprintf("RIV-%02d-%05d", 20+r.IntN(7), r.IntN(100000)) },
}

// casePattern is how the made-up agency writes its case numbers.
const casePattern = `RIV-\d{2}-\d{5}`

func made(r *rand.Rand, kind Kind, _ string) string {
	i := slices.IndexFunc(makers, func(m maker) bool { return m.kind == kind })
	return makers[i].make(r)
}

// spread writes the digits in one piece or in groups.
func spread(r *rand.Rand, d string, sizes ...int) string {
	var parts []string
	for _, n := range sizes {
		parts, d = append(parts, d[:n]), d[n:]
	}
	return strings.Join(parts, pick(r, "", " "))
}

func date(r *rand.Rand, language string, year int) string {
	d, m := 1+r.IntN(28), 1+r.IntN(12)
	months := map[string]string{
		"en": "January February March April May June July August September October November December",
		"es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
		"fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
		"de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
		"pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
	}
	month := strings.Fields(months[language])[m-1]
	return choose(r, language, map[string][]string{
		"en": {fmt.Sprintf("%s %d, %d", month, d, year), fmt.Sprintf("%02d/%02d/%d", m, d, year), fmt.Sprintf("%d-%02d-%02d", year, m, d), fmt.Sprintf("%d %s %d", d, month, year)},
		"es": {fmt.Sprintf("%d de %s de %d", d, month, year), fmt.Sprintf("%02d/%02d/%d", d, m, year)},
		"fr": {fmt.Sprintf("%d %s %d", d, month, year), fmt.Sprintf("%02d/%02d/%d", d, m, year)},
		"de": {fmt.Sprintf("%d. %s %d", d, month, year), fmt.Sprintf("%02d.%02d.%d", d, m, year)},
		"pt": {fmt.Sprintf("%d de %s de %d", d, month, year), fmt.Sprintf("%02d/%02d/%d", d, m, year)},
	})
}

func plainName(r *rand.Rand) string {
	return pick(r, "Ann", "Bob", "Maria", "Jean", "Ulla", "Lopez", "Smith", "Weber", "Costa", "Martin")
}

func name(r *rand.Rand, language string) string {
	first := choose(r, language, map[string][]string{
		"en": {"Maria", "James", "Aisha", "Wei", "Olumide", "Priya", "Sean", "DeShawn", "Mary Ann", "Thomas"}, "es": {"María", "José Luis", "Carmen", "Íñigo", "Guadalupe", "Ángel"},
		"fr": {"Jean-Pierre", "Hélène", "Mohamed", "Chloé", "Étienne", "Marie"}, "de": {"Jürgen", "Anna", "Mehmet", "Käthe", "Hans-Peter", "Sophie"}, "pt": {"João", "Beatriz", "Conceição", "Luís", "Antônio", "Ana"},
	})
	last := choose(r, language, map[string][]string{
		"en": {"Lopez", "O'Brien", "Smith-Jones", "Nguyen", "Van Buren", "McDonald", "Patel", "Washington", "St. Clair", "Kowalski"}, "es": {"López García", "de la Cruz", "Núñez", "Fernández", "Ortega y Gasset"},
		"fr": {"Dupont", "Lefèvre", "de Villiers", "Benali", "Le Goff"}, "de": {"Müller", "von Arnim", "Yılmaz", "Schmidt-Röder", "Weiß"}, "pt": {"da Silva", "Gonçalves", "dos Santos", "Araújo", "Costa"},
	})
	if r.IntN(8) == 0 {
		return strings.ToLower(first + " " + last)
	}
	return first + " " + last
}

func phone(r *rand.Rand, language string) string {
	if r.IntN(6) == 0 {
		language = pick(r, "en", "es", "fr", "de", "pt")
	}
	x := func(n int) string { return ds(r, n) }
	area := fmt.Sprint(201 + r.IntN(780))
	uk, fr2, de, es := x(3), x(2)+" "+x(2), x(3), x(3)
	return choose(r, language, map[string][]string{
		"en": {
			area + "-555-01" + x(2), "(" + area + ") 555-01" + x(2), "+1 " + area + " 555 01" + x(2), area + ".555.01" + x(2), "+1" + area + "55501" + x(2), "1-" + area + "-555-01" + x(2), area + " 555 01" + x(2),
			"07700 900" + uk, "+44 7700 900" + uk, "020 7946 0" + uk, "(020) 7946 0" + uk, "0161 496 0" + uk, "+44 (0)20 7946 0" + uk, "07700900" + uk,
		},
		"fr": {"06 39 98 " + fr2, "01.99.00." + strings.ReplaceAll(fr2, " ", "."), "+33 6 39 98 " + fr2, "0639 98 " + fr2, "063998" + strings.ReplaceAll(fr2, " ", ""), "+33 (0)1 99 00 " + fr2, "06-39-98-" + strings.ReplaceAll(fr2, " ", "-")},
		"de": {"030 23125 " + de, "030/23125" + de, "+49 30 23125" + de, "0171 39200" + x(2), "(040) 66969-" + de, "+49 (0)171 39200" + x(2), "0049 89 99998" + de, "0171-39200" + x(2)},
		"es": {"612 " + es + " " + x(3), "+34 612 " + es + " " + x(3), "612 " + x(2) + " " + x(2) + " " + x(2), "91 123 " + x(2) + " " + x(2), "+52 55 5555 " + x(4), "55 5555 " + x(4), "712-" + es + "-" + x(3)},
		"pt": {"(11) 95555-" + x(4), "+55 11 95555-" + x(4), "11 95555-" + x(4), "(21) 2555-" + x(4), "+351 912 " + es + " " + x(3), "912 " + es + " " + x(3)},
	})
}

func address(r *rand.Rand, language string) string {
	n, zip := fmt.Sprint(1+r.IntN(2400)), fmt.Sprint(10000+r.IntN(80000))
	small := fmt.Sprint(1 + r.IntN(140))
	return choose(r, language, map[string][]string{
		"en": {
			n + " Maple Street", n + " W 3rd Ave Apt 5B", n + " Oak Hill Road, Springfield, IL " + zip, n + " Martin Luther King Jr Blvd", "PO Box " + n, n + " cedar lane", n + " Elm St.",
			small + " High Street, Leeds LS" + pick(r, "1", "12") + " 4AB", "Flat 3, " + small + " Queen's Road", small + "B Station Rd, Bristol", n + " S. Lake Shore Drive, Unit 12, Chicago, IL " + zip, small + " The Crescent", n + " 5th Avenue", n + " Birch Ct #4", small + " Church Close, York YO1 7HH",
		},
		"es": {"Calle Mayor " + small + ", 3º B, 28" + ds(r, 3) + " Madrid", "Av. de la Constitución, " + small, "calle del Sol " + small, "C/ Gran Vía " + small, "Avenida Insurgentes Sur " + n + ", Col. Del Valle", "Paseo de la Castellana, nº " + small, "Plaza de España " + small + ", Sevilla"},
		"fr": {small + " rue de la Paix, 75002 Paris", small + " bis avenue Victor Hugo", small + ", rue des Lilas", small + " boulevard Saint-Michel, 69003 Lyon", small + " chemin du Moulin", small + " allée des Tilleuls 33000 Bordeaux", small + " place de l'Église"},
		"de": {"Hauptstraße " + small + ", " + zip + " Berlin", "Goethestr. " + small, "Lindenweg " + small + "a", "Berliner Straße " + small, "Karl-Marx-Allee " + small + ", 10243 Berlin", "Bahnhofstrasse " + small, "Rosa-Luxemburg-Platz " + small},
		"pt": {"Rua das Flores, " + small + ", apto 45", "Avenida Paulista " + n + ", São Paulo", "Rua Augusta, nº " + small, "Travessa do Carmo " + small, "Av. Brasil, " + n + ", 01310-100 São Paulo", "rua sete de setembro, " + small},
	})
}

// The check digits are found by trying every one against the definition, written
// from the other end than in the code that is tested.
func germanTaxID(r *rand.Rand) string {
	p := r.Perm(10)
	if p[0] == 0 {
		p[0], p[1] = p[1], p[0]
	}
	p[9] = p[2+r.IntN(6)] // one digit twice, one not at all
	d, product := "", 10
	for _, v := range p {
		d += fmt.Sprint(v)
		product = 2 * ((v+product+9)%10 + 1) % 11
	}
	return d + fmt.Sprint((11-product)%10)
}

func cpf(r *rand.Rand) string {
	d := ds(r, 8) + "7"
	for range 2 {
		sum := 0
		for i := range d {
			sum += int(d[len(d)-1-i]-'0') * (i + 2)
		}
		d += fmt.Sprint(sum * 10 % 11 % 10)
	}
	return d
}

func dni(prefix string, r *rand.Rand) string {
	d := ds(r, 8-len(prefix))
	n, _ := strconv.Atoi(strings.NewReplacer("X", "0", "Y", "1", "Z", "2").Replace(prefix) + d)
	return prefix + d + pick(r, "", "-") + string("TRWAGMYFPDXBNJZSQVHLCKE"[n%23])
}

func iban(r *rand.Rand, country string) string {
	bban := ds(r, map[string]int{"DE": 18, "ES": 20, "FR": 23, "PT": 21}[country])
	letters := ""
	for _, c := range country {
		letters += fmt.Sprint(c - 'A' + 10)
	}
	s := fmt.Sprintf("%s%02d%s", country, 98-mod97(bban+letters+"00"), bban)
	if r.IntN(2) == 0 {
		return s
	}
	out := ""
	for i, c := range s {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(c)
	}
	return out
}

// aadhaar tries numbers until Verhoeff's sum is zero, in the dihedral group by its
// definition as turns and mirrorings of a pentagon.
func aadhaar(r *rand.Rand) string {
	multiply := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b)%5 + 5
		case b < 5:
			return (a-b)%5 + 5
		}
		return (a - b + 5) % 5
	}
	turn := []int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	for {
		d := fmt.Sprint(2+r.IntN(8)) + ds(r, 11)
		sum := 0
		for i := range d {
			v := int(d[len(d)-1-i] - '0')
			for range i % 8 {
				v = turn[v]
			}
			sum = multiply(sum, v)
		}
		if sum == 0 {
			return spread(r, d, 4, 4, 4)
		}
	}
}
