package syntax

import (
	"slices"
	"strings"
)

// tagged adds a word with tags. Those that begin a condition open a clause.
func (r *Reading) tagged(w Word) {
	for _, t := range w.Tags {
		switch t {
		case "without":
			if len(r.Words) > 0 {
				r.open(t)
			}
		case "if", "unless", "before", "after", "until", "who":
			if t != "who" || len(r.Words) > 0 {
				r.open(t)
			}
			if c := &r.Clauses[len(r.Clauses)-1]; t != "who" {
				c.Condition = t
			}
		}
	}
	verb := slices.ContainsFunc(w.Tags, Modal) || r.Lexicon.Helps(w.Text)
	if verb {
		r.resume()
	}
	c := &r.Clauses[len(r.Clauses)-1]
	c.Verb = c.Verb || verb
	for _, t := range w.Tags {
		c.Tags[t] = true
		switch t {
		case "neg":
			c.Negated = !c.Negated
		default:
			if Modal(t) {
				c.Modal = both(c.Modal, t)
			}
		}
	}
	r.add(w)
}

func Modal(tag string) bool {
	return slices.Contains([]string{"must", "can", "should", "will", "ban", "waive"}, tag)
}

// both joins two modal verbs of one clause ("may have to").
func both(a, b string) string {
	if a == "" || a == "will" || a == b {
		return b
	}
	return a + " " + b
}

// resume opens a clause where a verb shows that a subordinate one has ended:
// "residents who are 70 | can ask", "ballots received after Monday | are void".
func (r *Reading) resume() {
	c := r.Clauses[len(r.Clauses)-1]
	c.Last = len(r.Words)
	if c.Last > c.First && r.Lexicon.Helps(r.Words[c.Last-1].Text) { // "have been"
		return
	}
	phrase := c.Condition == "before" || c.Condition == "after" || c.Condition == "until" || c.Joint == "without"
	if (c.Subordinate() || c.Joint == "without") && (c.Verb || phrase && len(r.Bearers(c)) > 0) {
		r.open("resume")
	}
}

func (c Clause) Subordinate() bool { return c.Condition != "" || c.Joint == "who" }

// fronted reports that all so far is a phrase in front of the sentence: "In
// Wales, ...".
func (r *Reading) fronted() bool {
	c := r.Clauses[0]
	return len(r.Clauses) == 1 && len(r.Words) > 0 && c.Modal == "" && r.Lexicon.Table["fronts"][r.Words[0].Text] != ""
}

func (r *Reading) add(w Word) {
	w.Clause = len(r.Clauses) - 1
	r.Words = append(r.Words, w)
}

func (r *Reading) open(joint string) {
	r.close()
	if n := len(r.Clauses); n > 0 && r.Clauses[n-1].First == r.Clauses[n-1].Last {
		c := &r.Clauses[n-1] // empty so far
		if c.Condition == "" && !Hard(c.Joint) {
			c.Joint = joint
		}
		return
	}
	r.Clauses = append(r.Clauses, Clause{First: len(r.Words), Last: len(r.Words), Joint: joint, Tags: map[string]bool{}})
}

func (r *Reading) close() {
	if n := len(r.Clauses); n > 0 {
		r.Clauses[n-1].Last = len(r.Words)
	}
}

// Hard reports marks that part what stands on its own.
func Hard(joint string) bool { return joint == ";" || joint == "." || joint == "|" }

func (r *Reading) breaks(mark string) bool { return strings.Contains(",;:.!?()|", mark) }

// inherit gives a clause without a verb the polarity of the one that it
// continues: "we do not take tyres, batteries or paint".
func (r *Reading) inherit() {
	for i := len(r.Clauses) - 1; i > 1; i-- {
		if c, main := r.Clauses[i], &r.Clauses[i-2]; c.Joint == "resume" && !main.Verb && main.Condition == "" {
			main.Negated, main.Modal = c.Negated, c.Modal
		}
	}
	if len(r.Clauses) > 1 { // "running and diving are not allowed"
		c, next := &r.Clauses[0], r.Clauses[1]
		if !c.Verb && c.Condition == "" && len(c.Tags) == 0 && len(r.Bearers(*c)) == 1 && next.Verb && !next.Subordinate() && next.Joint != "but" {
			c.Negated, c.Modal = next.Negated, next.Modal
		}
	}
	for i := 1; i < len(r.Clauses); i++ {
		c, before := &r.Clauses[i], r.Clauses[i-1]
		if c.Verb || c.Condition != "" || c.Tags["neg"] || before.Joint == "without" || before.Condition != "" || Hard(c.Joint) || c.Joint == "but" || c.Joint == "who" || len(r.Bearers(*c)) > 3 {
			continue
		}
		c.Negated = before.Negated
	}
}

// combine gives what is denied together with "may" or "must" its one meaning:
// "is not allowed" is a ban, "no permit is needed" waives. "Must not" is in the
// word lists as the ban that it is.
func (r *Reading) combine() {
	for i := range r.Clauses {
		r.waivesPay(&r.Clauses[i])
		switch c := &r.Clauses[i]; {
		case c.Negated && c.Modal == "can":
			c.Modal = "ban"
		case c.Negated && c.Modal == "must":
			c.Modal = "waive"
		}
	}
}

// waivesPay reads "do not pay" as "free", where no amount says what is not paid.
func (r *Reading) waivesPay(c *Clause) {
	words := r.Words[c.First:c.Last]
	if !c.Negated || c.Condition != "" || c.Modal != "" && c.Modal != "must" && c.Modal != "waive" || slices.ContainsFunc(words, func(w Word) bool {
		return w.Fact >= 0 && (r.Facts[w.Fact].Money() || r.Facts[w.Fact].Unit == "percent")
	}) {
		return
	}
	if i := slices.IndexFunc(words, func(w Word) bool { return w.Stem == "~pay" && r.Lexicon.Table["paying"][w.Text] != "" }); i >= 0 {
		words[i].Stem, c.Negated, c.Modal = "~free", false, ""
	}
}

// Span returns the words of a clause as they stand.
func (r *Reading) Span(c Clause) string {
	if c.First >= c.Last {
		return ""
	}
	return r.Text[r.Words[c.First].Start:r.Words[c.Last-1].End]
}

// Comma reports that a clause, by its index, stands behind a comma.
func (r *Reading) Comma(i int) bool {
	c := r.Clauses[i]
	if c.First == 0 || c.First >= len(r.Words) {
		return false
	}
	return strings.Contains(r.Text[r.Words[c.First-1].End:r.Words[c.First].Start], ",")
}

// HasTag reports that a clause has the tag.
func (r *Reading) HasTag(tag string) bool {
	return slices.ContainsFunc(r.Clauses, func(c Clause) bool { return c.Tags[tag] })
}

// Leading returns the last word that bears meaning before a fact; none: the zero word.
func (r *Reading) Leading(fact int) Word {
	var out Word
	for _, w := range r.Words {
		if w.Fact == fact {
			break
		}
		if w.Stem != "" {
			out = w
		}
	}
	return out
}

// Following returns the word that bears meaning right behind a fact in its clause;
// none: the zero word.
func (r *Reading) Following(fact int) Word {
	k := slices.IndexFunc(r.Words, func(w Word) bool { return w.Fact == fact })
	for _, w := range r.Words[k+1:] {
		if w.Clause != r.Words[k].Clause {
			break
		}
		if w.Stem != "" {
			return w
		}
	}
	return Word{}
}
