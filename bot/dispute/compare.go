package dispute

import (
	"slices"

	"townclerk/bot/cite/fact"
)

// likeness says how far two clauses are about the same thing.
type likeness struct {
	covered float64 // share of the first one's words that the second has or stands under
	dice    float64 // shared words among all, both ways
	weight  float64 // covered, with what each word is worth there
	own     int     // words that both have themselves
	core    float64 // those among all
}

// What a word is worth that a clause has not itself, but stands beside or under.
const (
	besideWorth = 0.75
	underWorth  = 0.25
)

func (r *reading) worth(w string) float64 {
	switch {
	case r.beside[w]:
		return besideWorth
	case r.under[w]:
		return underWorth
	}
	return 0
}

func alike(a *clause, ra *reading, b *clause, rb *reading) likeness {
	n := float64(len(a.words))
	if n == 0 {
		return likeness{}
	}
	var l likeness
	both, shared, mine, others := 0.0, 0.0, 0.0, 0.0
	for w := range a.words {
		if b.words[w] {
			if w[0] != '#' { // "first" alone is no subject
				l.own++
			}
			both++
			shared++
			mine++
		} else if x := rb.worth(w); x > 0 {
			shared += x
			mine++
		}
	}
	for w := range b.words {
		if !a.words[w] {
			others += ra.worth(w)
		}
	}
	l.covered = mine / n
	l.weight = shared / n
	l.dice = (both + shared + others) / (n + float64(len(b.words)))
	l.core = 2 * float64(l.own) / (n + float64(len(b.words)))
	return l
}

// comparable reports whether two figures can only both be right if they are the same.
func comparable(a, b figure) bool {
	if a.Unit == "ordinal" || b.Unit == "ordinal" || a.Kind == fact.Phone || a.Kind == fact.Email || a.Kind == fact.Link || !a.Like(b.Fact) {
		return false
	}
	if a.Unit == "" && (a.Value == "1" || b.Value == "1") { // "one" is an article as often
		return false
	}
	if side(a.Bound)*side(b.Bound) < 0 {
		return false
	}
	return a.Kind != fact.Number || a.Unit != "" || slices.ContainsFunc(a.tail, func(w string) bool { return slices.Contains(b.tail, w) })
}

// side is -1 for a bound that begins or is a least, 1 for one that ends or is a most.
func side(b fact.Bound) int {
	switch b {
	case fact.From, fact.After, fact.Over, fact.AtLeastBound:
		return -1
	case fact.Until, fact.Before, fact.Under, fact.AtMost, fact.By, fact.Within:
		return 1
	}
	return 0
}

// days returns the days of the week that a clause names, ranges filled in.
func (c *clause) days() map[string]bool {
	out := map[string]bool{}
	from := ""
	for _, f := range c.figures {
		if f.Kind != fact.Weekday {
			continue
		}
		for d := from; d != "" && d != f.Value && f.Bound == fact.Until; {
			out[d] = true
			d = string('1' + (d[0]-'0')%7) // Monday comes after Sunday
		}
		out[f.Value] = true
		from = ""
		if f.Bound == fact.From {
			from = f.Value
		}
	}
	return out
}
