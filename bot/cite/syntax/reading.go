// Package syntax takes a sentence apart: its facts, its words, brought into the
// form in which they are compared, and its clauses with what denies, allows, orders
// or limits them. It goes by word lists (words/*.txt) and marks, not by grammar:
// what it reads is good enough to compare two sentences that say nearly the same.
package syntax

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"townclerk/bot/cite/fact"
)

// Reading is a sentence taken apart: its facts, its words, and its clauses with
// what turns or limits them.
type Reading struct {
	Lexicon *Lexicon
	Text    string // as it was given
	Facts   []fact.Fact
	Words   []Word
	Clauses []Clause
}

// Word is a word, a phrase that stands for one, or a fact.
type Word struct {
	Text       string // in lower case
	Stem       string // what is compared; empty: says nothing by itself
	Tags       []string
	Fact       int // index in Reading.Facts; -1: none
	Clause     int
	Start, End int
	Proper     bool // a name: capitalised where no sentence begins
}

// Clause is a part of a sentence with one polarity. Its words are those from
// first up to last.
type Clause struct {
	First, Last int
	Negated     bool
	Modal       string // must, can, should, will, ban, waive; several of them, parted by spaces; or empty
	Condition   string // if, unless, before, after, until; empty: it is no condition
	Joint       string // what parts it from the clause before: a mark or a conjunction
	Tags        map[string]bool
	Verb        bool // it has a helping verb of its own
}

// Read takes a sentence apart. text is in normal form.
func (l *Lexicon) Read(text string) *Reading {
	r := &Reading{Lexicon: l, Text: text, Facts: fact.Find(l.Language, text)}
	tokens := split(l.Language, text)
	next, opening, joint := 0, true, ""
	r.open(joint)
	for i := 0; i < len(tokens); {
		t := tokens[i]
		for next < len(r.Facts) && t.Start >= r.Facts[next].End {
			next++
		}
		if next < len(r.Facts) && t.End > r.Facts[next].Start {
			f := r.Facts[next]
			r.add(Word{Text: text[f.Start:f.End], Stem: "=" + string(f.Kind) + f.Value + " " + f.Unit, Fact: next, Start: f.Start, End: f.End})
			for i < len(tokens) && tokens[i].Start < f.End {
				i++
			}
			opening = false
			continue
		}
		if !t.word {
			if r.breaks(t.Text) && !(t.Text == "," && r.fronted()) {
				r.open(t.Text)
			}
			opening = opening || strings.Contains(".!?:|\"", t.Text)
			i++
			continue
		}
		i += l.take(r, tokens[i:], opening)
		opening = false
	}
	r.close()
	r.Clauses = slices.DeleteFunc(r.Clauses, func(c Clause) bool { return c.First == c.Last })
	for i, c := range r.Clauses {
		for k := c.First; k < c.Last; k++ {
			r.Words[k].Clause = i
		}
	}
	for _, c := range r.Clauses {
		r.rejoin(c)
	}
	r.inherit()
	r.combine()
	return r
}

// rejoin puts the two parts of a German verb together: "melden Sie ... an" is
// "anmelden". The verb is the first word that is no noun, or in front of "Sie".
func (r *Reading) rejoin(c Clause) {
	last := &r.Words[c.Last-1]
	if r.Lexicon.Table["prefixes"][last.Text] == "" || c.Last-c.First < 2 {
		return
	}
	for i := c.First; i < c.Last-1; i++ {
		w := &r.Words[i]
		noun := unicode.IsUpper(rune(r.Text[w.Start])) && r.Words[i+1].Text != "sie"
		if w.Fact < 0 && w.Stem != "" && !noun {
			w.Stem, last.Stem = r.Lexicon.Stem(last.Text+w.Text), ""
			return
		}
	}
}

// take reads the word or phrase at the beginning of tokens into r, and returns
// how many tokens it takes.
func (l *Lexicon) take(r *Reading, tokens []piece, opening bool) int {
	if l.Table["finite"][tokens[0].Text] == "s" && (r.Clauses[len(r.Clauses)-1].Verb || r.Clauses[len(r.Clauses)-1].Joint == "without") {
		r.resume()
	}
	for length := min(6, len(tokens)); length > 0; length-- {
		phrase := l.base(joined(r.Text, tokens[:length]))
		start, end := tokens[0].Start, tokens[length-1].End
		if r.inFact(start, end) {
			continue
		}
		w := Word{Text: phrase, Fact: -1, Start: start, End: end}
		bound := r.InBound(start, end)
		if length == 1 && letter(r.Text[start:end], opening, tokens) {
			w.Stem, w.Proper = "#"+phrase, true
			r.add(w)
			return 1
		}
		if tags, ok := l.Table["tags"][phrase]; ok && !bound {
			w.Tags = strings.Fields(tags)
			r.tagged(w)
			return length
		}
		if same, ok := l.Table["same"][phrase]; ok && !bound {
			w.Stem, w.Proper = "~"+same, length == 1 && !opening && l.capital(r.Text[start:])
			r.add(w)
			return length
		}
	}
	t := tokens[0]
	w := Word{Text: l.base(t.Text), Fact: -1, Start: t.Start, End: t.End}
	if l.Table["conjunctions"][t.Text] != "" && !r.InBound(t.Start, t.End) {
		r.open(t.Text)
		r.add(w)
		return 1
	}
	if l.Table["helpers"][t.Text] != "" {
		r.resume()
		r.Clauses[len(r.Clauses)-1].Verb = true
	}
	if !r.InBound(t.Start, t.End) {
		w.Stem, w.Proper = l.Stem(w.Text), !opening && l.capital(r.Text[t.Start:])
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
func (l *Lexicon) capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) && l.Language != "de"
}

// Bearers returns the words of a clause that say something.
func (r *Reading) Bearers(c Clause) []Word {
	var out []Word
	for _, w := range r.Words[c.First:c.Last] {
		if w.Stem != "" {
			out = append(out, w)
		}
	}
	return out
}

// Has reports that a word has the stem.
func (r *Reading) Has(stem string) bool {
	return slices.ContainsFunc(r.Words, func(w Word) bool { return w.Stem == stem })
}

// Blank returns the text with its facts blanked out.
func (r *Reading) Blank() string {
	b := []byte(r.Text)
	for _, f := range r.Facts {
		for i := f.Start; i < f.End; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

// InBound reports that a word is part of what bounds a fact ("at least").
func (r *Reading) InBound(start, end int) bool {
	for _, f := range r.Facts {
		if start >= f.From && end <= f.Start || start >= f.End && end <= f.To {
			return true
		}
	}
	return false
}

func (r *Reading) inFact(start, end int) bool {
	for _, f := range r.Facts {
		if start < f.End && end > f.Start || start < f.From && end > f.From {
			return true
		}
	}
	return false
}
