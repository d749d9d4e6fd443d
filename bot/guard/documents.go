package guard

import "strings"

// filler is what may stand between the words that announce a number and the number.
const filler = `\b(?:(?:number|numbers|num|no|nr|n|is|was|it's|my|the|n[uú]mero|n[uú]m|es|la|el|le|les|est|c'est|ist|lautet|meine|mein|mi|mon|o|a|do|da|de|del|é|is still)?[ :#.,=°/]+){1,6}`

// documents recognises what has no checksum by the words before it.
var documents = []recogniser{
	find(Passport, `(?i)\b(?:pass ?port|pasaporte|passeport|reisepass|reisepassnummer|passnummer|passaporte)`+filler+`([a-z0-9]{6,9})`, whole, hasDigits(4)).
		near("pass", "pasap"),
	find(Licence, `(?i)\b(?:driv(?:er'?s?'?|er’s|ing) ?licen[cs]e|dl|licen[cs]e (?:number|no)|permis(?: de conduire)?|(?:licencia|carnet|permiso) de conducir|f[uü]hrerschein(?:nummer)?|cnh|carteira de motorista|carta de condu[cç][aã]o)`+
		filler+`([a-z]{0,5} ?\d[a-z0-9]*(?:-[a-z0-9]+){0,4})`, whole, hasDigits(5)).
		near("licen", "dl", "permis", "conducir", "rerschein", "cnh", "motorista", "condu"),
	find(Plate, `(?i:\b(?:plates?|(?:my|car|vehicle) tag|number ?plate|vehicle registration|car registration|registration (?:number|no)|matr[ií]cula|placas?|plaque|immatriculation|kennzeichen)(?: (?:do|del|de mi|de ma|du|meines|von)? ?(?:carro|coche|auto|autos|voiture|veh[ií]culo))?`+
		filler+`)([A-Za-z0-9]{5,8}|[A-Z0-9]{1,4}(?:[ \-][A-Z0-9]{1,5}){1,2})`, shorter, isPlate).
		near("plate", "tag", "registration", "cula", "placa", "plaque", "immatric", "kennz"),
	find(Account, `(?i)\b(?:account|acct|a/c|routing|cuenta|ahorros|compte|konto|kontonummer|conta|poupança)(?: (?:bancari[ao]|banc[aá]ria|bancaire|corriente|corrente|courant|de ahorros|poupança))*`+
		filler+`(\d(?:[ \-]?\d){6,16})`, alone, anything).
		near("acc", "a/c", "routing", "cuenta", "ahorros", "compte", "konto", "conta", "poupança"),
	find(Account, `(?i)\bsort code`+filler+`(\d{2}[ \-]?\d{2}[ \-]?\d{2})`, alone, anything).near("sort code"),
}

func hasDigits(n int) func(string) bool { return func(s string) bool { return len(digits(s)) >= n } }

// isPlate reports letters with digits, five at least, as no form is numbered.
func isPlate(s string) bool {
	bare := strings.NewReplacer(" ", "", "-", "").Replace(s)
	n := len(digits(s))
	return len(bare) >= 5 && n > 0 && n < len(bare)
}
