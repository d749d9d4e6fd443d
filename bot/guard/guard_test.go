package guard

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestPersonalDataIsTakenOut(t *testing.T) {
	tests := []struct{ in, want string }{
		// e-mail
		{"write to ann.o'neil+x@mail.example.co.uk please", "write to [email] please"},
		{"<ann@example.org>, (bob@example.org).", "<[email]>, ([email])."},
		{"ann @ example.org", "[email]"},
		{"ann@example . com", "[email]"},
		{"ann (at) example (dot) com", "[email]"},
		{"ann[at]example.com or ann AT example DOT com", "[email] or [email]"},
		{"ann at gmail.com", "[email]"},
		{"mi correo es maría@ejemplo.es, gracias", "mi correo es [email], gracias"},
		{"correo: maria arroba ejemplo punto es", "correo: [email]"},
		{"ann＠example．com", "[email]"},
		{"ann@exam\u00adple.com", "[email]"},
		{"first_last@example.com", "[email]"},

		// telephone
		{"call 415-555-2671", "call [phone]"},
		{"(415) 555-2671 or (415)555-2671 or 415.555.2671 or 415 555-2671", "[phone] or [phone] or [phone] or [phone]"},
		{"1-415-555-2671, 1 (415) 555-2671", "[phone], [phone]"},
		{"(415) 555 - 2671", "[phone]"},
		{"+1 415 555 2671 2 people", "[phone] 2 people"},
		{"+14155552671, +1.415.555.2671", "[phone], [phone]"},
		{"415-555-2671 ext. 123 is mine", "[phone] is mine"},
		{"415-555-2671x0135", "[phone]"},
		{"+44 20 7946 0958", "[phone]"},
		{"+44 (0)20 7946 0958", "[phone]"},
		{"+44 7700 900123 +44 7700 900124", "[phone] [phone]"},
		{"0044 20 7946 0958", "[phone]"},
		{"07700 900123, 020 7946 0958, (020) 7946 0958, 01632 960 983", "[phone], [phone], [phone], [phone]"},
		{"03 93 92 16 85 / 03.93.92.16.85", "[phone] / [phone]"},
		{"0170 1234567 oder 030/12345678", "[phone] oder [phone]"},
		{"call me at 555-2671", "call me at [phone]"},
		{"my cell is 4155552671.", "my cell is [phone]."},
		{"Mi teléfono es el 612 34 56 78", "Mi teléfono es el [phone]"},
		{"Llámeme al 5512345678 por favor", "Llámeme al [phone] por favor"},
		{"415\n555-2671", "[phone]"},
		{"4\u200b1\u200b5-555-2671", "[phone]"},
		{"415\u2010555\u20112671", "[phone]"},
		{"٤١٥-٥٥٥-٢٦٧١", "[phone]"},

		// payment cards
		{"4111111111111111", "[card number]"},
		{"my card 4111 1111 1111 1111 12 26 123", "my card [card number] 12 26 123"},
		{"zip 12345 4111-1111-1111-1111", "zip 12345 [card number]"},
		{"2024 4111 1111 1111 1111", "2024 [card number]"},
		{"4111.1111.1111.1111!", "[card number]!"},
		{"4111 - 1111 - 1111 - 1111", "[card number]"},
		{"card#4111111111111111,exp 12/26", "card#[card number],exp 12/26"},
		{"card4111111111111111", "card[card number]"},
		{"card_4111111111111111_", "card_[card number]_"},
		{"4111 1111\n1111 1111", "[card number]"},
		{"４１１１ １１１１ １１１１ １１１１", "[card number]"},
		{"4\u00ad111\u200d1111\u20601111\ufe0f1111", "[card number]"},
		{"4\u0336111111111111111\u0336", "[card number]"},
		{"3782 822463 10005 and 3056 930902 5904", "[card number] and [card number]"},
		{"5555555555554444 2223003122003222 6011111111111117 3530111333300000", "[card number] [card number] [card number] [card number]"},
		{"Mi tarjeta es la 4111 1111 1111 1111, ¿sirve?", "Mi tarjeta es la [card number], ¿sirve?"},

		// bank accounts
		{"IBAN GB82 WEST 1234 5698 7654 32 thanks", "IBAN [bank account] thanks"},
		{"DE89370400440532013000 is my account", "[bank account] is my account"},
		{"de89 3704 0044 0532 0130 00.", "[bank account]."},
		{"NO93 8601 1117 947; MT84MALT011000012345MTLCAST001S", "[bank account]; [bank account]"},

		// identifiers
		{"SSN 123-45-6789", "SSN [social security number]"},
		{"ssn:123456789", "ssn:[social security number]"},
		{"my ssn is 123456789.", "my ssn is [social security number]."},
		{"123 45 6789 or 123.45.6789 or 123 - 45 - 6789", "[social security number] or [social security number] or [social security number]"},
		{"número de seguro social 123456789", "número de seguro social [social security number]"},
		{"ssn123-45-6789", "ssn[social security number]"},
		{"ITIN 912-70-1234", "ITIN [tax ID]"},
		{"NHS 943 476 5919 and 4010232137", "NHS [NHS number] and [NHS number]"},
		{"AB 12 34 56 C, ab123456c", "[national insurance number], [national insurance number]"},
		{"SIN 130 692 544", "SIN [social insurance number]"},
		{"my SIN: 130692544", "my SIN: [social insurance number]"},
		{"n° 2 69 05 49 588 157 80", "n° [numéro de sécurité sociale]"},
		{"269054958815780", "[numéro de sécurité sociale]"},
		{"Steuer-ID 86 095 742 719", "Steuer-ID [tax ID]"},

		// secrets
		{"my password is hunter2!", "my password is [password]"},
		{"password: a:b:c d", "password: [password] d"},
		{"Password = Xy9", "Password = [password]"},
		{"mi contraseña es sol123", "mi contraseña es [password]"},
		{"PIN 1234", "PIN [password]"},
		{"password hunter22", "password [password]"},
		// what is known by the words beside it
		{"my driver's license is D1234567 and plate 7ABC123", "my driver's license is [driving licence number] and plate [license plate]"},
		{"account number 0012345678, sort code 12-34-56", "account number [bank account], sort code [bank account]"},
		{"passport no. C01X00T47", "passport no. [passport number]"},
		{"born on May 12, 1950 or 12/05/1950", "born on [date of birth] or 12/05/1950"},
		{"geboren am 12. Mai 1950, née le 3 août 1950", "geboren am [date of birth], née le [date of birth]"},
		{"100 Main St Apt 4, 2nd floor, or 350 Fifth Ave NW, 21st Floor, New York, NY 10118", "[address], or [address]"},
		{"Calle 5 de Mayo #123; Calle 50 # 12-34; 1234 County Road 12", "[address]; [address]; [address]"},
		{"415 5552671, 00 33 6 12 34 56 78", "[phone], [phone]"},
		{"123456789 is my SSN, DOB 05121950", "[social security number] is my SSN, DOB [date of birth]"},
		{"I live at 12 Larkspur and pay", "I live at [address] and pay"},
		{"12, rue de la Paix, 75002 Paris; Calle Mayor 5", "[address]; [address]"},
		{"my name is Maria de la Cruz and I pay", "my name is [name] and I pay"},
		{"I'm maria, where is the pool", "I'm [name], where is the pool"},
		{"ich bin Anna Müller und suche", "ich bin [name] und suche"},
		{"2345 6789 0124 is no Aadhaar number, uid 234567890124", "[Aadhaar number] is no Aadhaar number, uid [Aadhaar number]"},
		{"CPF 529.982.247-25, DNI 12345678Z, NIE X1234567L", "CPF [CPF], DNI [DNI], NIE [DNI]"},
		{"j o e @ x . c o m", "[email]"},
		{"call me at ④①⑤-⑤⑤⑤-②⑥⑦①", "call me at [phone]"},
		{"password is [bank account]", "password is [bank account]"},
	}
	for _, test := range tests {
		if got := In(test.in).Text.String(); got != test.want {
			t.Errorf("%q\n got %q\nwant %q", test.in, got, test.want)
		}
	}
}

func TestHarmlessNumbersStay(t *testing.T) {
	for _, text := range []string{
		"Where do I send form W-4, I-9, DS-82 or DS-11?", "form 1040, 1040-EZ, 1099-MISC, SF-86, N-400, 941",
		"a fee of $1,000 or $1,234,567.89", "the limit 250000", "limits of 100,000 and 250 000", "fee 62.50, 1.000,00 €",
		"on 2024-05-12 or 05/12/2024, 12.05.2024", "20240512", "May 12, 2024", "between 2019-2020", "2019, 2020, 2021 and 2022",
		"2019 2020 2021 2022 2023", "zip 12345-6789", "ZIP 12345", "SW1A 1AA", "K1A 0B1",
		"order 1234567", "order number 1000000001", "reference 2024-00123-4567", "ref. 114-1234567-1234567", "invoice INV-2024-000123",
		"permit BLD2024-001234", "case A123456", "case A123456789", "docket 21-CV-04321-ABC", "parcel 14-21-106-017-0000", "parcel 012-345-678-9012",
		"bin 12345", "ticket number 987654321", "citation 00123456789", "meter 0012345678", "cart 4400123",
		"dial 311 or 911, 2-1-1", "call 311 24 hours", "extension 4410", "ext. 123",
		"open 8:30-17:00, 10:30-11:45", "at 10:00 2025-05-12", "12:00:30", "from 7 to 10 20 times",
		"192.168.100.254", "10.0.0.1:8080", "ISBN 978-3-16-148410-0", "9783161484100", "0-306-40615-2", "ISBN 0306406152",
		"call number 813.54 ADA 2003", "Ordinance 12-345, section 4.5.6-7", "Room 101, 102 and 103", "bus 12 34 56", "12-34-56",
		"3 tickets @ 10.50", "meet @ 5.30pm", "@riverton and #2024", "a@b",
		"my password is wrong", "my password is not working. password: ", "la contraseña es incorrecta", "pin 12", "the pin is 21-106-017",
		"call about bill 20240012345", "my case number is 12345678", "phone bill 250000", "sin 123456789 dudas",
		"000-12-3456", "666-12-3456", "900-12-3456", "BG123456A", "943 476 59 18", "1Z999AA10123456784", "9400 1000 0000 0000 0000 00",
		"0.4111111111111112", "4111111111111112", "a4111111111111111f",
		"Mi pasaporte vence el 12/05/2025 y pagué $130", "¿cuánto cuesta el permiso 12345?", "50 % of 1,200 m²", "½ of 3/4", "10⁶",
		"my name is misspelled on the bill", "my name is not on the list", "I am Canadian and need help", "I am a Native American veteran", "soy ciudadano", "ich bin Rentner", "je suis locataire",
		"4 way stop on Main Street", "within 30 days of the Elm Street closure", "open 10 am on Oak Street", "the 5 people on Main Street", "la calle cerrada el 12 de mayo", "3 places de parking", "the 3 main street closures", "I am Legally Blind", "250 000000", "la calle 5 está abierta hasta las 12", "Im Zimmer 12",
		"passport fee 130", "passport photo", "license plate fee 45.50", "driver's license renewal 2026", "account limit 250000", "born before 09/01/2019", "date of birth on form W-4",
		"12345678A", "529.982.247-26", "2345 6789 0123",
		"[email] and [card number]", "[phone] x 12",
	} {
		if got := In(text); got.Text.String() != strings.TrimSpace(text) || len(got.Kinds) > 0 {
			t.Errorf("%q became %q %v", text, got.Text, got.Kinds)
		}
	}
}

func TestCaseNumbersByPattern(t *testing.T) {
	g, err := New([]string{`RIV-\d{2}-\d{5}`, `(ab|cd)\d{6}`})
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"case riv-24-00123, AB123456.": "case [case number], [case number].",
		"RIV-24-001234 or xab123456":   "RIV-24-001234 or xab123456",
		"call 415-555-2671":            "call [phone]",
	} {
		if got := g.In(in).Text.String(); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	for _, wrong := range []string{"(", "", "a*"} {
		if _, err := New([]string{wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestKindsAreSortedAndOnce(t *testing.T) {
	got := In("a@b.com c@d.com 415-555-2671 4111111111111111").Kinds
	if want := []string{"card number", "email", "phone"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want string }{
		{"  a \t b\u00a0\u2003c  ", "a b c"},
		{"a\r\n\r\n  b\u2028c", "a\nb\nc"},
		{"a\x00b\x1bc\u0085", "abc"},
		{"e\u0301 e\u200b\u0301", "é é"},
		{"\xff\xfe a", "\uFFFD a"},
		{"a\u202eb\u2066c\ufeff", "abc"},
		{"a\U000e0041\U000e0001b\U000e0101", "ab"},
		{"a\ue000b\ufe01", "ab"},
		{"\u200d\u200b\ufe0f \u200c\u3164\u2800\U000e0020", ""},
		{"می\u200cخواهم 👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3", "می\u200cخواهم 👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3"},
		{"a \u200db", "a b"},
		{"p\u200da\u200cs\u200ds", "pass"},
		{"❤\ufe0f\ufe0f\ufe0e\ufe0f!", "❤\ufe0f!"},
		{"z" + strings.Repeat("\u0301\u0323", 50) + "a\u0301", "ẓ" + strings.Repeat("\u0323", 3) + strings.Repeat("\u0301", 4) + "á"},
	}
	for _, test := range tests {
		if got := Clean(test.in); got != test.want {
			t.Errorf("%q gives %q, want %q", test.in, got, test.want)
		}
	}
}

// A digit is read by counting from the start of its range in the table.
func TestDigitsOfEveryScript(t *testing.T) {
	for _, d := range unicode.Nd.R16 {
		if d.Stride != 1 || (d.Hi-d.Lo+1)%10 != 0 {
			t.Errorf("%U-%U is not whole rows of ten", d.Lo, d.Hi)
		}
	}
	for _, d := range unicode.Nd.R32 {
		if d.Stride != 1 || (d.Hi-d.Lo+1)%10 != 0 {
			t.Errorf("%U-%U is not whole rows of ten", d.Lo, d.Hi)
		}
	}
	for r, want := range map[rune]rune{'٧': 7, '९': 9, '０': 0, '𝟙': 1, '𝟿': 9, '𝟬': 0} {
		if got := digit(r); got != want {
			t.Errorf("%c is read as %d", r, got)
		}
	}
}

// Time grows with the length and not faster, whatever is repeated; a megabyte is
// one of the lengths.
func TestLongMessagesTakeLinearTime(t *testing.T) {
	for _, unit := range []string{
		"1", "4111 ", "a", "a@", "a.b@c.d ", "+1 ", "DE89 ", "AB12", "password is ", "call me at 5551234 or ", "1-", "(415) ", "\u0301", "\u200d", "00", "12-34-", "ssn ", "٤",
		"4111111111111111 ", "[email]", "\xff", "a b ", "calle a ", "12 Main St ", "12 a ", "my name is ", "I am A ", "born 1/1/2020 ", "account 1 ", "1 rue de a ", "i live at a ", "a @ ", "kill ", "i am going to ", "é",
	} {
		took := func(n int) time.Duration {
			text := strings.Repeat(unit, n/len(unit))
			best := time.Hour
			for range 3 { // others may be busy on this machine
				start := time.Now()
				In(text)
				Danger(text)
				if best = min(best, time.Since(start)); best < time.Second/2 {
					break
				}
			}
			return best
		}
		const long = 1 << 15
		if whole := took(long); whole > time.Second/2 && whole > 30*took(long/8) { // 64 would be quadratic
			t.Errorf("%q: %v for 32 kB and %v for an eighth", unit, whole, took(long/8))
		}
	}
	start := time.Now()
	if got := In(strings.Repeat("call 415-555-2671 about form W-4, ", 1<<15)); strings.Contains(got.Text.String(), "2671") {
		t.Error("a number survives in a megabyte")
	}
	t.Logf("a megabyte took %v", time.Since(start))
}

func checkScreened(t *testing.T, message string) {
	t.Helper()
	once := In(message)
	text := once.Text.String()
	if !utf8.ValidString(text) {
		t.Fatalf("%q gives invalid UTF-8 %q", message, text)
	}
	if twice := In(text); twice.Text != once.Text || len(twice.Kinds) > 0 {
		t.Fatalf("%q\nonce  %q\ntwice %q %v", message, text, twice.Text, twice.Kinds)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Co) }) {
		t.Fatalf("%q keeps control characters: %q", message, text)
	}
}

// A search is for what was asked, not for the names of what was taken out.
func TestBare(t *testing.T) {
	for message, want := range map[string]string{
		"my email is ann@example.com, how do I get a permit?": "my email is , how do I get a permit?",
		"": "",
	} {
		if got := Bare(In(message).Text.String()); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}
