package route

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

const (
	buckets    = 1 << 16 // features that are told apart
	gramWeight = 0.35    // of a stretch of letters beside its word
	pairWeight = 0.7     // of two words that follow each other
	minGram    = 3       // letters, with the borders of the word as letters
	maxGram    = 5
	maxWord    = 64  // letters of a word that are read
	maxWords   = 400 // words of a text that are read
)

// vector is a sparse vector: buckets in ascending order with their values.
type vector struct {
	at []uint32
	by []float32
}

func (v vector) scale(by float64) {
	for i := range v.by {
		v.by[i] *= float32(by)
	}
}

// unit gives v the length 1, unless it is empty.
func (v vector) unit() vector {
	sum := 0.0
	for _, x := range v.by {
		sum += float64(x) * float64(x)
	}
	if sum > 0 {
		v.scale(1 / math.Sqrt(sum))
	}
	return v
}

// dot returns the cosine of two unit vectors.
func (v vector) dot(w vector) float64 {
	sum := 0.0
	for i, j := 0, 0; i < len(v.at) && j < len(w.at); {
		switch {
		case v.at[i] < w.at[j]:
			i++
		case v.at[i] > w.at[j]:
			j++
		default:
			sum += float64(v.by[i]) * float64(w.by[j])
			i++
			j++
		}
	}
	return sum
}

// space knows how rare each feature is among the examples.
type space struct {
	idf []float32 // of each bucket
}

func newSpace(texts []string) space {
	s := space{idf: make([]float32, buckets)}
	df := make([]int, buckets)
	for _, t := range texts {
		for b := range counts(t, 1, map[uint32]float64{}) {
			df[b]++
		}
	}
	for b, n := range df {
		s.idf[b] = float32(math.Log(float64(1+len(texts)) / float64(1+n)))
	}
	return s
}

// vector returns the unit vector of a question with earlier texts, each of
// which counts for fade.
func (s space) vector(text string, earlier []string, fade float64) vector {
	sum := counts(text, 1, map[uint32]float64{})
	for _, e := range earlier {
		counts(e, fade, sum)
	}
	v := vector{at: make([]uint32, 0, len(sum)), by: make([]float32, 0, len(sum))}
	for b := range sum {
		v.at = append(v.at, b)
	}
	slices.Sort(v.at) // sums do not depend on the order of a map
	for _, b := range v.at {
		v.by = append(v.by, float32(math.Sqrt(sum[b]))*s.idf[b])
	}
	return v.unit()
}

// counts adds the features of text to sum and returns it.
func counts(text string, weight float64, sum map[uint32]float64) map[uint32]float64 {
	before, n := "", 0
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), notInWord) {
		if n++; n > maxWords {
			break
		}
		sum[bucket('w', w)] += weight
		sum[bucket('p', before+" "+w)] += weight * pairWeight * pairWeight
		grams("<"+w+">", func(g string) { sum[bucket('g', g)] += weight * gramWeight * gramWeight })
		before = w
	}
	return sum
}

// grams calls yield with the stretches of letters of a word with its borders.
func grams(w string, yield func(string)) {
	var at []int
	for i := range w {
		at = append(at, i)
	}
	at = append(at, len(w))
	last := min(len(at)-1, maxWord)
	for n := minGram; n <= maxGram; n++ {
		for i := 0; i+n <= last; i++ {
			yield(w[at[i]:at[i+n]])
		}
	}
}

func notInWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
}

// bucket is FNV-1a over the kind of feature and the feature, with the finishing
// step of MurmurHash3, which spreads its high bits.
func bucket(kind byte, s string) uint32 {
	const prime = 1099511628211
	h := (14695981039346656037 ^ uint64(kind)) * prime
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return uint32((h ^ h>>33) % buckets)
}
