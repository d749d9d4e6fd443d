package guard

import "strings"

// validAadhaar checks an Indian Aadhaar number: twelve digits, of which the first
// is neither 0 nor 1, with Verhoeff's check digit.
func validAadhaar(s string) bool {
	d := digits(s)
	return len(d) == 12 && d[0] > '1' && verhoeff(d)
}

// verhoeff reports whether the digits' sum in the dihedral group of ten elements
// is zero (J. Verhoeff, Error Detecting Decimal Codes, 1969).
func verhoeff(digits string) bool {
	sum := 0
	for i := range len(digits) {
		sum = dihedral[sum][turned[i%8][digits[len(digits)-1-i]-'0']]
	}
	return sum == 0
}

var dihedral = [10][10]int{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	{1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
	{2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
	{3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
	{4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
	{5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
	{6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
	{7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
	{8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
	{9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
}

var turned = [8][10]int{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	{1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
	{5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
	{8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
	{9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
	{4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
	{2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
	{7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
}

// validCPF checks a Brazilian Cadastro de Pessoas Físicas: eleven digits, not all
// alike, the last two each the weighted sum of those before it modulo 11.
func validCPF(s string) bool {
	d := digits(s)
	if len(d) != 11 || strings.Trim(d, d[:1]) == "" {
		return false
	}
	for n := 9; n < 11; n++ {
		sum := 0
		for i := range n {
			sum += int(d[i]-'0') * (n + 1 - i)
		}
		if sum*10%11%10 != int(d[n]-'0') {
			return false
		}
	}
	return true
}

// validDNI checks a Spanish DNI or NIE: the letter at the end is the number's rest
// modulo 23, where X, Y and Z at the beginning count as 0, 1 and 2.
func validDNI(s string) bool {
	s = strings.ToUpper(s)
	n := 0
	for _, r := range strings.NewReplacer("X", "0", "Y", "1", "Z", "2").Replace(s[:len(s)-1]) {
		if r >= '0' && r <= '9' {
			n = n*10 + int(r-'0')
		}
	}
	return s[len(s)-1] == "TRWAGMYFPDXBNJZSQVHLCKE"[n%23]
}
