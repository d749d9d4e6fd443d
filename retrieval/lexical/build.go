package lexical

import (
	"encoding/binary"
	"slices"

	"townclerk/knowledge/segment"
)

// Build indexes the documents; their position is their number in all results.
// It keeps nothing of them. Their stretches of letters are found by offsets of 32
// bits, which some five million passages fill.
func Build(a *Analyzer, docs []Doc) *Index {
	b := &building{
		Index:    &Index{vocabulary: newVocabulary(), page: make([]uint32, 0, len(docs)), head: make([]uint32, 0, len(docs))},
		analyzer: a, known: map[string]uint32{},
	}
	for _, d := range docs {
		b.passage(d)
	}
	return b.finish()
}

// building is an index that is being made.
type building struct {
	*Index
	analyzer *Analyzer
	known    map[string]uint32 // headings by their terms
	headings [][]uint32
	pages    []page
}

type page struct {
	description []uint32
	passages    []uint32
}

func (b *building) terms(d Doc, text string) []uint32 {
	return b.vocabulary.numbers(b.analyzer.Terms(d.Language, text))
}

func (b *building) passage(d Doc) {
	b.sequence.begin(len(d.Headings))
	last := b.terms(d, d.Title)
	b.sequence.add(last)
	for _, h := range d.Headings {
		last = b.terms(d, h)
		b.sequence.add(last)
	}
	for _, s := range segment.Sentences(d.Body) {
		b.sequence.add(b.terms(d, d.Body[s.Start:s.End]))
	}
	for d.Page >= len(b.pages) {
		b.pages = append(b.pages, page{})
	}
	p := &b.pages[d.Page]
	if len(p.passages) == 0 {
		p.description = b.terms(d, d.Description)
	}
	p.passages = append(p.passages, uint32(len(b.page)))
	b.page, b.head = append(b.page, uint32(d.Page)), append(b.head, b.heading(last))
}

// heading numbers a heading; the same words are the same heading.
func (b *building) heading(terms []uint32) uint32 {
	name := nameOf(terms)
	id, ok := b.known[name]
	if !ok {
		id = uint32(len(b.headings))
		b.known[name] = id
		b.headings = append(b.headings, terms)
	}
	return id
}

// nameOf returns the terms as a key of a map.
func nameOf(ids []uint32) string {
	b := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint32(b, id)
	}
	return string(b)
}

func (b *building) finish() *Index {
	x := b.Index
	b.known = nil
	x.sequence.data = slices.Clone(x.sequence.data)
	x.sequence.ends = slices.Clone(x.sequence.ends)
	words, passages, pages := len(x.vocabulary.terms), x.sequence.passages(), b.texts()
	x.grams = x.vocabulary.invertGrams(x.Len(), passages)
	x.frequentFrom = max(shortList, x.Len()/frequentPart)
	x.words = invert(x.Len(), words, passageFields, passages)
	x.pageWords = invert(len(b.pages), words, pageFields, pages)
	x.heads = invert(len(b.headings), words, headFields, func(head int, visit func(int, []uint32)) { visit(0, b.headings[head]) })
	x.pairs = newPairs(words, x.Len()+len(b.pages), func(doc int, visit func(int, []uint32)) {
		if doc < x.Len() {
			passages(doc, visit)
		} else {
			visit(0, b.pages[doc-x.Len()].description)
		}
	})
	x.passagePairs = invert(x.Len(), len(x.pairs.second), passageFields, as(passages, x.pairs.rows))
	x.pagePairs = invert(len(b.pages), len(x.pairs.second), pageFields, as(pages, x.pairs.rows))
	x.headMass = make([]float32, len(b.headings))
	for term := range words {
		l := x.heads.list(uint32(term))
		for head := range l.all {
			x.headMass[head] += float32(x.heads.idf(l.docs))
		}
	}
	x.vocabulary.seal()
	return x
}

// texts are the texts of the pages: the description, of each passage the body
// and the heading above it, and in the second field the title.
func (b *building) texts() texts {
	passages := b.sequence.passages()
	return func(page int, visit func(int, []uint32)) {
		visit(0, b.pages[page].description)
		for i, doc := range b.pages[page].passages {
			var heading []uint32
			passages(int(doc), func(field int, terms []uint32) {
				switch {
				case field == inHeading:
					heading = terms
				case field == inBody:
					visit(0, terms)
				case i == 0:
					visit(1, terms)
				}
			})
			visit(0, heading)
		}
	}
}

// as are the texts with their terms turned into something else by turn, which
// appends to what it is given first.
func as(t texts, turn func(into, terms []uint32) []uint32) texts {
	var buffer []uint32
	return func(doc int, visit func(int, []uint32)) {
		t(doc, func(field int, terms []uint32) {
			buffer = turn(buffer[:0], terms)
			visit(field, buffer)
		})
	}
}
