// Package cite holds promise 2 for sentences that quote: a sentence may be
// shown only if it is, character for character, what the cited ranges of the
// cited version say.
package cite

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"townclerk/bot"
	"townclerk/knowledge"
)

// ErrUnbound says that a sentence is not what its citation says.
var ErrUnbound = errors.New("the sentence does not stand in its source")

// Render returns the text that a citation's ranges stand for. One range is the
// text as it stands, the tabs between a row's cells written as " | ". An even
// number of ranges are pairs of a header and what stands under it: "header:
// text; header: text".
func Render(text string, ranges []knowledge.Range) (string, error) {
	for _, r := range ranges {
		if !r.Within(len(text)) || !onRunes(text, r) {
			return "", fmt.Errorf("range %d-%d of %d bytes: %w", r.Start, r.End, len(text), ErrUnbound)
		}
	}
	switch {
	case len(ranges) == 1:
		return strings.ReplaceAll(text[ranges[0].Start:ranges[0].End], "\t", " | "), nil
	case len(ranges) == 0 || len(ranges)%2 == 1:
		return "", fmt.Errorf("%d ranges: %w", len(ranges), ErrUnbound)
	}
	var b strings.Builder
	for i := 0; i < len(ranges); i += 2 {
		if i > 0 {
			b.WriteString("; ")
		}
		header := strings.TrimSuffix(text[ranges[i].Start:ranges[i].End], ":")
		b.WriteString(header + ": " + text[ranges[i+1].Start:ranges[i+1].End])
	}
	return b.String(), nil
}

// onRunes reports whether a range begins and ends between characters.
func onRunes(text string, r knowledge.Range) bool {
	return utf8.RuneStart(text[r.Start]) && (r.End == len(text) || utf8.RuneStart(text[r.End]))
}

// Check reports whether the sentence is exactly what one of its citations says,
// and all of its citations are of the version.
func Check(s bot.Sentence, v knowledge.Version) error {
	if len(s.Citations) == 0 {
		return fmt.Errorf("no citation: %w", ErrUnbound)
	}
	for _, c := range s.Citations {
		if c.Version != v.ID {
			return fmt.Errorf("cites version %s, checked against %s: %w", c.Version, v.ID, ErrUnbound)
		}
		said, err := Render(v.Text, c.Ranges)
		if err != nil {
			return err
		}
		if said != s.Text {
			return fmt.Errorf("%q is cited for %q: %w", said, s.Text, ErrUnbound)
		}
	}
	return nil
}
