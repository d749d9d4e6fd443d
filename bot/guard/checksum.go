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

func validCard(s string) bool {
	d := digits(s)
	return len(d) >= 13 && len(d) <= 19 && strings.Trim(d, d[:1]) != "" && strings.ContainsRune("23456", rune(d[0])) && luhn(d)
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
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
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
	"AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
	"FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21,
	"LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24,
	"SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}

// validNIR checks a French social security number: the last two digits are 97
// less the rest modulo 97, Corsica's 2A and 2B counting as 19 and 18.
func validNIR(s string) bool {
	s = strings.NewReplacer(" ", "", ".", "", "2A", "19", "2a", "19", "2B", "18", "2b", "18").Replace(s)
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
// leading zero, one digit twice or three times among the first ten, and the
// check digit of ISO 7064 MOD 11,10.
func validGermanTaxID(s string) bool {
	d := digits(s)
	if len(d) != 11 || d[0] == '0' {
		return false
	}
	counts := map[rune]int{}
	for _, r := range d[:10] {
		counts[r]++
	}
	if len(counts) != 9 && len(counts) != 8 {
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
