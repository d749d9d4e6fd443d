// Package dispute finds where statements cannot both be right: two pages that
// give different figures for the same thing, and a question that takes for granted
// what a page denies.
//
// A statement is read clause by clause. Of each clause are kept its figures
// (bot/cite/fact), what it says of its subject (free or at a cost, open or closed,
// allowed or forbidden, required or not; words/*.txt), whether it denies, and the
// stems of its other words: its subject. Two clauses are about the same thing as far
// as they share these words; a word may also stand in the other's title, headings or
// remaining text.
//
// All is told from the words alone. What is reported should be right: where it is
// unclear whether two clauses are about the same thing, nothing is. All functions are
// pure.
package dispute

import (
	"embed"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"townclerk/bot/cite/fact"
	"townclerk/retrieval/lexical"
)

// Statement is a sentence, list item, table row or definition of a page, or what a
// question takes for granted.
type Statement struct {
	Text string
	// Asked is the question that Text answers; empty: none.
	Asked string
	// Under are the words that it stands under: its page's title and its headings.
	Under    string
	Language string
	// Before is what stands before it in its paragraph: what it leans on.
	Before string
	// Row says that Text is a table's row, "header: cell; header: cell".
	Row bool
}

// reading is a statement taken apart.
type reading struct {
	clauses []clause
	beside  map[string]bool // all its words
	heading map[string]bool // those of the last heading
	past    bool            // it tells what was once
	under   map[string]bool // those that it stands under
}

// clause says one thing of one subject.
type clause struct {
	words   map[string]bool // stems
	figures []figure
	status  map[string]bool
	denies  bool            // beyond what status says
	denied  map[string]bool // words beside the denial
	helped  bool            // it has a helping verb, and so says something
	except  bool            // it limits the clause before it
	headed  bool            // its words are its heading\'s
	// conditional: it holds on a condition, which may stand in the last heading.
	conditional bool
}

// figure is a fact with the words that follow it: they say what is counted.
type figure struct {
	fact.Fact
	tail []string
}

//go:embed words/*.txt
var files embed.FS

type lexicon struct {
	tables   map[string]fact.Table
	analyzer *lexical.Analyzer
}

// theLexicon is read once.
var theLexicon = sync.OnceValue(func() *lexicon {
	l := &lexicon{map[string]fact.Table{}, lexical.NewAnalyzer()}
	for _, language := range []string{"en", "es"} {
		data, err := files.ReadFile("words/" + language + ".txt")
		if err != nil {
			panic("dispute: " + err.Error()) // a build without its files
		}
		l.tables[language] = fact.ParseTable(string(data))
	}
	return l
})

// Prepared is a statement that is taken apart once, when it is first compared. It is
// safe for concurrent use and may be kept.
type Prepared struct {
	Statement
	near  func() map[string]bool // see beginnings
	under func() map[string]bool
	apart func() *reading
}

// Prepare prepares statements. What several stand under is read once.
func Prepare(statements []Statement) []*Prepared {
	out := make([]*Prepared, len(statements))
	for i, s := range statements {
		p := &Prepared{Statement: s}
		if i > 0 && s.Under == out[i-1].Under && s.Language == out[i-1].Language {
			p.under = out[i-1].under
		} else {
			p.under = sync.OnceValue(func() map[string]bool { return theLexicon().words(s.Language, plain(s.Under)) })
		}
		p.near = sync.OnceValue(func() map[string]bool { return beginnings(s.Text) })
		p.apart = sync.OnceValue(func() *reading { return theLexicon().read(s, p.under()) })
		out[i] = p
	}
	return out
}

// read takes a statement apart that stands under some words.
func (l *lexicon) read(s Statement, under map[string]bool) *reading {
	text := plain(strings.TrimSpace(s.Asked + " " + s.Text))
	before := map[string]bool{}
	if s.Before != "" && (leans.MatchString(text) || len(l.clauses(s.Language, pieces(parts(text, s.Row)[0], s.Row)[0])[0].words) < 2) {
		before = l.words(s.Language, plain(s.Before))
		above := under
		under = maps.Clone(before)
		add(under, above)
	}
	r := &reading{beside: map[string]bool{}, under: under, past: once.MatchString(s.Text)}
	label := map[string]bool{}
	last := plain(s.Under[strings.LastIndex(s.Under, "\n")+1:])
	r.heading = l.words(s.Language, last)
	heading := l.conditional(s.Language, last)
	for i, part := range parts(text, s.Row) {
		first := len(r.clauses)
		if i > 0 || !leans.MatchString(text) {
			before = maps.Clone(r.beside)
		}
		limited := heading || l.limited(s, part)
		for _, piece := range pieces(part, s.Row) {
			for _, c := range l.clauses(s.Language, piece) {
				c.conditional = limited || l.conditional(s.Language, piece)
				if s.Row && i == 0 {
					label = c.words
				}
				add(c.words, label)
				add(r.beside, c.words)
				if l.refused(s.Language, part) {
					c.turn()
				}
				if n := len(r.clauses) - 1; n >= first && !c.except && !(r.clauses[n].speaks() && (c.speaks() || c.helped)) {
					r.clauses[n].join(c)
				} else {
					r.clauses = append(r.clauses, c)
				}
			}
		}
		name(r.clauses[first:], before, r.heading)
	}
	return r
}

// name gives clauses that name nothing ("$20", "it is free") the words of those beside
// them, or else of what stands before them, the heading last.
func name(clauses []clause, before, heading map[string]bool) {
	all := map[string]bool{}
	for _, c := range clauses {
		add(all, c.words)
	}
	if len(all) == 0 {
		all = before
	}
	headed := len(all) == 0
	if headed {
		all = heading
	}
	for i, c := range clauses {
		if len(c.words) == 0 {
			add(c.words, all)
			clauses[i].headed = headed
		}
	}
}

// refused reports a question with the answer "No".
func (l *lexicon) refused(language, text string) bool {
	_, answer, ok := strings.Cut(text, "? ")
	ws := split(answer)
	return ok && len(ws) > 0 && l.tables[language]["negation"][ws[0].text] != ""
}

// turn makes a clause say the opposite.
func (c *clause) turn() {
	turned := map[string]bool{}
	for s := range c.status {
		if o := opposites[s]; len(o) > 0 {
			s = o[0]
		}
		turned[s] = true
	}
	c.denies = c.denies && len(turned) == 0
	c.status = turned
}

// add puts the words of one set into another.
func add(to, from map[string]bool) {
	for w := range from {
		to[w] = true
	}
}

// join makes two clauses one.
func (c *clause) join(o clause) {
	add(c.words, o.words)
	add(c.status, o.status)
	c.figures = append(c.figures, o.figures...)
	c.denies, c.helped = c.denies || o.denies, c.helped || o.helped
	add(c.denied, o.denied)
}

// speaks reports a clause that says something of its subject.
func (c *clause) speaks() bool {
	return len(c.status) > 0 || c.denies || c.counts()
}

// conditional reports a text that holds on a condition.
func (l *lexicon) conditional(language, text string) bool {
	return slices.ContainsFunc(split(text), func(w word) bool { return l.tables[language]["conditional"][w.text] != "" })
}

// limited reports a part that holds as a whole on a condition of it. One that stands
// last beside a figure of its own limits that alone: "$10, or 2 percent if that is more".
func (l *lexicon) limited(s Statement, part string) bool {
	all := pieces(part, s.Row)
	for i, piece := range all {
		if l.conditional(s.Language, piece) && (i == 0 || len(fact.Find(s.Language, piece)) == 0) {
			return true
		}
	}
	return false
}

// leans is how a sentence begins that says of what the one before was about.
var leans = regexp.MustCompile(`^(?i:it|this|that|these|those|they|such|esto|ello|(?:no )?(?:es|son|está|están)) `)

// once is how an entry of old news begins: "May 2019: ...".
var once = regexp.MustCompile(`^\W*(?:\p{L}+ |\d{1,2}/)?(?:19|20)\d\d ?[:\-–]`)

// words returns the stems of a text, without those that say nothing by themselves.
func (l *lexicon) words(language, text string) map[string]bool {
	out := map[string]bool{}
	for _, c := range l.clauses(language, text) {
		add(out, c.words)
	}
	return out
}

func newClause() clause {
	return clause{words: map[string]bool{}, status: map[string]bool{}, denied: map[string]bool{}}
}

// clauses reads a part of a statement: one clause, or several where an exception
// begins within.
func (l *lexicon) clauses(language, text string) []clause {
	table := l.tables[language]
	facts, ws := fact.Find(language, text), split(text)
	out := []clause{newClause()}
	denied := -10       // where the last denial stood
	var before []string // the stems so far
	next := 0
	for i := 0; i < len(ws); {
		c := &out[len(out)-1]
		for next < len(facts) && facts[next].End <= ws[i].start {
			next++
		}
		if next < len(facts) && facts[next].Start < ws[i].end {
			f := facts[next]
			if f.Kind == fact.Number && f.Unit == "" && l.aged(table, ws, i, f) {
				f.Unit = "age"
			}
			c.figures = append(c.figures, figure{Fact: f})
			if f.Unit == "ordinal" {
				c.words["#"+f.Value] = true
			}
			for end := facts[next].End; i < len(ws) && ws[i].start < end; i++ {
			}
			continue
		}
		if status, n := lookup(table["status"], ws[i:]); n > 0 {
			if other := opposites[status]; i-denied <= reach && len(other) > 0 {
				delete(c.status, status)
				status, c.denies = other[0], false
			}
			for name := range strings.FieldsSeq(status) {
				c.status[name] = true
			}
			i += n
			continue
		}
		w := ws[i].text
		c.helped = c.helped || table["helper"][w] != ""
		switch {
		case table["negation"][w] != "":
			denied, c.denies = i, true
		case table["exception"][w] != "":
			out = append(out, newClause())
			out[len(out)-1].except = true
		case table["keep"][w] != "":
			c.words[w] = true
		case table["light"][w] == "":
			for _, stem := range l.analyzer.Terms(language, w) {
				c.words[stem] = true
				if i-denied <= reach {
					c.denied[stem] = true
				}
				before = append(before, stem)
				for k := range c.figures {
					c.figures[k].tail = append(c.figures[k].tail, stem)
				}
			}
		}
		i++
	}
	if c := &out[len(out)-1]; c.denies && len(c.denied) == 0 { // "tools are not"
		for _, stem := range before[max(len(before)-reach/2, 0):] {
			c.denied[stem] = true
		}
	}
	for k := range out {
		out[k].infer()
	}
	return out
}

// aged reports that the bare number at word i is somebody's age: "18 or over", "be 18".
func (l *lexicon) aged(table fact.Table, ws []word, i int, f fact.Fact) bool {
	after := i
	for after < len(ws) && ws[after].start < f.End {
		after++
	}
	if _, n := lookup(table["older"], ws[after:]); n > 0 {
		return true
	}
	return i > 0 && table["age"][ws[i-1].text] != "" && (after == len(ws) || ws[after].start > f.End+1 || table["then"][ws[after].text] != "")
}

// reach is how many words on a denial still turns what is said.
const reach = 4

// opposites are what cannot be said of the same thing; the first is what a denial
// makes of it.
var opposites = map[string][]string{
	"free": {"paid"}, "paid": {"free", "waived"}, "open": {"shut", "ended"}, "shut": {"open"},
	"allowed": {"banned"}, "banned": {"allowed"}, "required": {"waived"}, "waived": {"required", "paid"}, "ended": {"allowed", "open"},
	"loan": {"grant"}, "grant": {"loan"},
}

// negative reports a clause that says what is not so.
func (c *clause) negative() bool {
	return c.denies || c.status["banned"] || c.status["shut"] || c.status["ended"] || c.status["waived"] || c.status["none"]
}

// infer adds what figures say: an amount is a price, hours are open.
func (c *clause) infer() {
	for i, f := range c.figures {
		c.figures[i].tail = f.tail[:min(len(f.tail), counted)]
		switch {
		case money[f.Unit] && f.Value != "0" && !c.status["free"]:
			c.status["paid"] = true
		case f.Kind == fact.Time && f.Bound == fact.Until && !c.status["shut"]:
			c.status["open"] = true
		}
	}
}

// counted is how many words behind a bare number say what it counts.
const counted = 3

var money = map[string]bool{"usd": true, "gbp": true, "eur": true, "cent": true, "pence": true}
