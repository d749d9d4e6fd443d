package dispute

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"townclerk/bot/cite/fact"
)

// How a question says that it takes something for granted. What is taken for
// granted is in the group; where it ends is for claimEnd.
var premises = map[string][]*regexp.Regexp{
	"en": {
		regexp.MustCompile(`(?i)^(?:\W|and|but|so|ok|okay|well)*(?:since|because|now that|given that|given|seeing that|considering that|considering|as)\s+(.+)`),
		regexp.MustCompile(`(?i)^(?:\W|and|but|so|ok|okay|well)*(?:why|how come)\s+(.+)`),
		regexp.MustCompile(`(?i)^(?:\W|and|but|so|ok|okay|well)*(?:when|why) (?:did|was|were)\s+(.+\b(?:stop|stopped|abolish|abolished|end|ended|cancel|cancelled|canceled|close|closed)\b.*)`),
		regexp.MustCompile(`(?i)\s(?:because|now that|given that|seeing that)\s+(.+)`),
	},
	"es": {
		regexp.MustCompile(`(?i)^(?:[\W¿]|y|pero)*(?:como|ya que|dado que|puesto que|ahora que|visto que|debido a que|porque)\s+(.+)`),
		regexp.MustCompile(`(?i)^(?:[\W¿]|y|pero)*por qué\s+(.+)`),
		regexp.MustCompile(`(?i)^(?:[\W¿]|y|pero)*cuándo (dejaron de .+)`),
		regexp.MustCompile(`(?i)\s(?:ahora que|ya que|dado que|puesto que)\s+(.+)`),
	},
}

// claimEnd is where the claim ends and the question itself goes on.
var claimEnd = regexp.MustCompile(`(?i)[?;¿]|,\s|\s-\s|\.\s+\p{Lu}|\s(?:how|what|where|when|who|why|which|can i|can we|do i|do we|does it|is there|are there|must i|should i|may i)\s`)

// Claim is what a question takes for granted, in its own words.
type Claim struct {
	Text string
	// Rest is what else the question says, Earlier what was asked before it: the claim
	// may lean on both.
	Rest, Earlier string
	Language      string
}

// Premise returns what a question takes for granted: "since permits are free, ...",
// "why is the library closed on Mondays?".
func Premise(language, question string) (c Claim, ok bool) {
	for _, form := range premises[language] {
		m := form.FindStringSubmatch(question)
		if m == nil {
			continue
		}
		claim := m[1]
		if end := claimEnd.FindStringIndex(claim); end != nil {
			claim = claim[:end[0]]
		}
		if claim = strings.TrimSpace(claim); strings.Contains(claim, " ") || strings.HasSuffix(claim, "s") {
			return Claim{Text: claim, Rest: strings.Replace(question, claim, "", 1), Language: language}, true
		}
	}
	return Claim{}, false
}

// How far a clause must be about what a claim is about.
const (
	aboutClaim = 0.5  // share of the claim's words, to confirm or contradict it
	wholeClaim = 0.75 // to do so by nothing but a denial
	endedClaim = 0.6  // to contradict that something ended by nothing but that it is allowed
	endedAlike = 0.4  // and their likeness both ways
	alikeClaim = 0.5  // likeness both ways, where it confirms by saying no other, or says of a figure that there is none
)

// Contradicted returns the statement that says otherwise than the claim. Where one
// that is more about the same thing confirms the claim, and where none is about it,
// there is none. Earlier statements are preferred.
func Contradicted(claim Claim, statements []*Prepared) (int, bool) {
	l := theLexicon()
	rest := clause{words: l.words(claim.Language, plain(claim.Rest))}
	earlier := clause{words: l.words(claim.Language, plain(claim.Earlier))}
	rc := reading{beside: rest.words, under: earlier.words}
	c := l.clauses(claim.Language, plain(claim.Text))[0]
	c.roles()
	if len(c.words) < 2 && !c.speaks() && len(c.figures) == 0 {
		return 0, false
	}
	itself := maps.Clone(c.words)
	if len(c.words) < 2 {
		add(c.words, earlier.words)
	}
	at, against, support := -1, 0.0, 0.0
	for i, s := range statements {
		if s.Language != claim.Language {
			continue
		}
		rs := s.apart()
		if rs.past {
			continue
		}
		was, fitted := at, against
		for k := range rs.clauses {
			d := &rs.clauses[k]
			like := alike(&c, &rc, d, rs)
			near, before := alike(&rest, &rc, d, rs), alike(&earlier, &rc, d, rs)
			if like.own+near.own+before.own == 0 && len(c.days()) == 0 && !sharesAny(earlier.words, rs.heading) || len(itself) > 0 && !sharesAny(itself, d.words, rs.beside, rs.under) {
				continue
			}
			if d.headed {
				like.covered *= 0.75 // whose words may be too much
			}
			own := like.own
			if d.headed {
				own = 0
			}
			fits := 2*like.covered + like.dice + float64(own)/float64(len(c.words)) + (near.weight+before.weight)/2
			switch c.against(d, like) {
			case confirms:
				if c.counts() {
					fits += sameFigure
				}
				if c.dated() {
					fits++ // an hour or a date that a page names is hardly the wrong one
				}
				support = max(support, fits)
				if s.Row && at == i {
					at, against = was, fitted // a row has all cases
				}
			case denies:
				if !d.helped && !d.speaks() {
					continue // "call us"
				}
				fits -= 0.5
				fallthrough
			case contradicts:
				if fits -= rank * float64(i) / float64(len(statements)); fits > against {
					at, against = i, fits
				}
			}
		}
	}
	return at, at >= 0 && against > support
}

// verdict is what a clause means for a claim.
type verdict int

const (
	neither verdict = iota
	confirms
	contradicts
	denies // by nothing but a denial
)

// rank is what the order of statements weighs.
const rank = 0.1

// sameFigure is what it weighs that a statement has the claim's own figure.
const sameFigure = 0.3

// roles turns "closes at 5" into "until 5" and "opens at 9" into "from 9".
func (c *clause) roles() {
	for i, f := range c.figures {
		switch {
		case f.Kind != fact.Time || f.Bound != fact.None:
		case c.status["shut"]:
			c.figures[i].Bound = fact.Until
		case c.status["open"]:
			c.figures[i].Bound = fact.From
		}
	}
}

// against says what clause d means for the claim c.
func (c *clause) against(d *clause, like likeness) verdict {
	if d.except || like.covered < aboutClaim {
		return neither
	}
	days, on := c.days(), d.days()
	states := len(c.status) > 0
	if states && len(days) > 0 && !within(days, on) { // says nothing of that day
		return neither
	}
	v := neither
	for _, f := range c.figures {
		if f.Kind == fact.Weekday && states {
			continue
		}
		for _, g := range d.figures {
			switch {
			case !comparable(f, g) && (span(f) == 0 || span(g) == 0):
			case f.Same(g.Fact) || g.Same(f.Fact) || span(f) > 0 && span(f) == span(g) || f.Kind == fact.Weekday && on[f.Value]:
				if (c.denies || c.status["banned"]) && !d.negative() {
					return denies
				}
				return confirms
			default:
				v = contradicts
			}
		}
	}
	if v != neither {
		return v
	}
	for s := range c.status {
		if d.status[s] && !c.counts() && c.denies == d.denies {
			v = max(v, confirms)
			continue
		}
		for _, o := range opposites[s] {
			if s == "ended" && (like.covered < endedClaim || like.dice < endedAlike) {
				continue
			}
			if d.status[o] && (!c.counts() || like.dice >= alikeClaim) {
				v = contradicts
			}
		}
	}
	if v == neither && states && len(days) > 0 && d.denies && !c.negative() {
		return contradicts // "no Sunday"
	}
	if v == neither && !c.counts() && !c.status["free"] && !c.status["paid"] && like.covered >= wholeClaim && len(c.words) >= 2 {
		switch {
		case c.negative() != d.negative():
			if d.negative() && d.denies && !sharesAny(c.words, d.denied) || c.negative() && c.denies && !sharesAny(c.denied, d.words) {
				return neither // something else is denied
			}
			return denies
		case c.negative() || !states && like.dice >= alikeClaim:
			return confirms
		}
	}
	return v
}

// span is how many days a figure lasts, zero where it is no whole number of days, weeks,
// months or years: "two years" denies "six months".
func span(f figure) int {
	n, err := strconv.Atoi(f.Value)
	if err != nil || f.Kind != fact.Number {
		return 0
	}
	return n * map[string]int{"day": 1, "calendar-day": 1, "week": 7, "month": 30, "year": 360}[f.Unit]
}

// dated reports a clause with an hour or a date.
func (c *clause) dated() bool {
	return slices.ContainsFunc(c.figures, func(f figure) bool { return f.Kind == fact.Time || f.Kind == fact.Date })
}

// counts reports a claim that is about a figure.
func (c *clause) counts() bool {
	for _, f := range c.figures {
		if f.Kind != fact.Weekday && f.Unit != "ordinal" {
			return true
		}
	}
	return false
}

// sharesAny reports whether a word is in one of the sets.
func sharesAny(words map[string]bool, sets ...map[string]bool) bool {
	for w := range words {
		for _, s := range sets {
			if s[w] {
				return true
			}
		}
	}
	return false
}

func within(some, all map[string]bool) bool {
	for x := range some {
		if !all[x] {
			return false
		}
	}
	return true
}
