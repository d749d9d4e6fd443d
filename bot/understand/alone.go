package understand

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"townclerk/knowledge/segment"
	"townclerk/retrieval/lexical"
)

// longer is by how many bytes a question may grow when it is made to stand alone.
const longer = 300

// CheckRewritten says why a question that was rewritten to stand alone must not be
// asked in place of the original; nil: it may. It has to be one question in the same
// language, understandable alone. It says all that was asked and nothing else but
// what was said earlier; a "not" or "only" must be the citizen's. otherwise is the
// language where the words do not tell.
func CheckRewritten(rewritten, question string, earlier []Turn, otherwise string) error {
	language := Language(question, otherwise)
	switch {
	case len(rewritten) > len(question)+longer:
		return errors.New("it is too long")
	case len(segment.Sentences(rewritten)) != 1 || !asks(rewritten) || strings.ContainsAny(strings.TrimRight(rewritten, marks), marks):
		return errors.New("it is not one question")
	case Language(rewritten, otherwise) != language:
		return errors.New("it is in another language")
	}
	asked, says := stems{}, stems{}
	asked.add(language, question)
	says.add(language, rewritten)
	ws, adds := words(rewritten), says.beyond(asked) != ""
	if len(says) < 2 || elliptic(ws) || anaphor(ws) && !adds {
		return errors.New("it does not stand alone")
	}
	if w := asked.beyond(says); w != "" {
		return fmt.Errorf("it leaves out %q", w)
	}
	for _, t := range earlier {
		asked.add(language, t.Question)
		answered := stems{}
		answered.add(language, t.Answer)
		delete(answered, denial)
		delete(answered, limit)
		for w := range answered {
			asked[w] = true
		}
	}
	if w := says.beyond(asked); w != "" {
		return fmt.Errorf("nobody said %q", w)
	}
	return nil
}

// marks end a question.
const marks = "?؟？"

// asks reports whether a text ends with a question.
func asks(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(text))
	return strings.ContainsRune(marks, last)
}

// stems are what the words of texts say: numbers as they stand, other words without
// their endings, and whether anything is denied or limited.
type stems map[string]bool

const denial, limit = "not", "only"

var (
	analyzer = sync.OnceValue(lexical.NewAnalyzer)
	figure   = regexp.MustCompile(`[$£€]?\d(?:[\d.,:/-]*\d)?%?`)
)

func (s stems) add(language, text string) {
	for _, n := range figure.FindAllString(text, -1) {
		s[n] = true
	}
	for _, w := range words(figure.ReplaceAllString(text, " ")) {
		switch {
		case denying[w], strings.HasSuffix(w, "n't"), strings.HasPrefix(w, "n'"):
			s[denial] = true
		case limiting[w]:
			s[limit] = true
		case !stop[w] && !functionWords[language][w]:
			for _, term := range analyzer().Terms(language, w) {
				s[term] = true
			}
		}
	}
}

// beyond returns the first in the alphabet that the others have not; empty: none.
func (s stems) beyond(others stems) string {
	least := ""
	for w := range s {
		if !others[w] && (least == "" || w < least) {
			least = w
		}
	}
	return least
}
