// Package rule compares what a written sentence says with what the sentences of
// its source say. Each rule holds one thing and names its reason; together they
// are what package cite promises. They count words and clauses (package syntax) and
// facts, and understand nothing: in doubt they refuse.
package rule

import (
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
	"townclerk/knowledge"
)

// Statement is a sentence, or a cell of a table under its header.
type Statement struct {
	*syntax.Reading
	// The rest is of the source's alone.
	Title  *syntax.Reading // of the page
	Cell   bool            // of a table
	Header int             // where the cell begins in Text, behind its header
	Quoted knowledge.Range // the part of Text that is quoted; facts count only from here
}

// evidence is what one quote says.
type Evidence struct {
	// Statements are the sentences of the source that the quote is of, whole, or the
	// cells of its row; at least one.
	Statements []*Statement
	Over       *syntax.Reading // the page's title, the headings and the sentence before: words from there may be used
	Section    *syntax.Reading // the heading that it stands right under; nil: there is none but the title
}

// Verdict is what the rules say of a sentence, for the record.
type Verdict struct {
	OK     bool   `json:"ok"`
	Reason Reason `json:"reason,omitempty"` // why not
	Detail string `json:"detail,omitempty"` // the word, number or quote in question, from the sentence or the quote
}

// Reason says why a sentence is refused.
type Reason string

// The reasons of the rules.
const (
	FactMissing Reason = "fact_missing" // a number, date, amount, address or link is not in the quotes
	FactBound   Reason = "fact_bound"   // "up to", "at least" and the like differ from the quote's
	FactMoved   Reason = "fact_moved"   // a fact is said of something else than in the quote
	Promise     Reason = "promise"      // it promises what the quote does not
	Unsupported Reason = "unsupported"  // a word or name is not in the quotes
	Negation    Reason = "negation"     // a "not" was added or dropped
	Modality    Reason = "modality"     // "must", "may", "should" and the like differ
	Scope       Reason = "scope"        // "all", "only", "before", "after", "one of" and the like differ
	Condition   Reason = "condition"    // an "if" or another limit of the quote's clause, or of its heading, was dropped
	Roles       Reason = "roles"        // who does it and to whom is turned round
	Mixed       Reason = "mixed"        // a part of it joins what no single sentence of the source says
)

// Judge compares a sentence with its evidence, at least one. Where their words
// cannot be compared, only facts, promises and titled names are held.
func Judge(sentence *syntax.Reading, found []Evidence, comparable bool) Verdict {
	s := &Statement{Reading: sentence}
	var all []*Statement
	for _, e := range found {
		all = append(all, e.Statements...)
	}
	rules := []func(*Statement, []Evidence, []*Statement) Verdict{facts, promises, titled}
	if comparable {
		rules = append(rules, moved, detached, decisions, supported, mixed, roles, turns, actors, ordered, polarity, reversed, modality, scope, coupled, apiece, conditions, headed, keeps, cut)
	}
	for _, rule := range rules {
		if v := rule(s, found, all); !v.OK {
			return v
		}
	}
	return Verdict{OK: true}
}

// facts holds that every fact of the sentence stands in a quote, bounded alike.
func facts(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, f := range s.Facts {
		same, bounded := false, false
		for _, t := range all {
			for _, q := range t.Facts {
				if t.quotes(q) && f.Same(q) {
					same, bounded = true, bounded || f.Bounded(q)
				}
			}
		}
		switch {
		case !same:
			return Verdict{Reason: FactMissing, Detail: s.Text[f.Start:f.End]}
		case !bounded:
			return Verdict{Reason: FactBound, Detail: s.Text[f.From:f.To]}
		}
	}
	rest := s.Blank()
	if i := strings.IndexAny(rest, "$£€¢%0123456789"); i >= 0 { // what was not read
		return Verdict{Reason: FactMissing, Detail: strings.Fields(rest[i:])[0]}
	}
	return Verdict{OK: true}
}

// quotes reports that a fact stands in the quoted part.
func (s *Statement) quotes(f fact.Fact) bool {
	return s.Quoted.Start <= f.Start && f.End <= s.Quoted.End
}
