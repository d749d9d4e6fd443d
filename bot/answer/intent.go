package answer

import (
	"regexp"
	"strings"

	"townclerk/bot/guard"
)

// intent is what a message wants other than an answer.
type intent int

const (
	aQuestion intent = iota
	wantsPerson
	smallTalk
	offTopic
)

// Both match a whole message, never a part of one: "can I speak at the council
// meeting" is a question.
var (
	person = regexp.MustCompile(`(?i)^\W*(?:` + polite + `\W+)*` +
		`(?:(?:talk|speak|chat|connect|transfer|put|hablar|comunicar(?:me)?|páseme|comuníqueme)\W+(?:me\W+)?(?:(?:to|with|through to|con|a)\W+)?)?` +
		`(?:(?:an?|the|any|una?)\W+)?(?:(?:real|live|actual|ser)\W+)*` +
		`(?:person|human(?: being)?|agent|operator|representative|someone|somebody|staff|(?:staff )?member(?: of staff)?|customer service|` +
		`persona|humano|agente|operadora?|representante|alguien)` +
		`(?:\W+(?:please|now|instead|here|por favor|ahora|real|de verdad))*\W*$`)
	greeting = regexp.MustCompile(`(?i)^\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|no thanks|no,? thank you|thanks|thank you|thank u|thx|ty|ok|okay|` +
		`bye|goodbye|yes|no|yep|nope|sure|help|help me|test|who are you|what are you|what can you do|are you (?:a |an )?(?:bot|robot|human|machine|real|person)|sí|ayuda|` +
		`great|perfect|cool|cheers|that's all|that is all|hola|(?:muchas |muchísimas )?gracias|buenos d[ií]as|buenas(?: tardes| noches)?|adiós|adios|` +
		`there|so much|very much|for (?:your|the) help|por su ayuda|a lot)(?:\W+|$))+$`)
)

const polite = `(?:can|could|may|please|i|i'd|we|let|me|want|would|like|need|to|just|hi|hello|hey|no|` +
	`quiero|quisiera|necesito|puedo|podría|me|gustaría|por favor|hola)`

// nothing is a message without two letters in it.
var nothing = regexp.MustCompile(`^\P{L}*\p{L}?\P{L}*$`)

func intentOf(message string) intent {
	switch {
	case nothing.MatchString(message) && !strings.ContainsAny(message, "0123456789"):
		return smallTalk
	case greeting.MatchString(message):
		return smallTalk
	case person.MatchString(message):
		return wantsPerson
	case guard.DoorOf(message) == guard.OffTopic:
		return offTopic
	}
	return aQuestion
}
