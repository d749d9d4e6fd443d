package contribute

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"townclerk/bot"
	"townclerk/knowledge"
	"townclerk/knowledge/parse"
	"townclerk/knowledge/source"
)

// Pages are the approved contributions as a source of an ingest.
type Pages struct {
	Store Store
	// Base is what the pages' addresses begin with; it ends with a slash.
	Base string
	// Name returns a department's name; nil: its identifier.
	Name func(bot.DepartmentID) string
	Zone *time.Location // nil: UTC
}

// Pages yields a page for each approved contribution, the oldest first.
func (p Pages) Pages(ctx context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		all, err := p.Store.Contributions(ctx, Filter{States: []State{Approved}})
		if err != nil {
			yield(source.Found{}, fmt.Errorf("read what citizens asked: %w", err))
			return
		}
		for _, c := range all {
			data, err := p.page(c)
			name := "asked/" + string(c.ID) + ".md"
			if !yield(source.Found{Name: name, Page: parse.Raw{Name: name, URL: p.Base + string(c.ID), Data: data}}, err) || err != nil {
				return
			}
		}
	}
}

// Own reports whether a document is, or was, the page of a contribution.
func (p Pages) Own(d knowledge.DocumentID) bool {
	id, ok := strings.CutPrefix(string(d), p.Base)
	return ok && len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

// front is what a page says of itself.
type front struct {
	Title      string `yaml:"title"`
	Department string `yaml:"department"`
	Language   string `yaml:"lang,omitempty"`
	Reviewed   string `yaml:"last_reviewed"`
	ReviewBy   string `yaml:"review_by"`
}

// page writes a contribution as Markdown. Its texts are plain: no sign in them means
// anything but a line that begins with a hyphen or an asterisk and a blank, which is a
// list's.
func (p Pages) page(c Contribution) ([]byte, error) {
	day := func(t time.Time) string {
		if p.Zone != nil {
			t = t.In(p.Zone)
		}
		return knowledge.Day(t)
	}
	head, err := yaml.Marshal(front{c.Question, string(c.Department), c.Language, day(c.Approved), day(c.ReviewDue)})
	if err != nil {
		return nil, fmt.Errorf("write the page of contribution %s: %w", c.ID, err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "---\n%s---\n", head)
	for line := range strings.Lines(c.Answer) {
		line = strings.TrimSpace(line)
		rest, item := strings.CutPrefix(line, "- ")
		if !item {
			rest, item = strings.CutPrefix(line, "* ")
		}
		mark := ""
		if item {
			mark = "- "
		}
		fmt.Fprintf(&b, "\n%s%s\n", mark, literal(rest))
	}
	name := string(c.Department)
	if p.Name != nil {
		name = p.Name(c.Department)
	}
	fmt.Fprintf(&b, "\n%s\n", literal(fmt.Sprintf(answeredBy(c.Language), name, day(c.Offered))))
	return b.Bytes(), nil
}

// literal escapes what means something in Markdown.
func literal(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// answeredBy says in a page's language who answered, and when; in English where it is
// none of those that the assistant speaks.
func answeredBy(language string) string {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch primary {
	case "ar":
		return "أجابت عنه %s، %s"
	case "de":
		return "Beantwortet von %s, %s"
	case "es":
		return "Respondido por %s, %s"
	case "fr":
		return "Réponse de %s, %s"
	case "pl":
		return "Odpowiedź: %s, %s"
	case "pt":
		return "Respondido por %s, %s"
	case "zh":
		return "答复部门：%s，%s"
	}
	return "Answered by %s, %s"
}
