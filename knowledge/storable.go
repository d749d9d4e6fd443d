package knowledge

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Storable says what of the page not every engine can keep: a text with a zero byte
// or that is no UTF-8, a vector with what is no finite number. The error names the
// page and the place, and does not repeat the text.
func (p *Page) Storable() error {
	v := &p.Version
	for _, part := range []struct{ name, text string }{
		{"address", string(v.Document)}, {"address", v.URL}, {"identifier", string(v.ID)}, {"title", v.Title}, {"description", v.Description},
		{"language", v.Language}, {"department", v.Department}, {"text", v.Text},
	} {
		if err := p.storable(part.name, part.text); err != nil {
			return err
		}
	}
	for i := range v.Blocks {
		if err := p.storable("anchor", v.Blocks[i].Anchor); err != nil {
			return err
		}
	}
	for i := range p.Passages {
		passage := &p.Passages[i]
		for _, text := range append([]string{passage.Anchor}, passage.Headings...) {
			if err := p.storable("headings", text); err != nil {
				return err
			}
		}
	}
	for i, x := range p.Vectors {
		if slices.ContainsFunc(x, func(f float32) bool { return math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) }) {
			return fmt.Errorf("page %q: the embedding of passage %d holds what is no finite number", v.Document, i+1)
		}
	}
	return nil
}

func (p *Page) storable(part, text string) error {
	switch {
	case strings.ContainsRune(text, 0):
		return fmt.Errorf("page %q: its %s holds a zero byte", p.Version.Document, part)
	case !utf8.ValidString(text):
		return fmt.Errorf("page %q: its %s is not in UTF-8", p.Version.Document, part)
	}
	return nil
}
