package guard

import "testing"

// Published examples: ISO/IEC 7812 and the networks' test numbers, the SWIFT
// registry, the NHS Data Dictionary, the ITZBund's test file, INSEE, and the
// numbers that the agencies give as never issued.
func TestChecksums(t *testing.T) {
	tests := []struct {
		name    string
		check   func(string) bool
		valid   []string
		invalid []string
	}{
		{"card", validCard,
			[]string{"4111111111111111", "4242 4242 4242 4242", "4222222222222", "378282246310005", "3714 496353 98431", "5555555555554444", "2223003122003222",
				"6011000990139424", "3530111333300000", "30569309025904", "38520000023237", "6759649826438453", "6304000000000000", "180016070420458", "213164126086955"},
			[]string{"4111111111111112", "0000000000000000", "1234567890123452", "4111 11111111 1111", "2019202020212024", "79927398713", "411111111111111", "3782822463100050", "9999999999999995", "4444444444444444"}},
		{"IBAN", validIBAN,
			[]string{"GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "FR14 2004 1010 0505 0001 3M02 606", "NO9386011117947", "MT84MALT011000012345MTLCAST001S", "SA0380000000608010167519", "BR9700360305000010009795493P1"},
			[]string{"GB82WEST12345698765433", "DE8937040044053201300", "XX89370400440532013000", "GB28WEST12345698765432", "DE00370400440532013000"}},
		{"NHS", validNHS, []string{"943 476 5919", "9434765870", "4010232137"}, []string{"9434765918", "1111111111", "1234567890"}},
		{"NIR", validNIR, []string{"2 69 05 49 588 157 80", "1 84 12 76 451 089 46", "1 51 02 46 102 043 25"}, []string{"2 69 05 49 588 157 81", "26905495881578"}},
		{"tax ID", validGermanTaxID, []string{"86095742719", "47036892816", "65929970489", "57549285017", "25768131411"}, []string{"86095742718", "12345678901", "06095742719", "11111111111", "1122334455", "11223344558"}},
		{"Aadhaar", validAadhaar, []string{"2341 2341 2346", "999941057058"}, []string{"2341 2341 2345", "123412341234", "29994105705"}},
		{"CPF", validCPF, []string{"529.982.247-25", "11144477735"}, []string{"529.982.247-26", "11111111111", "1114447773"}},
		{"DNI", validDNI, []string{"12345678Z", "00000000-T", "X1234567L", "y1234567x", "Z1234567R"}, []string{"12345678A", "X1234567A"}},
		{"SIN", validSIN, []string{"130 692 544", "193-456-787"}, []string{"130 692 545", "046 454 286", "830 692 544", "13069254"}},
		{"SSN", validSSN, []string{"123-45-6789", "078-05-1120", "899-99-9999"}, []string{"000-45-6789", "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000"}},
		{"ITIN", validITIN, []string{"912-70-1234", "900-50-1234", "999-99-1234"}, []string{"912-69-1234", "912-89-1234", "912-93-1234", "912-49-1234"}},
		{"NINO", validNINO, []string{"AB123456C", "JG103759A"}, []string{"BG123456A", "GB123456A", "nk123456a", "ZZ123456A"}},
	}
	for _, test := range tests {
		for _, s := range test.valid {
			if !test.check(s) {
				t.Errorf("%s: %q is valid", test.name, s)
			}
		}
		for _, s := range test.invalid {
			if test.check(s) {
				t.Errorf("%s: %q is not valid", test.name, s)
			}
		}
	}
}

// Luhn finds every wrong digit and every swap of neighbours but 09 and 90.
func TestLuhnFindsMistakes(t *testing.T) {
	const valid = "4539148803436467"
	if !luhn(valid) {
		t.Fatal("the number is valid")
	}
	for i := range valid {
		for d := byte('0'); d <= '9'; d++ {
			if wrong := valid[:i] + string(d) + valid[i+1:]; wrong != valid && luhn(wrong) {
				t.Errorf("%s passes", wrong)
			}
		}
	}
}
