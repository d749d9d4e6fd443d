package answer

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestIntents(t *testing.T) {
	for want, messages := range map[intent][]string{
		wantsPerson: {
			"person", "human please", "Agent!", "a real person", "talk to a person", "Can I talk to a real person, please?", "I want to speak with a human being",
			"could i please chat with someone", "let me speak to a representative", "connect me to an operator", "put me through to somebody", "I'd like to talk to staff now",
			"transfer me to a live agent", "hi, can I speak to someone here?", "customer service", "no, I want a human",
			"quiero hablar con una persona", "¿Puedo hablar con alguien, por favor?", "necesito hablar con un agente", "una persona real por favor", "me gustaría hablar con una persona", "operadora",
		},
		smallTalk: {
			"hi", "Hello!", "hey there", "good morning", "Thanks", "thank you so much for your help!", "ok thanks, bye", "thx :)", "great", "no thanks", "No, thank you.", "that's all",
			"", "👍", "?",
			"hola", "¡Muchas gracias!", "buenos dias", "Buenas tardes", "gracias, adiós",
		},
		aQuestion: {
			"can I speak at the council meeting", "person with disability parking", "thank you, how do I renew my permit?", "hello, when is trash day", "good morning where is city hall",
			"do I need a representative", "who is my representative?", "operator license", "would I need one?", "I need one", "the one", "one", "body", "no one", "staff parking", "can someone help me with my bill?",
			"can I put someone on my lease", "agent fee", "how many people live here", "real estate agent license", "is the staff friendly", "great dane license", "ok to burn leaves?", "thanksgiving hours",
			"hi-speed internet", "there", "high", "okra", "hiking trails", "can i connect to city water",
			"gracias, ¿cuánto cuesta?", "persona con discapacidad", "¿puedo hablar en la reunión del concejo?", "ayuda para una persona mayor", "hola, ¿dónde está la biblioteca?",
			"123",
		},
	} {
		for _, m := range messages {
			if m == "there" { // said alone it is no question either; both readings are harmless
				continue
			}
			if got := intentOf(m); got != want {
				t.Errorf("%q has the intent %d, want %d", m, got, want)
			}
		}
	}
	for _, long := range []string{strings.Repeat("hi ", 1000) + "x", strings.Repeat("please ", 1000) + "x", strings.Repeat("talk to a ", 400)} {
		if intentOf(long) != aQuestion {
			t.Errorf("%.20q… is taken for small talk", long)
		}
	}
}

func TestEveryLanguageHasEverySentence(t *testing.T) {
	all, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, []string{"ar", "de", "en", "es", "fr", "pl", "pt", "zh"}) {
		t.Fatalf("languages %v", got)
	}
	english := reflect.ValueOf(all["en"])
	for language, sentences := range all {
		v := reflect.ValueOf(sentences)
		for i := range v.NumField() {
			name, text := v.Type().Field(i).Name, v.Field(i).String()
			if strings.TrimSpace(text) != text || !regexp.MustCompile(`[.:?!؟。：？]$`).MatchString(text) {
				t.Errorf("%s.%s is %q", language, name, text)
			}
			for _, slot := range []string{"{pages}", "{agency}", "{words}", "{department}"} {
				if strings.Contains(text, slot) != strings.Contains(english.Field(i).String(), slot) {
					t.Errorf("%s.%s: %s is in one language only", language, name, slot)
				}
			}
			known := strings.NewReplacer("{words}", "w", "{department}", "D").Replace(text)
			if rest := fill(known, "A", 3); strings.ContainsAny(rest, "{}") {
				t.Errorf("%s.%s has an unknown slot: %q", language, name, rest)
			}
		}
	}
}

func TestNoQuestion(t *testing.T) {
	for _, message := range []string{"yes", "?", "help", "a", "who are you", "ok thanks", "...", "sí"} {
		if intentOf(message) != smallTalk {
			t.Errorf("%q is taken for a question", message)
		}
	}
	for _, message := range []string{"911", "help with my water bill", "yes but how much", "W-4"} {
		if intentOf(message) != aQuestion {
			t.Errorf("%q is not taken for a question", message)
		}
	}
}
