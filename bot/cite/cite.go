// Package cite holds promise 2: no sentence is shown that its source does not
// hold up.
//
// A sentence that quotes (Check) may be shown only if it is, character for
// character, what the cited ranges of the cited version say. A range may not cut
// a word or a number, and a header stands only over what stands under it in the
// source: "$5" out of "$50", or one row's header over another's cell, would be a
// quote and a lie.
//
// A sentence that was written (Gate) comes with the quotes that it rests on. Each
// has to stand word for word in its version. The two are compared in a normal
// form: NFKC, but for characters that are numbers ("10²" stays, it is not "102");
// decimal digits of any script are 0 to 9; quotation marks and apostrophes are
// straight; every dash is "-"; what is not seen (controls, soft hyphens,
// zero-width and format characters, variation selectors) is left out; a run of
// white space is one space; tabs between cells, and "|", are " | ". Case stays.
//
// Then the sentence is compared with the whole sentences of the source that the
// quotes are of, with what a list item completes, and with each cell under its
// header. In turn:
//
//   - its facts (numbers, dates, amounts, times, addresses; package fact) stand in
//     the quotes, with the same unit and bound, and are said of the same thing: no date of the
//     subject becomes one of the verb;
//   - it promises nothing: no "always", "guaranteed" or "I", no decision on a case ("you
//     qualify", "will be approved") and nobody with a title, unless the quote says so;
//   - its words, names above all, stand in the quotes or what they stand under, or
//     mean the same by the word lists of package syntax;
//   - each clause denies what the source denies, and nothing else; "do not pay" is "free";
//   - "must", "may", "should", "need not", "all", "most", "only", "one of", "before"
//     and "after" are as in the clause of the source that shares most words with it;
//   - it tells no "and" as "or", no "or" as "and", no "you" as "we", and adds no "each"
//     or "per person";
//   - no "if", "unless", "until" of that sentence is missing, quoted or not, to its
//     end: with what "and" or "or" joins to it, and a "but" behind it; nor a
//     heading that says for whom it is true;
//   - nothing else is missing that the clause says which the sentence rests on: "free
//     for residents" is not "free", and "seniors pay" is not "you pay". What the page's
//     title says may be missing, if it is not who;
//   - where it repeats the source it drops no "not" and stops in front of no limit
//     ("..., after that $60");
//   - each part of it is carried by one sentence of the source, from its beginning.
//
// Package rule does that, with what package syntax reads. It is word counting, no
// understanding: it errs towards refusing, and what it refuses is answered by a quote.
// A sentence in another language than its quotes is held to its facts, promises and
// titled names alone and needs another check for the rest (Entailed).
// What it lets pass: a limit that stands in another sentence or in another cell of
// the row; two quotes put into one sentence where the second is taken from its beginning; exchanged roles behind "is" without
// a "by"; and synonyms that are none in context.
package cite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"townclerk/bot"
	"townclerk/bot/cite/syntax"
	"townclerk/knowledge"
)

// ErrUnbound says that a sentence is not what its citation says.
var ErrUnbound = errors.New("the sentence does not stand in its source")

// Render returns the text that a citation's ranges stand for. One range is the
// text as it stands, the tabs between a row's cells written as " | ". An even
// number of ranges are pairs of a header and what stands under it: "header:
// text; header: text", without the colon after a question.
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
		joint := ": "
		if strings.HasSuffix(header, "?") {
			joint = " "
		}
		b.WriteString(header + joint + text[ranges[i+1].Start:ranges[i+1].End])
	}
	return b.String(), nil
}

// onRunes reports whether a range begins and ends between characters.
func onRunes(text string, r knowledge.Range) bool {
	return utf8.RuneStart(text[r.Start]) && (r.End == len(text) || utf8.RuneStart(text[r.End]))
}

// Check reports whether the sentence is exactly what each of its citations says,
// and all of them are of the version.
func Check(s bot.Sentence, v knowledge.Version) error {
	if len(s.Citations) == 0 {
		return fmt.Errorf("no citation: %w", ErrUnbound)
	}
	for _, c := range s.Citations {
		if c.Version != v.ID {
			return fmt.Errorf("cites version %s, checked against %s: %w", c.Version, v.ID, ErrUnbound)
		}
		said, err := Render(v.Text, c.Ranges)
		switch {
		case err != nil:
			return err
		case said != s.Text:
			return fmt.Errorf("%q is cited for %q: %w", said, s.Text, ErrUnbound)
		case len(c.Ranges) > 1 && !paired(v, c.Ranges) && !underQuestion(v, c.Ranges):
			return fmt.Errorf("%q: the headers are not those of the cells: %w", said, ErrUnbound)
		case len(c.Ranges) == 1 && (cuts(v.Text, c.Ranges[0].Start) || cuts(v.Text, c.Ranges[0].End)):
			return fmt.Errorf("%q begins or ends inside of a word: %w", said, ErrUnbound)
		}
	}
	return nil
}

// paired reports whether the ranges are headers with their cells, in the order
// of the row, or a term with its definition.
func paired(v knowledge.Version, ranges []knowledge.Range) bool {
	for _, b := range v.Blocks {
		if b.Header < 1 || b.Header > len(v.Blocks) {
			continue
		}
		h := v.Blocks[b.Header-1]
		if b.Kind == knowledge.Definition && slices.Equal(ranges, []knowledge.Range{h.Range, b.Range}) || b.Kind == knowledge.Row && ofRow(h.Cells, b.Cells, ranges) {
			return true
		}
	}
	return false
}

// underQuestion reports whether the ranges are a heading that asks and the
// beginning of the block right under it.
func underQuestion(v knowledge.Version, ranges []knowledge.Range) bool {
	for i, b := range v.Blocks[:max(len(v.Blocks)-1, 0)] {
		under := v.Blocks[i+1]
		if b.Kind == knowledge.Heading && len(ranges) == 2 && b.Range == ranges[0] && under.Kind != knowledge.Heading &&
			under.Range.Start == ranges[1].Start && ranges[1].End <= under.Range.End &&
			strings.HasSuffix(v.Text[b.Range.Start:b.Range.End], "?") && !cuts(v.Text, ranges[1].End) {
			return true
		}
	}
	return false
}

// ofRow reports whether the ranges are some of a row's cells, each after its
// column's header, from left to right.
func ofRow(headers, cells, ranges []knowledge.Range) bool {
	if len(headers) != len(cells) {
		return false
	}
	for i := range cells {
		if len(ranges) >= 2 && ranges[0] == headers[i] && ranges[1] == cells[i] {
			ranges = ranges[2:]
		}
	}
	return len(ranges) == 0
}

// cuts reports a place inside of a word or a number.
func cuts(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, n := utf8.DecodeRuneInString(text[at:])
	next, _ := utf8.DecodeRuneInString(text[at+n:])
	last, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(text[:at], string(before)))
	switch {
	case syntax.InWord(before) && syntax.InWord(after):
		return !unspaced(before) && !unspaced(after)
	case point(after):
		return unicode.IsDigit(before) && unicode.IsDigit(next)
	case point(before):
		return unicode.IsDigit(last) && unicode.IsDigit(after)
	}
	return false
}

func point(r rune) bool { return r == '.' || r == ',' }

// unspaced reports scripts that write no spaces between words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
