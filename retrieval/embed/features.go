package embed

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

const (
	wordWeight = 1.0
	gramWeight = 0.2
	minGram    = 3 // letters, with the borders of the word as letters
	maxGram    = 5
	maxWord    = 64 // letters of a word that are read
)

// features are those of one text, by bucket; their memory is used again.
type features struct {
	buckets []uint32         // that the text has, in order
	sum     [buckets]float32 // of the weights of each one's occurrences
	at      []int
}

// read takes in a text in place of the one before.
func (f *features) read(text string) {
	for _, b := range f.buckets {
		f.sum[b] = 0
	}
	f.buckets = f.buckets[:0]
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), notInWord) {
		if stop[w] {
			continue
		}
		f.add(hash('w', w), wordWeight)
		f.grams("<" + w + ">")
	}
	slices.Sort(f.buckets) // sums do not depend on the order of words
}

// weight dampens a feature that occurs often in the text.
func (f *features) weight(bucket uint32) float32 { return float32(math.Sqrt(float64(f.sum[bucket]))) }

// grams adds the stretches of letters of a word with its borders.
func (f *features) grams(w string) {
	f.at = f.at[:0]
	for i := range w {
		f.at = append(f.at, i)
	}
	f.at = append(f.at, len(w))
	last := min(len(f.at)-1, maxWord)
	for n := minGram; n <= maxGram; n++ {
		for i := 0; i+n <= last; i++ {
			f.add(hash('g', w[f.at[i]:f.at[i+n]]), gramWeight)
		}
	}
}

func (f *features) add(h uint64, weight float32) {
	b := uint32(h % buckets)
	if f.sum[b] == 0 {
		f.buckets = append(f.buckets, b)
	}
	f.sum[b] += weight
}

func notInWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
}

// hash is FNV-1a over the kind of feature and the feature, with the finishing
// step of MurmurHash3, which spreads its high bits.
func hash(kind byte, s string) uint64 {
	const prime = 1099511628211
	h := (14695981039346656037 ^ uint64(kind)) * prime
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return mix(h)
}

// mix spreads a number over all bits.
func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// idf is the inverse document frequency of BM25 in the form that is never
// negative.
func idf(df, n int) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}

var stop = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(stopWords) {
		m[w] = true
	}
	return m
}()

const stopWords = `a an and are as at be but by for if in into is it no not of on or such that the
	their then there these they this to was will with i you he she we my your our me do does did do can
	could should would what which who how when where why am has have had from about his her its so than
	them us t s m re ve ll`
