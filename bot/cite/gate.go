package cite

import (
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/bot/cite/fact"
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
type Verdict struct {
	OK     bool   `json:"ok"`
	Reason Reason `json:"reason,omitempty"` // why not
	Detail string `json:"detail,omitempty"` // the word, number or quote in question, from the sentence or the quote
}

// Reason says why a sentence is refused.
type Reason string

// The reasons.
const (
	BadForm         Reason = "bad_form"         // markup, a placeholder, a control character, no sentence or several, too long
	Unquoted        Reason = "unquoted"         // it states a fact and has no quote
	QuoteMissing    Reason = "quote_missing"    // a quote does not stand in its source, or cuts a word or number
	QuoteLength     Reason = "quote_length"     // a quote is too short or too long to tell anything
	FactMissing     Reason = "fact_missing"     // a number, date, amount, address or link is not in the quotes
	FactBound       Reason = "fact_bound"       // "up to", "at least" and the like differ from the quote's
	FactMoved       Reason = "fact_moved"       // a fact is said of something else than in the quote
	Promise         Reason = "promise"          // it promises what the quote does not
	Unsupported     Reason = "unsupported"      // a word or name is not in the quotes
	Mixed           Reason = "mixed"            // it joins what no single sentence of the source says
	Negation        Reason = "negation"         // a "not" was added or dropped
	Modality        Reason = "modality"         // "must", "may", "should" and the like differ
	Scope           Reason = "scope"            // "all", "only", "before", "after" and the like differ
	Condition       Reason = "condition"        // an "if" or another limit of the quote's clause was dropped
	Roles           Reason = "roles"            // who does it and to whom is turned round
	NeedsEntailment Reason = "needs_entailment" // all that code can check is right; the words cannot be compared
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
	s := lexiconOf(o.Language).read(normalise(text).text)
	if v := complete(s); !v.OK {
		return nil, v
	}
	found, v := locate(s, quotes)
	if !v.OK {
		return nil, v
	}
	if v = judge(s, found, comparable(quotes, o.Language)); v.Reason == NeedsEntailment && o.Entailed {
		v = Verdict{OK: true}
	}
	if !v.OK {
		return nil, v
	}
	var out []bot.Citation
	for _, e := range found {
		out = append(out, e.citation)
	}
	return out, v
}

// comparable reports whether the sentence and all quotes are in one language
// that has word lists.
func comparable(quotes []Quote, language string) bool {
	if lexicons()[language] == nil {
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
func locate(s *reading, quotes []Quote) ([]evidence, Verdict) {
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
			e, ok := lexiconOf(q.Version.Language).place(q, at)
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

// shares counts the sentence's words that stand in the evidence.
func (e *evidence) shares(s *reading) int {
	n := 0
	for _, w := range s.words {
		if w.stem != "" && slices.ContainsFunc(e.stretches, func(t *stretch) bool { return t.has(w.stem) }) {
			n++
		}
	}
	return n
}

// judge compares a sentence with what its quotes say.
func judge(s *reading, found []evidence, comparable bool) Verdict {
	var all []*stretch
	for _, e := range found {
		all = append(all, e.stretches...)
	}
	checks := []func(*reading, []evidence, []*stretch) Verdict{facts, moved, reached, detached, promises, supported, roles, turns, ordered, mixed, polarity, modality, scope, conditions, keeps}
	if !comparable {
		checks = checks[:1]
	}
	for _, check := range checks {
		if v := check(s, found, all); !v.OK {
			return v
		}
	}
	if !comparable {
		return Verdict{Reason: NeedsEntailment}
	}
	return Verdict{OK: true}
}

// facts holds that every fact of the sentence stands in a quote, bounded alike.
func facts(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, f := range s.facts {
		same, bounded := false, false
		for _, t := range all {
			for _, q := range t.facts {
				if t.quotes(q) && f.Same(q) {
					same, bounded = true, bounded || f.Bounded(q)
				}
			}
		}
		switch {
		case !same:
			return Verdict{Reason: FactMissing, Detail: s.text[f.Start:f.End]}
		case !bounded:
			return Verdict{Reason: FactBound, Detail: s.text[f.From:f.To]}
		}
	}
	if i := strings.IndexAny(blank(s), "$£€¢%0123456789"); i >= 0 { // what was not read
		return Verdict{Reason: FactMissing, Detail: strings.Fields(blank(s)[i:])[0]}
	}
	return Verdict{OK: true}
}

// blank returns the text of a reading with its facts blanked out.
func blank(r *reading) string {
	b := []byte(r.text)
	for _, f := range r.facts {
		for i := f.Start; i < f.End; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

// quotes reports that a fact stands in the quoted part.
func (t *stretch) quotes(f fact.Fact) bool {
	return t.quoted.Start <= f.Start && f.End <= t.quoted.End
}

// has reports that a word of the stretch has the stem.
func (r *reading) has(stem string) bool {
	return slices.ContainsFunc(r.words, func(w word) bool { return w.stem == stem })
}
