package lexical

// Doc is what is indexed of a passage.
type Doc struct {
	Language    string
	Title       string   // of the page
	Description string   // of the page
	Headings    []string // outermost first
	Body        string
	// Page numbers the page, from 0; passages of one page share it.
	Page int
}

// Fields of the ranking function, chosen on the development questions (see
// docs/decisions/0003-retrieval.md).
var (
	passageFields = []field{{weight: 1, b: 0.4}, {weight: 1.5, b: 0.3}, {weight: 1, b: 0.3}} // body, headings, title
	pageFields    = []field{{weight: 1, b: 0.4}, {weight: 3, b: 0.3}}                        // text, title
	headFields    = []field{{weight: 1, b: 0.3}}
)

// An Index scores passages by BM25F over words, pairs of neighbouring words
// and stretches of four letters, of the passage, its heading and its page. It
// is immutable and safe for concurrent use.
//
// BM25 after Robertson and Zaragoza, "The Probabilistic Relevance Framework:
// BM25 and Beyond" (2009), with the fields of section 3.6.
type Index struct {
	vocabulary                 *vocabulary
	pairs                      pairs
	words, passagePairs, grams postings // of passages
	pageWords, pagePairs       postings
	heads                      postings // words of distinct headings
	page, head                 []uint32 // of each passage
	headMass                   []float32
	sequence                   sequence
	frequentFrom               int // stretches that more passages have are frequent
}

// frequency returns the number of passages that have a concept's own term, or
// where none has, its first variant that is in any.
func (x *Index) frequency(c Concept) int {
	for _, v := range c.Variants {
		if id, ok := x.vocabulary.ids[v.Term]; ok {
			return x.words.list(id).docs
		}
	}
	return 0
}

// Len returns the number of passages.
func (x *Index) Len() int { return len(x.page) }

// Page returns the number of a passage's page.
func (x *Index) Page(doc int) int { return int(x.page[doc]) }

// Has reports whether any passage has the term.
func (x *Index) Has(term string) bool { _, ok := x.vocabulary.ids[term]; return ok }

// HasPair reports whether any passage has the two terms side by side.
func (x *Index) HasPair(first, second string) bool {
	row, ok := x.pairRow(first, second)
	return ok && x.passagePairs.list(row).docs > 0
}

// Near returns the terms that an unknown word is most likely meant to be.
func (x *Index) Near(term string) []string { return x.vocabulary.nearest(term) }

var _ Vocabulary = (*Index)(nil)

// pairRow returns the row of two terms and whether both are known.
func (x *Index) pairRow(first, second string) (row uint32, ok bool) {
	a, ok := x.vocabulary.ids[first]
	b, also := x.vocabulary.ids[second]
	if !ok || !also {
		return unknown, false
	}
	return x.pairs.row(a, b), true
}
