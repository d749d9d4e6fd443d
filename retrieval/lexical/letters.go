package lexical

import (
	"math"
	"slices"
)

// Stretches of letters like "ing>" stand in a great part of all passages and say
// little. To read their long lists would take most of a search, so they are
// counted in the texts of the passages that the rest of the question finds.
const (
	frequentPart = 16   // more than one passage in so many has a frequent stretch
	shortList    = 1000 // a list of so many passages is read in any case
)

// letters are the rows of the stretches of letters of each term.
type letters struct{ rows, ends []uint32 }

func newLetters(of [][]uint32) letters {
	l := letters{rows: slices.Concat(of...), ends: make([]uint32, len(of))}
	end := 0
	for term, rows := range of {
		end += len(rows)
		l.ends[term] = uint32(end)
	}
	return l
}

func (l *letters) of(term uint32) []uint32 {
	start := uint32(0)
	if term > 0 {
		start = l.ends[term-1]
	}
	return l.rows[start:l.ends[term]]
}

// frequent are a question's stretches of letters that very many passages have.
type frequent struct {
	rows   []uint32
	most   []float32 // what each is worth at most
	place  []uint32  // of each row of the index its place in rows, plus one
	counts []counts  // of each, in one passage
}

func (f *frequent) reset(rows int) {
	for _, row := range f.rows {
		f.place[row] = 0
	}
	f.rows, f.most, f.counts = f.rows[:0], f.most[:0], f.counts[:0]
	if len(f.place) < rows {
		f.place = make([]uint32, rows)
	}
}

func (f *frequent) add(row uint32, most float32) {
	f.rows, f.most, f.counts = append(f.rows, row), append(f.most, most), append(f.counts, counts{})
	f.place[row] = uint32(len(f.rows))
}

// count counts the stretches of a term.
func (f *frequent) count(rows []uint32, field int) {
	for _, row := range rows {
		if at := f.place[row]; at > 0 && f.counts[at-1][field] < math.MaxUint8 {
			f.counts[at-1][field]++
		}
	}
}

// Letters returns what is to be added to the passage's Match.Grams for the
// stretches of letters that very many passages have.
func (m *Matcher) Letters(doc int) float64 {
	f := &m.frequent
	if len(f.rows) == 0 {
		return 0
	}
	clear(f.counts)
	var lengths [maxFields]uint32
	data, left := m.x.sequence.of(doc)
	for at, field := 0, inTitle; at < len(data); {
		var t uint32
		if t, at = uvarint(data, at); t == 0 {
			if left--; left < 0 {
				field = inBody
			} else {
				field = inHeading
			}
			continue
		}
		rows := m.x.vocabulary.letters.of(t - 1)
		lengths[field] += uint32(len(rows))
		f.count(rows, field)
	}
	norms, sum := m.x.grams.norms(lengths), float32(0)
	for i, n := range f.counts {
		if n != (counts{}) {
			sum += f.most[i] * saturate(unpackTF(m.x.grams.tf(n, &norms)))
		}
	}
	return share(sum, m.mass.Grams)
}
