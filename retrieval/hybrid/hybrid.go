// Package hybrid ranks passages by their words and their vectors. One Ranker is
// built for each revision, and every engine ranks with it.
package hybrid

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/lexical"
)

// candidates is how many passages each encoder brings in. A hundred gave the same
// figures on every set.
const candidates = 50

// Ranker ranks the passages of one revision. It is immutable and safe for
// concurrent use.
type Ranker struct {
	expander    *lexical.Expander
	index       *lexical.Index
	flat        *embed.Flat
	languages   []string
	departments []string
	asks        []bool  // the passage stands under a question
	main        string  // language of most passages
	headings    float64 // part of title and headings in the lexical score
	share       float64 // of the cosine in the fused score
	scratch     sync.Pool
	slots       chan struct{} // taken by each search under way
}

// Ranked is a passage, by its number among those given to New, with its scores.
type Ranked struct {
	Index  int
	Scores retrieval.Scores
}

// New indexes the passages. vectors are theirs, in the same order; where some or
// all are missing, the words alone rank.
func New(ps []knowledge.Passage, vectors *embed.Flat, x *lexical.Expander, a *lexical.Analyzer) *Ranker {
	r := &Ranker{slots: make(chan struct{}, slots(runtime.GOMAXPROCS(0))), expander: x, share: BuiltInShare}
	r.languages, r.departments, r.asks = make([]string, 0, len(ps)), make([]string, 0, len(ps)), make([]bool, 0, len(ps))
	docs := make([]lexical.Doc, len(ps))
	pages, count := map[string]int{}, map[string]int{}
	for i := range ps {
		p := &ps[i]
		key := cmp.Or(string(p.Version), string(p.Document), p.URL)
		if _, ok := pages[key]; !ok {
			pages[key] = len(pages)
		}
		docs[i] = lexical.Doc{
			Language: p.Language, Title: p.Title, Description: p.Description,
			Headings: p.Headings, Body: p.Text, Page: pages[key],
		}
		r.languages, r.departments = append(r.languages, p.Language), append(r.departments, p.Department)
		r.asks = append(r.asks, isQuestion(p))
		if r.asks[i] {
			r.headings += headingsShare / float64(len(ps))
		}
		if count[p.Language]++; count[p.Language] > count[r.main] {
			r.main = p.Language
		}
	}
	r.index = lexical.Build(a, docs)
	if vectors != nil && vectors.Len() == len(ps) {
		r.flat = vectors
	}
	r.scratch.New = func() any {
		s := &scratch{matcher: r.index.Matcher(), marked: map[int]int{}, cosines: map[int]float32{}}
		if r.flat != nil {
			s.scan = r.flat.Scan()
		}
		return s
	}
	return r
}

// slots is how many searches go on at a time: as many as there are processors, for
// they wait for nothing but, above very many passages, the database's vectors.
func slots(processors int) int { return processors }

// scratch is the memory of one search.
type scratch struct {
	matcher *lexical.Matcher
	scan    *embed.Scan     // nil: there are no vectors
	cosines map[int]float32 // of passages that were scored by their vectors
	lexical top
	dense   top
	weighed []float32   // lexical score of each passage, without what takes long
	asking  []float32   // the same, as if all stood under questions
	marked  map[int]int // candidate -> place in ranked
	ranked  []Ranked
}

// Rank returns the best passages for the question, best first, ties in order
// of number. vector is the question's; nil: the words alone rank.
func (r *Ranker) Rank(q retrieval.Query, vector []float32) []Ranked {
	ranked, _ := r.rank(context.Background(), q, vector, nil) // nothing in memory fails
	return ranked
}

func (r *Ranker) rank(ctx context.Context, q retrieval.Query, vector []float32, find Find) ([]Ranked, error) {
	if r.index.Len() == 0 {
		return nil, nil
	}
	// More at a time would be no faster: they would wait for each other in no good
	// order, and each takes memory in proportion to the index.
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-r.slots }()
	s := r.scratch.Get().(*scratch)
	defer r.scratch.Put(s)
	asked := r.expand(q)
	s.matcher.Match(asked)
	withWords, withVectors := q.Mode != retrieval.Dense, q.Mode != retrieval.Lexical && r.comparable(vector, find)
	if err := r.gather(s, q, vector, withWords, withVectors, find); err != nil {
		return nil, err
	}
	for i := range s.ranked {
		r.fuse(s, &s.ranked[i], withWords, withVectors)
	}
	slices.SortFunc(s.ranked, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(b.Scores.Fused, a.Scores.Fused), cmp.Compare(a.Index, b.Index))
	})
	limit := cmp.Or(q.Limit, 10)
	r.margin(s.ranked)
	out := slices.Clone(s.ranked[:min(limit, len(s.ranked))])
	explainer := r.index.Explainer(asked)
	alone := explainer
	if len(q.Context) > 0 {
		alone = r.index.Explainer(r.expand(retrieval.Query{Text: q.Text, Language: q.Language}))
	}
	for i := range out {
		var terms []lexical.Matched
		out[i].Scores.Coverage, terms = explainer.Of(out[i].Index)
		out[i].Scores.Own = out[i].Scores.Coverage
		if alone != explainer {
			out[i].Scores.Own, _ = alone.Of(out[i].Index)
		}
		for _, t := range terms {
			out[i].Scores.Terms = append(out[i].Scores.Terms, retrieval.TermScore{Term: t.Term, Score: t.Score})
		}
	}
	return out, nil
}

// comparable reports whether there is something to compare the vector with.
func (r *Ranker) comparable(vector []float32, find Find) bool {
	if find != nil {
		return len(vector) > 0
	}
	return r.flat != nil && len(vector) == r.flat.Dims()
}

func (r *Ranker) expand(q retrieval.Query) lexical.Expanded {
	parts := []lexical.Text{{Text: q.Text, Weight: 1}}
	for _, c := range q.Context {
		if c.Weight > 0 {
			parts = append(parts, lexical.Text{Text: c.Text, Weight: min(c.Weight, 1)})
		}
	}
	return r.expander.Expand(cmp.Or(q.Language, r.main), parts, r.index)
}

// gather fills s.ranked with the best candidates of the encoders.
func (r *Ranker) gather(s *scratch, q retrieval.Query, vector []float32, words, vectors bool, find Find) error {
	s.ranked = s.ranked[:0]
	clear(s.marked)
	clear(s.cosines)
	s.lexical.reset(candidates)
	s.dense.reset(candidates)
	if words {
		r.weigh(s)
		for d, x := range s.weighed {
			if float64(x) > s.lexical.least() && r.allowed(q.Filter, d) {
				s.lexical.offer(d, float64(x))
			}
		}
	}
	for rank, c := range s.lexical.best() {
		r.candidate(s, c.index).LexicalRank = rank + 1
	}
	switch {
	case vectors && find != nil:
		if err := r.outside(s, q.Filter, vector, find); err != nil {
			return err
		}
	case vectors:
		r.inside(s, q.Filter, vector)
	}
	for rank, c := range s.dense.best() {
		r.candidate(s, c.index).DenseRank = rank + 1
	}
	return nil
}

// inside offers as dense candidates the nearest passages, and compares those that
// the words found.
func (r *Ranker) inside(s *scratch, f retrieval.Filter, vector []float32) {
	var keep func(int) bool
	if len(f.Departments)+len(f.Languages) > 0 {
		keep = func(i int) bool { return r.allowed(f, i) }
	}
	s.scan.Ask(vector)
	for _, i := range s.scan.Near(keep) {
		if c := s.scan.Score(i); c > 0 {
			s.dense.offer(i, float64(c))
		}
	}
	for _, c := range s.dense.heap {
		s.cosines[c.index] = float32(c.score)
	}
	for i := range s.ranked { // nothing but what the words found is ranked yet
		s.cosines[s.ranked[i].Index] = s.scan.Score(s.ranked[i].Index)
	}
}

func (r *Ranker) candidate(s *scratch, i int) *retrieval.Scores {
	at, ok := s.marked[i]
	if !ok {
		at = len(s.ranked)
		s.marked[i] = at
		s.ranked = append(s.ranked, Ranked{Index: i})
	}
	return &s.ranked[at].Scores
}

func (r *Ranker) fuse(s *scratch, c *Ranked, words, vectors bool) {
	m := s.matcher.Of(c.Index)
	m.Grams += s.matcher.Letters(c.Index)
	c.Scores.Lexical = r.blend(c.Index, m, s.matcher.Proximity(c.Index))
	if r.headings > 0 {
		c.Scores.Lexical = (1-r.headings)*c.Scores.Lexical + r.headings*s.matcher.Headings(c.Index)
	}
	c.Scores.Page = m.PageWords
	if vectors {
		c.Scores.Dense = max(0, min(1, float64(s.cosines[c.Index])))
	}
	switch {
	case !words:
		c.Scores.Fused = c.Scores.Dense
	case !vectors:
		c.Scores.Fused = c.Scores.Lexical
	default:
		c.Scores.Fused = (1-r.share)*c.Scores.Lexical + r.share*c.Scores.Dense
	}
}

// margin sets the first hit's distance from the next page.
func (r *Ranker) margin(ranked []Ranked) {
	for i := range ranked {
		if r.index.Page(ranked[i].Index) != r.index.Page(ranked[0].Index) {
			ranked[0].Scores.Margin = ranked[0].Scores.Fused - ranked[i].Scores.Fused
			return
		}
	}
	if len(ranked) > 0 {
		ranked[0].Scores.Margin = ranked[0].Scores.Fused
	}
}

func (r *Ranker) allowed(f retrieval.Filter, i int) bool {
	return (len(f.Departments) == 0 || slices.Contains(f.Departments, r.departments[i])) &&
		(len(f.Languages) == 0 || slices.Contains(f.Languages, r.languages[i]))
}

// isQuestion reports whether the passage stands under a heading that asks.
func isQuestion(p *knowledge.Passage) bool {
	last := p.Title
	if n := len(p.Headings); n > 0 {
		last = p.Headings[n-1]
	}
	return len(last) > 0 && last[len(last)-1] == '?'
}
