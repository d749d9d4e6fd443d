package cite

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"townclerk/bot/cite/fact"
)

// reading is a sentence taken apart: its facts, its words, and its clauses with
// what turns or limits them.
type reading struct {
	lexicon *lexicon
	text    string // in normal form
	facts   []fact.Fact
	words   []word
	clauses []clause
}

// word is a word, a phrase that stands for one, or a fact.
type word struct {
	text       string // in lower case
	stem       string // what is compared; empty: says nothing by itself
	tags       []string
	fact       int // index in reading.facts; -1: none
	clause     int
	start, end int
	proper     bool // a name: capitalised where no sentence begins
}

// clause is a part of a sentence with one polarity. Its words are those from
// first up to last.
type clause struct {
	first, last int
	negated     bool
	modal       string // must, can, should, will, ban, waive; several of them, parted by spaces; or empty
	condition   string // if, unless, before, after, until; empty: it is no condition
	joint       string // what parts it from the clause before: a mark or a conjunction
	tags        map[string]bool
	verb        bool // it has a helping verb of its own
}

// read takes a sentence apart. text is in normal form.
func (l *lexicon) read(text string) *reading {
	r := &reading{lexicon: l, text: text, facts: fact.Find(l.language, text)}
	tokens := split(l.language, text)
	next, opening, joint := 0, true, ""
	r.open(joint)
	for i := 0; i < len(tokens); {
		t := tokens[i]
		for next < len(r.facts) && t.start >= r.facts[next].End {
			next++
		}
		if next < len(r.facts) && t.end > r.facts[next].Start {
			f := r.facts[next]
			r.add(word{text: text[f.Start:f.End], stem: "=" + string(f.Kind) + f.Value + " " + f.Unit, fact: next, start: f.Start, end: f.End})
			for i < len(tokens) && tokens[i].start < f.End {
				i++
			}
			opening = false
			continue
		}
		if !t.word {
			if r.breaks(t.text) && !(t.text == "," && r.fronted()) {
				r.open(t.text)
			}
			opening = opening || strings.Contains(".!?:|\"", t.text)
			i++
			continue
		}
		i += l.take(r, tokens[i:], opening)
		opening = false
	}
	r.close()
	r.clauses = slices.DeleteFunc(r.clauses, func(c clause) bool { return c.first == c.last })
	for i, c := range r.clauses {
		for k := c.first; k < c.last; k++ {
			r.words[k].clause = i
		}
	}
	r.inherit()
	r.combine()
	return r
}

// take reads the word or phrase at the beginning of tokens into r, and returns
// how many tokens it takes.
func (l *lexicon) take(r *reading, tokens []piece, opening bool) int {
	for length := min(6, len(tokens)); length > 0; length-- {
		phrase := l.base(joined(r.text, tokens[:length]))
		start, end := tokens[0].start, tokens[length-1].end
		if r.inFact(start, end) {
			continue
		}
		w := word{text: phrase, fact: -1, start: start, end: end}
		bound := r.inBound(start, end)
		if length == 1 && letter(r.text[start:end], opening, tokens) {
			w.stem, w.proper = "#"+phrase, true
			r.add(w)
			return 1
		}
		if tags, ok := l.table["tags"][phrase]; ok && !bound {
			w.tags = strings.Fields(tags)
			r.tagged(w)
			return length
		}
		if same, ok := l.table["same"][phrase]; ok && !bound {
			w.stem, w.proper = "~"+same, length == 1 && !opening && l.capital(r.text[start:])
			r.add(w)
			return length
		}
	}
	t := tokens[0]
	w := word{text: l.base(t.text), fact: -1, start: t.start, end: t.end}
	if l.table["conjunctions"][t.text] != "" && !r.inBound(t.start, t.end) {
		r.open(t.text)
		r.add(w)
		return 1
	}
	if l.table["helpers"][t.text] != "" {
		r.resume()
		r.clauses[len(r.clauses)-1].verb = true
	}
	if !r.inBound(t.start, t.end) {
		w.stem, w.proper = l.stem(w.text), !opening && l.capital(r.text[t.start:])
	}
	r.add(w)
	return 1
}

// letter reports a capital letter that names something ("zone A"): it begins
// nothing, or nothing follows.
func letter(s string, opening bool, tokens []piece) bool {
	return len(s) == 1 && s[0] >= 'A' && s[0] <= 'Z' && s != "I" && (!opening || len(tokens) == 1 || !tokens[1].word)
}

// capital reports a word that is written as a name. German writes every noun so.
func (l *lexicon) capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) && l.language != "de"
}

// tagged adds a word with tags. Those that begin a condition open a clause.
func (r *reading) tagged(w word) {
	for _, t := range w.tags {
		switch t {
		case "if", "unless", "before", "after", "until", "who":
			if t != "who" || len(r.words) > 0 {
				r.open(t)
			}
			if c := &r.clauses[len(r.clauses)-1]; t != "who" {
				c.condition = t
			}
		}
	}
	verb := slices.ContainsFunc(w.tags, modal) || r.lexicon.helps(w.text)
	if verb {
		r.resume()
	}
	c := &r.clauses[len(r.clauses)-1]
	c.verb = c.verb || verb
	for _, t := range w.tags {
		c.tags[t] = true
		switch t {
		case "neg":
			c.negated = !c.negated
		default:
			if modal(t) {
				c.modal = both(c.modal, t)
			}
		}
	}
	r.add(w)
}

func modal(tag string) bool {
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
func (r *reading) resume() {
	c := r.clauses[len(r.clauses)-1]
	c.last = len(r.words)
	phrase := c.condition == "before" || c.condition == "after" || c.condition == "until"
	if c.subordinate() && (c.verb || phrase && r.bearing(c) > 0) {
		r.open("resume")
	}
}

func (c clause) subordinate() bool { return c.condition != "" || c.joint == "who" }

// fronted reports that all so far is a phrase in front of the sentence: "In
// Wales, ...".
func (r *reading) fronted() bool {
	c := r.clauses[0]
	return len(r.clauses) == 1 && len(r.words) > 0 && c.modal == "" && r.lexicon.table["fronts"][r.words[0].text] != ""
}

func (r *reading) add(w word) {
	w.clause = len(r.clauses) - 1
	r.words = append(r.words, w)
}

func (r *reading) open(joint string) {
	r.close()
	if n := len(r.clauses); n > 0 && r.clauses[n-1].first == r.clauses[n-1].last {
		c := &r.clauses[n-1] // empty so far
		if c.condition == "" && !hard(c.joint) {
			c.joint = joint
		}
		return
	}
	r.clauses = append(r.clauses, clause{first: len(r.words), last: len(r.words), joint: joint, tags: map[string]bool{}})
}

func (r *reading) close() {
	if n := len(r.clauses); n > 0 {
		r.clauses[n-1].last = len(r.words)
	}
}

// hard reports marks that part what stands on its own.
func hard(joint string) bool { return joint == ";" || joint == "." || joint == "|" }

func (r *reading) breaks(mark string) bool { return strings.Contains(",;:.!?()|", mark) }

// inherit gives a clause without a verb the polarity of the one that it
// continues: "we do not take tyres, batteries or paint".
func (r *reading) inherit() {
	for i := len(r.clauses) - 1; i > 1; i-- {
		if c, main := r.clauses[i], &r.clauses[i-2]; c.joint == "resume" && !main.verb && main.condition == "" {
			main.negated, main.modal = c.negated, c.modal
		}
	}
	if len(r.clauses) > 1 { // "running and diving are not allowed"
		c, next := &r.clauses[0], r.clauses[1]
		if !c.verb && c.condition == "" && len(c.tags) == 0 && r.bearing(*c) == 1 && next.verb && !next.subordinate() && next.joint != "but" {
			c.negated, c.modal = next.negated, next.modal
		}
	}
	for i := 1; i < len(r.clauses); i++ {
		c, before := &r.clauses[i], r.clauses[i-1]
		if c.verb || c.condition != "" || c.tags["neg"] || before.condition != "" || hard(c.joint) || c.joint == "but" || c.joint == "who" || r.bearing(*c) > 3 {
			continue
		}
		c.negated = before.negated
	}
}

// combine gives what is denied together with "may" or "must" its one meaning:
// "is not allowed" is a ban, "no permit is needed" waives. "Must not" is in the
// word lists as the ban that it is.
func (r *reading) combine() {
	for i := range r.clauses {
		switch c := &r.clauses[i]; {
		case c.negated && c.modal == "can":
			c.modal = "ban"
		case c.negated && c.modal == "must":
			c.modal = "waive"
		}
	}
}

// bearing counts the words of a clause that say something.
func (r *reading) bearing(c clause) int {
	n := 0
	for _, w := range r.words[c.first:c.last] {
		if w.stem != "" {
			n++
		}
	}
	return n
}

// inBound reports that a word is part of what bounds a fact ("at least").
func (r *reading) inBound(start, end int) bool {
	for _, f := range r.facts {
		if start >= f.From && end <= f.Start || start >= f.End && end <= f.To {
			return true
		}
	}
	return false
}

func (r *reading) inFact(start, end int) bool {
	for _, f := range r.facts {
		if start < f.End && end > f.Start || start < f.From && end > f.From {
			return true
		}
	}
	return false
}

// piece is a word, or one other character that is no space.
type piece struct {
	text       string // in lower case
	start, end int
	word       bool
}

func joined(text string, pieces []piece) string {
	return strings.ToLower(text[pieces[0].start:pieces[len(pieces)-1].end])
}

// split cuts a text into words with the apostrophes and hyphens inside of them,
// and marks. French articles and pronouns are parted from what they lean on.
func split(language, text string) []piece {
	var out []piece
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		end := i + n
		if unicode.IsSpace(r) {
			i = end
			continue
		}
		is := wordy(r)
		for is && end < len(text) {
			next, n := utf8.DecodeRuneInString(text[end:])
			after, _ := utf8.DecodeRuneInString(text[end+n:])
			if !wordy(next) && !((next == '\'' || next == '-') && wordy(after)) {
				break
			}
			end += n
			if next == '\'' && language == "fr" && end-i <= len("qu'") {
				break
			}
		}
		out = append(out, piece{strings.ToLower(text[i:end]), i, end, is})
		i = end
	}
	return out
}
