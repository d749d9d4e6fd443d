package cite

import (
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/bot/cite/rule"
	"townclerk/bot/cite/syntax"
	"townclerk/knowledge"
)

// Quote is what a writer says a sentence rests on: words that stand in a version.
type Quote struct {
	Version *knowledge.Version
	Passage knowledge.PassageID // where it was found, for the citation
	Within  knowledge.Range     // the part of Version.Text that the writer was shown; the quote must stand in it
	Text    string              // as the writer gave it
}

// GateOptions say what a sentence is checked as.
type GateOptions struct {
	// Language is the language of the sentence.
	Language string
	// Connective are the sentences that state no fact and need no quote, usually
	// those of Connective(Language). Nil: there are none.
	Connective []string
	// Entailed says that another check found the sentence to follow from its
	// quotes. Where the words of a sentence and its quotes cannot be compared,
	// because their languages differ or have no word lists, it passes only then.
	Entailed bool
}

// Verdict is what the gate says of a sentence, for the record.
type Verdict = rule.Verdict

// Reasons besides those of package rule.
const (
	BadForm         rule.Reason = "bad_form"         // markup, a placeholder, a control character, no sentence or several, too long
	Unquoted        rule.Reason = "unquoted"         // it states a fact and has no quote
	QuoteMissing    rule.Reason = "quote_missing"    // a quote does not stand in its source, or cuts a word or number
	QuoteLength     rule.Reason = "quote_length"     // a quote is too short or too long to tell anything
	NeedsEntailment rule.Reason = "needs_entailment" // all that code can check is right; the words cannot be compared
)

// Limits of sentences and quotes.
const (
	maxWords      = 60
	maxBytes      = 2000
	maxQuotes     = 8
	minQuoteWords = 3 // or a whole cell or block
	maxQuoteWords = 120
)

// Gate checks a written sentence against its quotes. With OK it returns the
// citations, one for each quote, whose ranges are where the quotes stand: of a
// table row or a definition, pairs of a header and what is quoted of its cell.
// It does no I/O and gives the same answer for the same arguments. A nil version
// is a quote that does not stand.
func Gate(text string, quotes []Quote, o GateOptions) ([]bot.Citation, Verdict) {
	if v := formed(text, o.Language); !v.OK {
		return nil, v
	}
	if len(quotes) == 0 {
		if slices.Contains(o.Connective, strings.TrimSpace(text)) {
			return nil, Verdict{OK: true}
		}
		return nil, Verdict{Reason: Unquoted}
	}
	if len(quotes) > maxQuotes {
		return nil, Verdict{Reason: QuoteLength, Detail: quotes[maxQuotes].Text}
	}
	s := syntax.In(o.Language).Read(normalise(text).text)
	found, v := locate(s, quotes)
	if !v.OK {
		return nil, v
	}
	whole := slices.ContainsFunc(found, func(e evidence) bool { return e.is(s.Text) })
	if v := complete(s, whole); !v.OK {
		return nil, v
	}
	var said []rule.Evidence
	var out []bot.Citation
	for _, e := range found {
		said, out = append(said, e.Evidence), append(out, e.citation)
	}
	same := comparable(quotes, o.Language)
	if v := rule.Judge(s, said, same); !v.OK {
		return nil, v
	}
	if !same && !o.Entailed {
		return nil, Verdict{Reason: NeedsEntailment}
	}
	return out, Verdict{OK: true}
}

// comparable reports whether the sentence and all quotes are in one language
// that has word lists.
func comparable(quotes []Quote, language string) bool {
	if !syntax.Knows(language) {
		return false
	}
	for _, q := range quotes {
		if q.Version.Language != language {
			return false
		}
	}
	return true
}

// locate finds each quote. Of several places it takes the one that shares most
// with the sentence.
func locate(s *syntax.Reading, quotes []Quote) ([]evidence, Verdict) {
	var out []evidence
	for _, q := range quotes {
		if q.Version == nil {
			return nil, Verdict{Reason: QuoteMissing, Detail: q.Text}
		}
		if n := len(strings.Fields(q.Text)); n > maxQuoteWords {
			return nil, Verdict{Reason: QuoteLength, Detail: q.Text}
		}
		best, most, short := evidence{}, -1, false
		for _, at := range find(q.Version.Text, q.Within, q.Text) {
			if len(strings.Fields(q.Text)) < minQuoteWords && !entire(q.Version, at) {
				short = true
				continue
			}
			e, ok := place(q, at)
			if n := e.shares(s); ok && n > most {
				best, most = e, n
			}
		}
		switch {
		case most < 0 && short:
			return nil, Verdict{Reason: QuoteLength, Detail: q.Text}
		case most < 0:
			return nil, Verdict{Reason: QuoteMissing, Detail: q.Text}
		}
		out = append(out, best)
	}
	return out, Verdict{OK: true}
}

// entire reports a range that is a whole block, cell or sentence.
func entire(v *knowledge.Version, at knowledge.Range) bool {
	i := blockAt(v, at.Start)
	if i < 0 {
		return false
	}
	b := v.Blocks[i]
	return b.Range == at || slices.Contains(b.Cells, at) || strings.HasSuffix(v.Text[at.Start:at.End], ".")
}

// is reports that a text is a whole sentence of the evidence, or what follows its
// header.
func (e *evidence) is(text string) bool {
	return slices.ContainsFunc(e.Statements, func(t *rule.Statement) bool { return t.Text == text || strings.HasSuffix(t.Text, ": "+text) })
}

// shares counts the sentence's words that stand in the evidence.
func (e *evidence) shares(s *syntax.Reading) int {
	n := 0
	for _, w := range s.Words {
		if w.Stem != "" && slices.ContainsFunc(e.Statements, func(t *rule.Statement) bool { return t.Has(w.Stem) }) {
			n++
		}
	}
	return n
}
