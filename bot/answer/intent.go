package answer

import "regexp"

// intent is what a message wants other than an answer.
type intent int

const (
	aQuestion intent = iota
	wantsPerson
	smallTalk
)

var (
	person = regexp.MustCompile(`(?i)^\W*(?:(?:can|could|may|please|i|i'd|we|let|me|want|would|like|need|to|just|hi|hello|quiero|quisiera|necesito|puedo|por favor)\W+)*` +
		`(?:(?:talk|speak|chat|connect|transfer|hablar|comunicarme|put)\W+(?:me\W+)?(?:to|with|through to|con)\W+)?(?:an?\W+|some|the\W+|una?\W+|alguien)?` +
		`(?:real\W+|live\W+|actual\W+)?(?:person|human|human being|agent|operator|representative|someone|somebody|body|one|member of staff|staff member|persona|humano|agente|operador)(?:\W+(?:please|now|por favor|de verdad))*\W*$`)
	greeting = regexp.MustCompile(`(?i)^\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks|thank you|thank u|thx|ty|ok|okay|bye|goodbye|great|perfect|cool|cheers|hola|gracias|muchas gracias|buenos días|buenas tardes|adiós|there|so much|very much|for your help|a lot)\W*)+$`)
)

func intentOf(message string) intent {
	switch {
	case greeting.MatchString(message):
		return smallTalk
	case person.MatchString(message):
		return wantsPerson
	}
	return aQuestion
}
