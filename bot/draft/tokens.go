package draft

import (
	"fmt"
	"regexp"
	"strings"
)

// tokens stand for links, e-mail addresses and phone numbers, so that a model can
// copy them and nothing else.
type tokens struct {
	byText map[string]string
	texts  []string // token, text, token, text, ...
}

func newTokens() *tokens { return &tokens{byText: map[string]string{}} }

var contacts = []struct {
	kind  string
	found *regexp.Regexp
}{
	{"link", regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s|<>"]+[^\s|<>".,;:!?)\]]`)},
	{"e-mail", regexp.MustCompile(`(?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+\b`)},
	{"phone", regexp.MustCompile(`\+?\(?\b\d{1,4}\)?(?:[ .\-]?\(?\d{2,4}\)?){2,5}\b`)},
}

// digits that a stretch must have to be taken for a phone number.
const leastDigits = 7

// hide puts tokens in place of what must not be changed.
func (t *tokens) hide(text string) string {
	for _, c := range contacts {
		text = c.found.ReplaceAllStringFunc(text, func(found string) string {
			if c.kind == "phone" && digits(found) < leastDigits {
				return found
			}
			return t.of(c.kind, found)
		})
	}
	return text
}

func digits(s string) (n int) {
	for _, r := range s {
		if '0' <= r && r <= '9' {
			n++
		}
	}
	return n
}

func (t *tokens) of(kind, text string) string {
	if token, ok := t.byText[text]; ok {
		return token
	}
	token := fmt.Sprintf("[[%s %d]]", kind, len(t.byText)+1)
	t.byText[text] = token
	t.texts = append(t.texts, token, text)
	return token
}

// restore puts the texts back. A token that was never given stays, and is no
// sentence's evidence.
func (t *tokens) restore(text string) string { return strings.NewReplacer(t.texts...).Replace(text) }
