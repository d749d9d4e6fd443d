package lexical

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"townclerk/knowledge/segment"
)

// reference scores passages by the definition: whatever it needs it counts anew
// in the documents' texts. It takes its sums in the index's order, so that the
// last bit can be compared.
type reference struct {
	order             map[string]int // of terms, by where they are first named
	sentences         [][][]string   // of each passage, with its title and headings
	page, head        []int
	words, pairs      collection
	grams             collection
	pageWords, pageOf collection // pageOf: pairs
	heads             collection
}

// bag counts keys.
type bag struct {
	count  map[string]int
	length int
}

func (b *bag) add(keys []string) {
	if b.count == nil {
		b.count = map[string]int{}
	}
	for _, k := range keys {
		b.count[k]++
	}
	b.length += len(keys)
}

type collection struct {
	fields []field
	docs   [][]bag // by field
}

func (c *collection) add(fields ...bag) { c.docs = append(c.docs, fields) }

func (c *collection) tf(doc int, key string) float32 {
	tf := 0.0
	for i, f := range c.fields {
		b := c.docs[doc][i]
		if b.count[key] == 0 {
			continue
		}
		total := 0.0
		for _, d := range c.docs {
			total += float64(d[i].length)
		}
		relative := float64(b.length) * float64(len(c.docs)) / total
		tf += f.weight * float64(min(b.count[key], 255)) / (1 - f.b + f.b*relative)
	}
	return math.Float32frombits((math.Float32bits(float32(tf)) + 1<<15) &^ 0xffff)
}

func (c *collection) has(key string) (docs []int) {
	for d, fields := range c.docs {
		if slices.ContainsFunc(fields, func(b bag) bool { return b.count[key] > 0 }) {
			docs = append(docs, d)
		}
	}
	return docs
}

func (c *collection) idf(key string) float64 {
	df := float64(len(c.has(key)))
	return math.Log(1 + (float64(len(c.docs))-df+0.5)/(df+0.5))
}

// score adds what a concept's variants are worth to sums and returns the most
// that it could be.
func (c *collection) score(weight float64, variants []Variant, sums []float32) float64 {
	if len(variants) == 1 {
		key := variants[0].Term
		idf := weight * c.idf(key)
		for _, d := range c.has(key) {
			sums[d] += float32(idf) * saturate(c.tf(d, key))
		}
		return idf
	}
	best, own := make([]float32, len(c.docs)), -1.0
	for _, v := range variants {
		docs, idf := c.has(v.Term), c.idf(v.Term)
		if len(docs) > 0 && own < 0 {
			own = idf
		}
		for _, d := range docs {
			best[d] = max(best[d], float32(min(own, idf)*v.Weight)*saturate(c.tf(d, v.Term)))
		}
	}
	if own < 0 {
		own = c.idf("")
	}
	for d, x := range best {
		sums[d] += float32(weight) * x
	}
	return weight * own
}

func newReference(docs []Doc) *reference {
	r := &reference{order: map[string]int{}}
	for _, c := range []*collection{&r.words, &r.pairs, &r.grams} {
		c.fields = passageFields
	}
	r.pageWords.fields, r.pageOf.fields, r.heads.fields = pageFields, pageFields, headFields
	heads := map[string]int{}
	for _, d := range docs {
		var words, pairs, grams [maxFields]bag
		add := func(field int, terms []string) {
			words[field].add(terms)
			pairs[field].add(pairsOf(terms))
			grams[field].add(gramsOf(terms))
		}
		title := r.terms(d, d.Title)
		add(inTitle, title)
		sentences, above, body := [][]string{title}, title, []string(nil)
		for _, h := range d.Headings {
			above = r.terms(d, h)
			add(inHeading, above)
			sentences = append(sentences, above)
		}
		for _, s := range segment.Sentences(d.Body) {
			terms := r.terms(d, d.Body[s.Start:s.End])
			sentences, body = append(sentences, terms), append(body, terms...)
		}
		add(inBody, body)
		r.sentences = append(r.sentences, sentences)
		r.words.add(words[:]...)
		r.pairs.add(pairs[:]...)
		r.grams.add(grams[:]...)

		for len(r.pageWords.docs) <= d.Page {
			r.pageWords.add(bag{}, bag{})
			r.pageOf.add(bag{}, bag{})
		}
		onPage := func(field int, terms []string) {
			r.pageWords.docs[d.Page][field].add(terms)
			r.pageOf.docs[d.Page][field].add(pairsOf(terms))
		}
		if !slices.Contains(r.page, d.Page) {
			onPage(1, title)
			onPage(0, r.terms(d, d.Description))
		}
		onPage(0, body)
		if len(d.Headings) > 0 {
			onPage(0, above)
		}
		r.page = append(r.page, d.Page)

		name := strings.Join(above, " ")
		if _, ok := heads[name]; !ok {
			heads[name] = len(heads)
			var b bag
			b.add(above)
			r.heads.add(b)
		}
		r.head = append(r.head, heads[name])
	}
	return r
}

func (r *reference) terms(d Doc, text string) []string {
	terms := analyzer.Terms(d.Language, text)
	for _, t := range terms {
		if _, ok := r.order[t]; !ok {
			r.order[t] = len(r.order)
		}
	}
	return terms
}

func pairsOf(terms []string) (out []string) {
	for i := 1; i < len(terms); i++ {
		out = append(out, pair(terms[i-1], terms[i]))
	}
	return out
}

func gramsOf(terms []string) (out []string) {
	for _, t := range terms {
		for _, g := range ngrams(t, gramLetters) {
			out = append(out, gramKey(g))
		}
	}
	return out
}

func gramKey(hash uint64) string { return strconv.FormatUint(hash, 16) }

// known leaves out variants with terms that no text has, but for the first.
func (r *reference) known(c Concept) []Variant {
	var out []Variant
	for i, v := range c.Variants {
		every := true
		for t := range strings.SplitSeq(v.Term, " ") {
			_, ok := r.order[t]
			every = every && ok
		}
		if every || i == 0 {
			out = append(out, v)
		}
	}
	return out
}

// match returns the scores of all passages, and what their letters that more than
// so many passages have add to Grams.
func (r *reference) match(q Expanded, frequentFrom int) (matches []Match, frequent []float64) {
	sum := func(c *collection) []float32 { return make([]float32, len(c.docs)) }
	words, pairs, grams, often := sum(&r.words), sum(&r.pairs), sum(&r.grams), sum(&r.grams)
	pageWords, pagePairs, heads, back := sum(&r.pageWords), sum(&r.pageOf), sum(&r.heads), sum(&r.heads)
	var most Match
	letters := map[uint64]float64{}
	for _, c := range q.Words {
		known := r.known(c)
		most.Words += r.words.score(c.Weight, known, words)
		most.PageWords += r.pageWords.score(c.Weight, known, pageWords)
		most.Head += r.heads.score(c.Weight, known, heads)
		for _, v := range known {
			for _, h := range r.heads.has(v.Term) {
				back[h] += float32(r.heads.idf(v.Term) * v.Weight * min(1, c.Weight))
			}
		}
		if c.Letters > 0 {
			for _, g := range ngrams(c.Variants[0].Term, gramLetters) {
				letters[g] += c.Letters
			}
		}
	}
	for _, c := range q.Pairs {
		most.Pairs += r.pairs.score(c.Weight, r.known(c), pairs)
		most.PagePairs += r.pageOf.score(c.Weight, r.known(c), pagePairs)
	}
	for _, g := range sortedKeys(letters) {
		into := grams
		if len(r.grams.has(gramKey(g))) > frequentFrom {
			into = often
		}
		most.Grams += r.grams.score(letters[g], []Variant{{gramKey(g), 1}}, into)
	}
	out := make([]Match, len(r.page))
	for d := range out {
		p, h := r.page[d], r.head[d]
		out[d] = Match{
			Words: share(words[d], most.Words), Pairs: share(pairs[d], most.Pairs), Grams: share(grams[d], most.Grams),
			PageWords: share(pageWords[p], most.PageWords), PagePairs: share(pagePairs[p], most.PagePairs),
			Head: share(heads[h], most.Head), HeadBack: min(1, share(back[h], float64(r.headMass(h)))),
		}
		frequent = append(frequent, share(often[d], most.Grams))
	}
	return out, frequent
}

func sortedKeys(m map[uint64]float64) (keys []uint64) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (r *reference) headMass(head int) (mass float32) {
	var terms []string
	for t := range r.heads.docs[head][0].count {
		terms = append(terms, t)
	}
	slices.SortFunc(terms, func(a, b string) int { return cmp.Compare(r.order[a], r.order[b]) })
	for _, t := range terms {
		mass += float32(r.heads.idf(t))
	}
	return mass
}

// explain returns what Explainer.Of does.
func (r *reference) explain(q Expanded, doc int) (coverage float64, terms []Matched) {
	have, all := 0.0, 0.0
	for _, c := range q.Words {
		part := c.Weight * r.idfOf(c)
		all += part
		covered, tf := 0.0, float32(0)
		for _, v := range r.known(c) {
			if f := r.words.tf(doc, v.Term); f > 0 {
				covered, tf = max(covered, v.Weight), tf+f*float32(v.Weight)
			}
		}
		have += part * covered
		if tf > 0 {
			terms = append(terms, Matched{c.Variants[0].Term, part * float64(saturate(tf))})
		}
	}
	for i := range terms {
		terms[i].Score /= all
	}
	slices.SortStableFunc(terms, func(a, b Matched) int { return cmp.Compare(b.Score, a.Score) })
	if all == 0 {
		return 0, nil
	}
	return min(1, have/all), terms
}

// idfOf returns how rare a concept's first known variant is.
func (r *reference) idfOf(c Concept) float64 {
	for _, v := range c.Variants {
		if _, ok := r.order[v.Term]; ok {
			return r.words.idf(v.Term)
		}
	}
	return r.words.idf("")
}

// proximity compares every two words of a sentence.
func (r *reference) proximity(q Expanded, doc int) float64 {
	type name struct {
		concept  int
		strength float32
	}
	named := map[string]name{}
	for i, c := range q.Words {
		for _, v := range r.known(c) {
			if have, ok := named[v.Term]; !ok || have.strength < float32(v.Weight) {
				named[v.Term] = name{i, float32(v.Weight)}
			}
		}
	}
	near := map[[2]int]float32{}
	for _, s := range r.sentences[doc] {
		for i, t := range s {
			for j := i + 1; j <= min(i+window, len(s)-1); j++ {
				a, aOK := named[t]
				b, bOK := named[s[j]]
				if aOK && bOK && a.concept != b.concept {
					near[[2]int{min(a.concept, b.concept), max(a.concept, b.concept)}] += a.strength * b.strength * nearWeights[j-i]
				}
			}
		}
	}
	have, all := 0.0, 0.0
	for _, n := range q.Near {
		weight := n.Weight * (r.idfOf(q.Words[n.A]) + r.idfOf(q.Words[n.B]))
		have, all = have+weight*float64(saturate(near[[2]int{n.A, n.B}])), all+weight
	}
	return have / max(all, math.SmallestNonzeroFloat64)
}
