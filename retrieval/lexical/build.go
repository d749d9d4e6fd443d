package lexical

import "townclerk/knowledge/segment"

// Build indexes the documents; their position is their number in all results.
func Build(a *Analyzer, docs []Doc) *Index {
	b := &building{
		Index: &Index{vocabulary: newVocabulary()}, analyzer: a, headings: map[string]uint32{},
		words: newBuilder(passageFields...), pairs: newBuilder(passageFields...),
		grams: newBuilder(passageFields...), heads: newBuilder(headFields...),
	}
	for _, d := range docs {
		b.passage(d)
	}
	return b.finish()
}

// building is an index that is being made. Terms are their identifiers.
type building struct {
	*Index
	analyzer                   *Analyzer
	words, pairs, grams, heads *builder
	headings                   map[string]uint32
	pages                      []page
}

type page struct {
	titled                             bool
	text, title, textPairs, titlePairs []uint64
}

func (p *page) add(terms []uint64) {
	p.text, p.textPairs = append(p.text, terms...), append(p.textPairs, pairsOf(terms)...)
}

func (b *building) terms(d Doc, text string) []uint64 {
	return b.vocabulary.numbers(b.analyzer.Terms(d.Language, text))
}

func (b *building) passage(d Doc) {
	title, last := b.terms(d, d.Title), []uint64(nil)
	b.keep(title)
	var text, heads, headPairs []uint64
	for _, h := range d.Headings {
		last = b.terms(d, h)
		heads, headPairs = append(heads, last...), append(headPairs, pairsOf(last)...)
		b.keep(last)
	}
	for _, s := range segment.Sentences(d.Body) {
		terms := b.terms(d, d.Body[s.Start:s.End])
		text = append(text, terms...)
		b.keep(terms)
	}
	b.sequenceEnd = append(b.sequenceEnd, uint32(len(b.sequence)))
	b.onPage(d, title, text, last)
	if len(d.Headings) == 0 {
		last = title
	}
	b.head = append(b.head, b.heading(last))
	v := b.vocabulary
	b.pairs.add(pairsOf(text), headPairs, pairsOf(title))
	b.grams.add(v.gramsOf(text), v.gramsOf(heads), v.gramsOf(title))
	b.words.add(text, heads, title)
}

// keep appends a sentence to the current passage's sequence.
func (b *building) keep(terms []uint64) {
	for _, id := range terms {
		b.sequence = append(b.sequence, uint32(id))
	}
	b.sequence = append(b.sequence, gap)
}

func (b *building) onPage(d Doc, title, text, heading []uint64) {
	b.page = append(b.page, uint32(d.Page))
	for d.Page >= len(b.pages) {
		b.pages = append(b.pages, page{})
	}
	p := &b.pages[d.Page]
	if !p.titled {
		p.titled, p.title, p.titlePairs = true, append(p.title, title...), pairsOf(title)
		p.add(b.terms(d, d.Description))
	}
	p.add(text)
	p.add(heading)
}

// heading numbers a heading; the same words are the same heading.
func (b *building) heading(terms []uint64) uint32 {
	name := nameOf(terms)
	id, ok := b.headings[name]
	if !ok {
		id = uint32(len(b.headings))
		b.headings[name] = id
		b.heads.add(append([]uint64(nil), terms...))
	}
	return id
}

func (b *building) finish() *Index {
	words, pairs := newBuilder(pageFields...), newBuilder(pageFields...)
	for i := range b.pages {
		p := &b.pages[i]
		words.add(p.text, p.title)
		pairs.add(p.textPairs, p.titlePairs)
		*p = page{}
	}
	x := b.Index
	x.words, x.pairs, x.grams, x.heads = b.words.build(), b.pairs.build(), b.grams.build(), b.heads.build()
	x.pageWords, x.pagePairs = words.build(), pairs.build()
	x.headMass = make([]float32, x.heads.n)
	for i := range x.heads.keys {
		docs := x.heads.docs[x.heads.from[i]:x.heads.from[i+1]]
		for _, d := range docs {
			x.headMass[d] += float32(x.heads.idf(len(docs)))
		}
	}
	x.vocabulary.seal()
	return x
}

// nameOf returns the terms as a key of a map.
func nameOf(ids []uint64) string {
	b := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		b = append(b, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
	}
	return string(b)
}
