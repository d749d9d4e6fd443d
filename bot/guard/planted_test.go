package guard

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var rounds = flag.Int("rounds", 4000, "planted messages")

// maker writes a valid value of a kind. Check digits are found by trying, or by
// the definition from the other end, and not by the code that is tested.
type maker struct {
	kind Kind
	make func(r *rand.Rand) string
}

func ds(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

// luhnTable is the Luhn sum by lookup: doubled digits' cross sums.
func withLuhn(d string) string {
	sum := 0
	for i, c := range d {
		v := int(c - '0')
		if (len(d)-i)%2 == 1 {
			v = []int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}[v]
		}
		sum += v
	}
	return d + fmt.Sprint((10-sum%10)%10)
}

// mod97 is the rest of a long decimal, as schoolchildren divide.
func mod97(d string) int {
	n := 0
	for _, c := range d {
		n = (n*10 + int(c-'0')) % 97
	}
	return n
}

func grouped(r *rand.Rand, d string, sizes ...int) string {
	sep := []string{"", " ", "-", ".", " - ", "\n", "\u00a0", "\u2011"}[r.IntN(8)]
	var parts []string
	for _, n := range sizes {
		parts, d = append(parts, d[:n]), d[n:]
	}
	return strings.Join(parts, sep)
}

var makers = []maker{
	{Card, func(r *rand.Rand) string { return grouped(r, withLuhn("4"+ds(r, 14)), 4, 4, 4, 4) }},
	{Card, func(r *rand.Rand) string {
		return grouped(r, withLuhn("5"+fmt.Sprint(1+r.IntN(5))+ds(r, 13)), 4, 4, 4, 4)
	}},
	{Card, func(r *rand.Rand) string { return grouped(r, withLuhn("37"+ds(r, 12)), 4, 6, 5) }},
	{Card, func(r *rand.Rand) string { return grouped(r, withLuhn("6011"+ds(r, 11)), 4, 4, 4, 4) }},
	{Account, func(r *rand.Rand) string {
		bban := ds(r, 18)
		d := "DE" + fmt.Sprintf("%02d", 98-mod97(bban+"131400")) + bban // D is 13, E 14
		if r.IntN(2) == 0 {
			return d
		}
		return strings.Join([]string{d[:4], d[4:8], d[8:12], d[12:16], d[16:20], d[20:]}, " ")
	}},
	{SSN, func(r *rand.Rand) string {
		return fmt.Sprintf("%03d-%02d-%04d", 100+r.IntN(500), 1+r.IntN(99), 1+r.IntN(9999))
	}},
	{NHS, func(r *rand.Rand) string {
		for {
			d := "4" + ds(r, 8)
			sum := 0
			for i, c := range d {
				sum += int(c-'0') * (10 - i)
			}
			for check := range 10 { // the weighted sum with the check digit is a multiple of eleven
				if (sum+check)%11 == 0 && strings.Trim(d, d[:1]) != "" {
					d += fmt.Sprint(check)
					return []string{d, d[:3] + " " + d[3:6] + " " + d[6:]}[r.IntN(2)]
				}
			}
		}
	}},
	{NIR, func(r *rand.Rand) string {
		d := fmt.Sprintf("%d%02d%02d%02d%03d%03d", 1+r.IntN(2), r.IntN(100), 1+r.IntN(12), 1+r.IntN(95), r.IntN(1000), r.IntN(1000))
		d += fmt.Sprintf("%02d", 97-mod97(d))
		if r.IntN(2) == 0 {
			return d
		}
		return strings.Join([]string{d[:1], d[1:3], d[3:5], d[5:7], d[7:10], d[10:13], d[13:]}, " ")
	}},
	{SIN, func(r *rand.Rand) string {
		d := withLuhn(fmt.Sprint(1+r.IntN(7)) + ds(r, 7))
		return d[:3] + []string{" ", "-"}[r.IntN(2)] + d[3:6] + " " + d[6:]
	}},
	{NINO, func(r *rand.Rand) string { d := ds(r, 6); return "AB" + d + "C" }},
	{Email, func(r *rand.Rand) string { return "u" + ds(r, 5) + "@mail.example.org" }},
	{Phone, func(r *rand.Rand) string { return "(" + ds(r, 3) + ") " + ds(r, 3) + "-" + ds(r, 4) }},
}

var around = []string{
	"", " ", "\n", ", ", ": ", "(", ")", "\"", "“", "”", ".", "!", "?", "…", "/", "\t", "¿", "—", " my number is ", " es ", " and ", "#", "=", "<b>", "</b>",
	" 12345 ", " 2024 ", " $1,000 ", " 12/26 ", " form W-4 ", " 7 ", "\u200b", "नमस्ते", "中文", " [email] ",
}

// No planted value with a checksum or a fixed form survives, whatever stands
// around it, and nothing of it is left but at most three characters of a piece.
func TestPlantedValuesAreTakenOut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 14))
	for range *rounds {
		m := makers[r.IntN(len(makers))]
		value := m.make(r)
		before, after := around[r.IntN(len(around))], around[r.IntN(len(around))]
		message := before + value + after
		got := In(message).Text.String()
		if strings.Contains(squeeze(got), squeeze(value)) {
			t.Fatalf("%s %q in %q: %q", m.kind, value, message, got)
		}
		if left := leftOver(got, squeeze(value)); len(left) > 5 {
			t.Fatalf("%s %q in %q: %q, and %q is left", m.kind, value, message, got, left)
		}
		checkScreened(t, message)
	}
}

// Two values beside each other, also with their separators made alike.
func TestPlantedPairsAreTakenOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 61))
	for range *rounds {
		a, b := makers[r.IntN(len(makers))], makers[r.IntN(len(makers))]
		x, y := a.make(r), b.make(r)
		message := x + []string{", ", "\n\n", " and ", "; ", " / "}[r.IntN(5)] + y
		got := squeeze(In(message).Text.String())
		if strings.Contains(got, squeeze(x)) || strings.Contains(got, squeeze(y)) {
			t.Fatalf("%q: %q", message, got)
		}
		checkScreened(t, message)
	}
}

// squeeze keeps letters and digits.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}

// leftOver returns the longest digit run of value's that is still in text.
func leftOver(text, value string) string {
	text = squeeze(text)
	longest := ""
	for i := range value {
		for j := i + len(longest) + 1; j <= len(value) && strings.Trim(value[i:j], "0123456789") == "" && strings.Contains(text, value[i:j]); j++ {
			longest = value[i:j]
		}
	}
	return longest
}

func FuzzIn(f *testing.F) {
	for _, s := range around {
		f.Add(s + "4111 1111 1111 1111" + s)
	}
	for _, s := range []string{
		"a@b.co 4111111111111111 DE89370400440532013000", "call me at 555-2671 or 5552672", "password is [email]", "[[email]]", "password: pin 1234 ssn 123456789",
		"my name is ana de la cruz, born 1/1/2020, 12 Main St Apt 4, plate AB12 CDE, account 12345678", "i am A B 1 rue de la Paix, 75002 Paris calle a 1", "born born 12 mai 2020 a b @ c . d",
		"123-45-6789-415-555-2671-4111-1111-1111-1111", "\u0301\u200d1\ufe0f", "ssn 1 2 3 4 5 6 7 8 9", "+1 +1 +1 415 555 2671", "aⒶ④①①①①①①①①①①①①①①①", strings.Repeat("\u0301", 40),
	} {
		f.Add(s)
	}
	f.Fuzz(checkScreened)
}
