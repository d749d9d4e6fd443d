package lexical

import (
	"strings"
)

// Variant is one way to say a concept.
type Variant struct {
	Term   string
	Weight float64
}

// Concept is something that the question names, with all the ways in which an
// agency may write it. Variants hold the question's own term first.
type Concept struct {
	Weight float64
	// Letters is the weight of the own term's letters. It is that of the part of
	// the question, also for words that frame it: their stretches of four letters
	// stand for other words too.
	Letters  float64
	Variants []Variant
}

// Near are two concepts, by their places in Expanded.Words, that the question
// names close to each other.
type Near struct {
	A, B   int
	Weight float64
}

// Expanded is a question ready to be scored.
type Expanded struct {
	Words []Concept
	// Pairs are neighbouring words; their terms hold a space.
	Pairs []Concept
	Near  []Near
}

const (
	synonymWeight  = 0.6 // of a word of the thesaurus beside the question's own
	lightWeight    = 0.4 // of words that frame a question
	spellingWeight = 0.8 // of a word that an unknown one may be meant to be
	mostWeight     = 1.5 // of a word that is named more than once
	maxVariants    = 16  // of a pair of words
	nearby         = 3   // words that are close in a question are this far apart
)

// lightWords frame questions and say little about what is asked.
var lightWords = map[string]string{
	"es": `cuánto cuánta cuántos cuesta cuestan costar precio vale quiero quisiera necesito puedo puede podría cómo dónde cuándo hay hacer
		tener tengo saber decir favor gracias hola sacar saco`,
	"en": `want need happen act do get someone somebody anyone people person thing something
	anything way tell find know look like let make take give ask question help please thank hello hi
	also just still really much many long far go come use would could might may must shall can will
	wonder wish hope think believe understand mean explain reason case situation time possible able
	allow sure yes no ok okay`,
}

// Expander turns questions into concepts. It is immutable and safe for
// concurrent use.
type Expander struct {
	analyzer  *Analyzer
	thesaurus *Thesaurus
	light     map[string]bool
}

// NewExpander returns an expander; a nil thesaurus expands nothing.
func NewExpander(a *Analyzer, t *Thesaurus) *Expander {
	e := &Expander{analyzer: a, thesaurus: t, light: map[string]bool{}}
	for language, words := range lightWords {
		for _, t := range a.Terms(language, words) {
			e.light[t] = true
		}
	}
	return e
}

// Text is a part of a question with its weight.
type Text struct {
	Text   string
	Weight float64
}

// Expand analyses the parts of a question, all in one language. What the
// vocabulary knows decides how words are corrected, cut and joined.
func (e *Expander) Expand(language string, parts []Text, v Vocabulary) Expanded {
	x := expansion{words: gathered{place: map[string]int{}}, pairs: gathered{place: map[string]int{}}, near: map[[2]int]int{}}
	for _, p := range parts {
		e.expand(&x, language, p, v)
	}
	return Expanded{Words: x.words.concepts, Pairs: x.pairs.concepts, Near: x.close}
}

type expansion struct {
	words, pairs gathered
	near         map[[2]int]int // place in close
	close        []Near
}

func (e *Expander) expand(x *expansion, language string, p Text, v Vocabulary) {
	terms := e.analyzer.Terms(language, p.Text)
	own, places := make([]Concept, len(terms)), make([]int, len(terms))
	for i, t := range terms {
		own[i] = e.concept(language, t, p.Weight, v)
		places[i] = x.words.merge(own[i])
	}
	for i := range terms {
		for j := i + 1; j < len(terms) && j <= i+nearby; j++ {
			x.nearby(places[i], places[j], min(own[i].Weight, own[j].Weight))
		}
		if i == 0 {
			continue
		}
		x.pairs.merge(pairOf(own[i-1], own[i]))
		if joined, ok := e.join(language, terms[i-1], terms[i], v); ok {
			x.words.merge(Concept{Weight: p.Weight, Letters: p.Weight, Variants: []Variant{{joined, 1}}})
		}
	}
	for _, t := range terms {
		if first, second, ok := cut(t, v); ok {
			x.pairs.merge(Concept{Weight: p.Weight, Variants: []Variant{{pair(first, second), 1}}})
		}
	}
	for _, ways := range e.thesaurus.phrases(language, terms) {
		words, pairs := Concept{Weight: synonymWeight * p.Weight}, Concept{Weight: synonymWeight * p.Weight}
		for _, w := range ways {
			if strings.Contains(w, " ") {
				pairs.Variants = append(pairs.Variants, Variant{w, 1})
			} else if v.Has(w) {
				words.Variants = append(words.Variants, Variant{w, 1})
			}
		}
		x.words.mergeAny(words)
		x.pairs.mergeAny(pairs)
	}
}

// concept returns a term with its synonyms, or, where the index does not know
// it, with what it may be meant to be.
func (e *Expander) concept(language, term string, weight float64, v Vocabulary) Concept {
	c := Concept{Weight: weight, Letters: weight, Variants: []Variant{{term, 1}}}
	if e.light[term] {
		c.Weight *= lightWeight
		return c
	}
	for _, s := range e.thesaurus.words(language, term) {
		c.Variants = append(c.Variants, Variant{s, synonymWeight})
	}
	if v.Has(term) {
		return c
	}
	if first, second, ok := cut(term, v); ok {
		c.Variants = append(c.Variants, Variant{first, spellingWeight}, Variant{second, spellingWeight})
		return c
	}
	for _, near := range v.Near(term) {
		c.Variants = append(c.Variants, Variant{near, spellingWeight})
		for _, s := range e.thesaurus.words(language, near) {
			c.Variants = append(c.Variants, Variant{s, synonymWeight})
		}
	}
	return c
}

// join returns the compound of two terms, if a passage has it.
func (e *Expander) join(language, first, second string, v Vocabulary) (string, bool) {
	if joined := first + second; v.Has(joined) {
		return joined, true
	}
	for _, joined := range e.analyzer.Terms(language, first+second) {
		if len(joined) > len(first) && v.Has(joined) {
			return joined, true
		}
	}
	return "", false
}

// minPart is the length in bytes of the shortest part of a compound.
const minPart = 3

// cut splits a compound into two terms that stand side by side in a passage.
func cut(term string, v Vocabulary) (first, second string, ok bool) {
	for i := minPart; i <= len(term)-minPart; i++ {
		if v.HasPair(term[:i], term[i:]) {
			return term[:i], term[i:], true
		}
	}
	return "", "", false
}

// pairOf is the pair of two concepts: every variant beside every other, within
// bounds.
func pairOf(a, b Concept) Concept {
	c := Concept{Weight: min(a.Weight, b.Weight)}
	for _, v := range a.Variants {
		for _, w := range b.Variants {
			if len(c.Variants) < maxVariants {
				c.Variants = append(c.Variants, Variant{pair(v.Term, w.Term), v.Weight * w.Weight})
			}
		}
	}
	return c
}

func pair(first, second string) string { return first + " " + second }

// gathered are concepts in the order in which they were first named.
type gathered struct {
	concepts []Concept
	place    map[string]int
}

// merge adds a concept, or its weight where the same was named before, and
// returns its place.
func (g *gathered) merge(c Concept) int {
	at, ok := g.place[c.Variants[0].Term]
	if !ok {
		at = len(g.concepts)
		g.place[c.Variants[0].Term] = at
		g.concepts = append(g.concepts, c)
		return at
	}
	have := &g.concepts[at]
	have.Weight = min(have.Weight+c.Weight, mostWeight)
	have.Letters = min(have.Letters+c.Letters, mostWeight)
	return at
}

// mergeAny merges a concept that may have no variants.
func (g *gathered) mergeAny(c Concept) {
	if len(c.Variants) > 0 {
		g.merge(c)
	}
}

func (x *expansion) nearby(a, b int, weight float64) {
	if a == b {
		return
	}
	key := [2]int{min(a, b), max(a, b)}
	if at, ok := x.near[key]; ok {
		x.close[at].Weight = min(x.close[at].Weight+weight, mostWeight)
		return
	}
	x.near[key] = len(x.close)
	x.close = append(x.close, Near{key[0], key[1], weight})
}
