package dispute

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
)

// How far two statements must be about the same thing, and about the question.
const (
	sameThing = 0.55 // words that two clauses share
	asked     = 0.6  // share of the question's words that the other statement has
	answers   = 0.25 // that the one that is shown has: it was found to answer
	firmly    = 0.75 // words that they share where the question asks for no kind of figure, or both hold on conditions
	sameCore  = 0.5  // more than this, where no figures but what is said of the subject differs
)

// Conflict returns the statement of theirs, which are another page's, that answers
// the question otherwise than ours[shown] does. ours are statements of the page that
// is shown: where they hold what theirs say as well, or theirs what is shown, the pages
// do not disagree.
func Conflict(question Statement, ours []*Prepared, shown int, theirs []*Prepared) (int, bool) {
	l := theLexicon()
	text := plain(question.Text)
	q := l.clauses(question.Language, text)[0]
	rq := reading{under: l.words(question.Language, plain(question.Under))}
	if len(q.words) < 2 {
		add(q.words, rq.under)
	}
	kinds := l.kinds(question.Language, text)
	said := ours[shown].apart()
	if !slices.ContainsFunc(said.clauses, func(c clause) bool { return c.mayDiffer(kinds) }) {
		return 0, false
	}
	at, best := -1, 0.0
	for i, s := range theirs {
		if s.Text == ours[shown].Text {
			return 0, false
		}
		if !sharesAny(s.near(), ours[shown].near()) {
			continue // reading costs most of the time
		}
		other := s.apart()
		if other.past {
			continue
		}
		for k := range other.clauses {
			b := &other.clauses[k]
			a, like := closest(b, other, said)
			need := asked
			if b.headed {
				need = firmly
			}
			if a == nil {
				continue
			}
			mine, yours := alike(&q, &rq, a, said).covered, alike(&q, &rq, b, other).covered
			if like.dice <= best || like.own == 0 || b.except || a.except || a.conditional != b.conditional || a.conditional && len(kinds) == 0 ||
				mine < answers || yours < need {
				continue
			}
			enough := sameThing
			if len(kinds) == 0 || a.conditional {
				enough = firmly
			}
			f, g, differ := figures(a, b, kinds)
			switch {
			case like.dice < enough && differ:
			case differ && !says(ours, b, other, g, like) && !says(theirs, a, said, f, like):
				at, best = i, like.dice
			case !differ && len(kinds) == 0 && like.core > sameCore && like.own > 1 && turnedAround(a, b) && !asksItself(ours[shown].Statement, s.Statement):
				at, best = i, like.dice
			}
		}
	}
	return at, at >= 0
}

// mayDiffer reports a clause with a figure of the kinds that are asked for or, where
// none is, one that says something of its subject.
func (c *clause) mayDiffer(kinds map[string]bool) bool {
	return len(kinds) == 0 && len(c.status) > 0 || slices.ContainsFunc(c.figures, func(f figure) bool { return wanted(kinds, f) })
}

// closest returns the clause of r that is most about what b is about.
func closest(b *clause, rb, r *reading) (*clause, likeness) {
	var found *clause
	var best likeness
	for k := range r.clauses {
		if l := alike(&r.clauses[k], r, b, rb); l.dice > best.dice {
			found, best = &r.clauses[k], l
		}
	}
	return found, best
}

// figures returns figures of the kind that is wanted that differ, where none is the same.
func figures(a, b *clause, kinds map[string]bool) (f, g figure, differ bool) {
	for _, x := range a.figures {
		var other *figure
		for i, y := range b.figures {
			if !wanted(kinds, x) || !comparable(x, y) {
				continue
			}
			if x.Same(y.Fact) || y.Same(x.Fact) {
				other = nil
				break
			}
			other = &b.figures[i]
		}
		if other != nil {
			return x, *other, true
		}
	}
	return f, g, false
}

// says reports whether one of the statements gives the figure of clause c for the
// same thing, which is at least as much about it as like says.
func says(statements []*Prepared, c *clause, rc *reading, f figure, like likeness) bool {
	for _, s := range statements {
		r := s.apart()
		for k := range r.clauses {
			d := &r.clauses[k]
			for _, g := range d.figures {
				if comparable(f, g) && (f.Same(g.Fact) || g.Same(f.Fact)) && alike(c, rc, d, r).dice >= like.dice {
					return true
				}
			}
		}
	}
	return false
}

// turnedAround reports clauses that say the opposite of the same thing. That one
// denies and the other does not is not enough.
func turnedAround(a, b *clause) bool {
	for s := range a.status {
		for _, o := range opposites[s] {
			if b.status[o] {
				return true
			}
		}
	}
	return false
}

// asksItself reports that one of the statements holds a question: what it says hangs
// on that.
func asksItself(a, b Statement) bool { return strings.Contains(a.Text+b.Text+a.Asked+b.Asked, "?") }

// kinds returns the kinds of figures that a question asks for.
func (l *lexicon) kinds(language, question string) map[string]bool {
	kinds := map[string]bool{}
	ws := split(question)
	for i := range ws {
		if kind, n := lookup(l.tables[language]["asks"], ws[i:]); n > 0 {
			kinds[kind] = true
		}
	}
	return kinds
}

// wanted reports whether a figure is of one of the kinds; of none where there are none.
func wanted(kinds map[string]bool, f figure) bool {
	switch {
	case len(kinds) == 0:
		return true
	case money[f.Unit]:
		return kinds["money"]
	case f.Kind != fact.Number || duration[f.Unit]:
		return kinds["time"] || kinds["count"]
	}
	return kinds["count"]
}

var duration = map[string]bool{"minute": true, "hour": true, "day": true, "workday": true, "calendar-day": true, "week": true, "month": true, "year": true}

// beginnings are those of the longer words of a text: statements that share none are
// not about the same thing.
func beginnings(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range split(plain(text)) {
		out[w.beginning()] = true
	}
	delete(out, "")
	return out
}

// beginning is the first letters of a word, up to four.
func (w word) beginning() string {
	r := []rune(w.text)
	if len(r) < 3 {
		return ""
	}
	return string(r[:min(len(r), 4)])
}
