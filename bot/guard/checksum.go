package guard

import "strings"

// luhn reports whether the digits' Luhn sum (ISO/IEC 7812-1) ends in zero.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// validCard checks a payment card's number: how it begins and how long it is
// (ISO/IEC 7812, the networks' published ranges), its Luhn sum, and that it is
// written in one piece, in groups of one size, or as its network prints it.
func validCard(s string) bool {
	d := digits(s)
	return issued(d) && strings.Trim(d, d[:1]) != "" && luhn(d) && customaryGroups(s)
}

// issued reports whether a network issues numbers of the length that begin so.
func issued(d string) bool {
	between := func(n int, low, high string) bool { p := d[:len(low)]; return len(d) == n && low <= p && p <= high }
	switch n := len(d); {
	case n < 12 || n > 19:
		return false
	case d[0] == '4': // Visa
		return n == 13 || n == 16 || n == 19
	case between(15, "34", "34"), between(15, "37", "37"), between(15, "1800", "1800"), between(15, "2131", "2131"): // American Express, old JCB
		return true
	case between(14, "300", "305"), between(14, "36", "36"), between(14, "38", "39"): // Diners Club
		return true
	case between(n, "5018", "5018"), between(n, "5020", "5020"), between(n, "5038", "5038"), between(n, "5893", "5893"),
		between(n, "6304", "6304"), between(n, "6759", "6763"): // Maestro
		return true
	case between(n, "2221", "2720"), between(n, "30", "39"), between(n, "50", "69"), between(n, "81", "82"):
		return n >= 16 // Mastercard, JCB, Discover, UnionPay, RuPay
	}
	return false
}

// customaryGroups reports groups of one size, of which the last may be shorter,
// or the 4-6-5 and 4-6-4 of American Express and Diners Club.
func customaryGroups(s string) bool {
	groups := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if len(groups) == 3 && len(groups[0]) == 4 && len(groups[1]) == 6 && len(groups[2]) <= 5 {
		return true
	}
	size := len(groups[0])
	for i, g := range groups {
		if len(g) > size || len(g) < size && i < len(groups)-1 {
			return false
		}
	}
	return true
}

// validSIN checks a Canadian social insurance number: nine digits, Luhn, not
// beginning with 0 or 8.
func validSIN(s string) bool {
	d := digits(s)
	return len(d) == 9 && d[0] != '0' && d[0] != '8' && luhn(d)
}

// validSSN checks what the US Social Security Administration never issues.
func validSSN(s string) bool {
	d := digits(s)
	return len(d) == 9 && d[:3] != "000" && d[:3] != "666" && d[0] != '9' && d[3:5] != "00" && d[5:] != "0000"
}

// validITIN checks a US individual taxpayer identification number: 9, and one of
// the groups that the Internal Revenue Service gives out in the middle.
func validITIN(s string) bool {
	g := digits(s)[3:5]
	return g >= "50" && g <= "65" || g >= "70" && g <= "88" || g >= "90" && g <= "92" || g >= "94"
}

// validNHS checks the modulus 11 digit of an NHS number (NHS Data Dictionary).
func validNHS(s string) bool {
	d := digits(s)
	sum := 0
	for i := range 9 {
		sum += int(d[i]-'0') * (10 - i)
	}
	check := 11 - sum%11
	if check == 11 {
		check = 0
	}
	return check != 10 && check == int(d[9]-'0') && strings.Trim(d, d[:1]) != ""
}

func validNINO(s string) bool {
	switch strings.ToUpper(s[:2]) {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	}
	return true
}

// validIBAN checks the length of known countries and ISO 7064 MOD 97-10.
func validIBAN(s string) bool {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s))
	if n, known := ibanLength[s[:2]]; !known || n != len(s) {
		return false
	}
	rest := 0
	for _, r := range s[4:] + s[:4] {
		if r >= '0' && r <= '9' {
			rest = (rest*10 + int(r-'0')) % 97
		} else {
			rest = (rest*100 + int(r-'A') + 10) % 97
		}
	}
	return rest == 1
}

// ibanLength is from the SWIFT IBAN registry.
var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
	"BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
	"ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
	"HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
	"LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
	"MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29,
	"RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SV": 28, "TL": 23,
	"TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}

// validNIR checks a French social security number: the last two digits are 97
// less the rest modulo 97, Corsica's 2A and 2B counting as 19 and 18.
func validNIR(s string) bool {
	s = strings.NewReplacer(" ", "", ".", "", "-", "", "2A", "19", "2a", "19", "2B", "18", "2b", "18").Replace(s)
	d := digits(s)
	if len(d) != 15 {
		return false
	}
	n := 0
	for _, r := range d[:13] {
		n = (n*10 + int(r-'0')) % 97
	}
	return 97-n == int(d[13]-'0')*10+int(d[14]-'0')
}

// validGermanTaxID checks a Steuer-Identifikationsnummer: eleven digits, no
// leading zero, among the first ten one digit twice or three times and the
// others once at most, and the check digit of ISO 7064 MOD 11,10.
func validGermanTaxID(s string) bool {
	d := digits(s)
	if len(d) != 11 || d[0] == '0' {
		return false
	}
	counts := map[rune]int{}
	for _, r := range d[:10] {
		counts[r]++
	}
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	if most < 2 || most > 3 || len(counts) != 11-most {
		return false
	}
	product := 10
	for _, r := range d[:10] {
		sum := (int(r-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return (11-product)%10 == int(d[10]-'0')
}
