package dispute

import (
	"townclerk/bot/cite/fact"
)

// How far two statements must be about the same thing, and about the question.
const (
	sameThing  = 0.6  // words that two clauses share
	asked      = 0.6  // share of the question's words
	sameStatus = 0.75 // both, where no figures but what is said of the subject differs
)

// Conflict returns the statement of theirs, which are another page's, that answers
// the question otherwise than ours[shown] does. ours are statements of the page that
// is shown: where they hold what theirs say as well, or theirs what is shown, the pages
// do not disagree.
func Conflict(question Statement, ours []Statement, shown int, theirs []Statement) (int, bool) {
	l := theLexicon()
	text := plain(question.Text)
	q := l.clauses(question.Language, text)[0]
	rq := reading{around: l.words(question.Language, plain(question.Under))}
	wanted := l.wanted(question.Language, text)
	mine, others := readAll(ours), readAll(theirs)
	at, best := -1, 0.0
	for i := range others {
		for k := range others[i].clauses {
			b := &others[i].clauses[k]
			a, like := closest(b, &others[i], &mine[shown])
			if a == nil || like.dice <= best || like.own == 0 || b.except || a.except ||
				alike(&q, &rq, a, &mine[shown]).covered < asked || alike(&q, &rq, b, &others[i]).covered < asked {
				continue
			}
			f, g, differ := figures(a, b, wanted)
			switch {
			case differ && like.dice >= sameThing && !says(mine, b, &others[i], g) && !says(others, a, &mine[shown], f):
				at, best = i, like.dice
			case !differ && like.dice >= sameStatus && like.own > 1 && turnedAround(a, b):
				at, best = i, like.dice
			}
		}
	}
	return at, at >= 0
}

func readAll(statements []Statement) []reading {
	out := make([]reading, len(statements))
	for i, s := range statements {
		out[i] = read(s)
	}
	return out
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
func figures(a, b *clause, wanted func(figure) bool) (f, g figure, differ bool) {
	for _, x := range a.figures {
		for _, y := range b.figures {
			switch {
			case !wanted(x) || !comparable(x, y):
			case x.Same(y.Fact) || y.Same(x.Fact):
				return f, g, false
			case !differ:
				f, g, differ = x, y, true
			}
		}
	}
	return f, g, differ
}

// says reports whether one of the statements gives the figure of clause c for the
// same thing.
func says(statements []reading, c *clause, rc *reading, f figure) bool {
	for i := range statements {
		for k := range statements[i].clauses {
			d := &statements[i].clauses[k]
			for _, g := range d.figures {
				if comparable(f, g) && (f.Same(g.Fact) || g.Same(f.Fact)) && alike(c, rc, d, &statements[i]).dice >= sameThing {
					return true
				}
			}
		}
	}
	return false
}

// turnedAround reports clauses that say the opposite of the same thing.
func turnedAround(a, b *clause) bool {
	for s := range a.status {
		for _, o := range opposites[s] {
			if b.status[o] {
				return true
			}
		}
	}
	return len(a.status) == 0 && len(b.status) == 0 && a.denies != b.denies
}

// wanted returns what tells the figures that a question asks for.
func (l *lexicon) wanted(language, question string) func(figure) bool {
	kinds := map[string]bool{}
	ws := split(question)
	for i := range ws {
		if kind, n := lookup(l.tables[language]["asks"], ws[i:]); n > 0 {
			kinds[kind] = true
		}
	}
	return func(f figure) bool {
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
}

var duration = map[string]bool{"minute": true, "hour": true, "day": true, "workday": true, "calendar-day": true, "week": true, "month": true, "year": true}
