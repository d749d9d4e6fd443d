package contribute

import (
	"fmt"
	"slices"
	"strings"

	"townclerk/bot/guard"
)

// Bounds of a text, in bytes. A question is a page's title.
const (
	MaxQuestion = 250
	MaxAnswer   = 10_000
)

// Personal says that a draft still holds personal data.
type Personal struct {
	Field string   // "question" or "answer"
	Kinds []string // as the guard names them
	Shown string   // the text with the kinds in their place
}

func (p *Personal) Error() string {
	return fmt.Sprintf("the %s still holds personal data (%s): %s", p.Field, strings.Join(p.Kinds, ", "), p.Shown)
}

// Unfit says that a text is none for a page.
type Unfit struct{ Field, Why string }

func (u *Unfit) Error() string { return "the " + u.Field + " " + u.Why }

// Screen cleans the texts of staff.
type Screen struct {
	Guard guard.Guard
	// Public is what the agency publishes of itself, such as the telephone numbers of
	// its departments: it is no personal data.
	Public []string
}

// text returns a text clean, or what is wrong with it.
func (s *Screen) text(field, text string, limit int) (string, error) {
	clean := guard.Clean(text)
	switch {
	case clean == "":
		return "", &Unfit{field, "is empty"}
	case len(clean) > limit:
		return "", &Unfit{field, fmt.Sprintf("has %d bytes; keep it under %d", len(clean), limit)}
	}
	private := clean
	public := slices.Clone(s.Public)
	slices.SortFunc(public, func(a, b string) int { return len(b) - len(a) })
	for _, p := range public {
		if p = guard.Clean(p); p != "" {
			private = strings.ReplaceAll(private, p, "·")
		}
	}
	if found := s.Guard.In(private); len(found.Kinds) > 0 {
		return "", &Personal{Field: field, Kinds: found.Kinds, Shown: found.Text.String()}
	}
	return clean, nil
}

// draft returns question and answer clean.
func (s *Screen) draft(question, answer string) (Text, error) {
	q, err := s.text("question", strings.Join(strings.Fields(question), " "), MaxQuestion)
	if err != nil {
		return Text{}, err
	}
	a, err := s.text("answer", answer, MaxAnswer)
	return Text{Question: q, Answer: a}, err
}
