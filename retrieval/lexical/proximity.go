package lexical

import "math"

// window is how many words apart two terms still count as near each other.
const window = 6

// place is where a passage names a concept of the question.
type place struct {
	position int32
	concept  int32
	strength float32
}

// nearWeights are, by the distance of two terms, what their nearness counts.
var nearWeights = func() (w [window + 1]float32) {
	for d := 1; d <= window; d++ {
		w[d] = float32(1 / math.Sqrt(float64(d)))
	}
	return w
}()

// Proximity returns how near to each other the passage names, within a
// sentence, what the question names near each other, between 0 and 1.
//
// It is the unordered window of Metzler and Croft, "A Markov Random Field Model
// for Term Dependencies" (2005), scored by BM25 with the mean of the two terms'
// inverse frequencies, nearer pairs counting more.
func (m *Matcher) Proximity(doc int) float64 {
	m.locate(doc)
	if len(m.places) < 2 {
		return 0
	}
	return m.nearness()
}

// locate lists where the passage names the question's concepts.
func (m *Matcher) locate(doc int) {
	m.places = m.places[:0]
	data, _ := m.x.sequence.of(doc)
	position := int32(0)
	for at := 0; at < len(data); {
		var id uint32
		id, at = uvarint(data, at)
		position++
		if id--; id == gap {
			position += window
			continue
		}
		if m.maybe>>(id%64)&1 == 0 {
			continue
		}
		if n, ok := m.named[id]; ok {
			m.places = append(m.places, place{position, n.concept, n.strength})
		}
	}
}

func (m *Matcher) nearness() float64 {
	clear(m.nearTF)
	for i, a := range m.places {
		for _, b := range m.places[i+1:] {
			d := b.position - a.position
			if d > window {
				break
			}
			if a.concept != b.concept && d > 0 {
				m.nearTF[[2]int32{min(a.concept, b.concept), max(a.concept, b.concept)}] += a.strength * b.strength * nearWeights[d]
			}
		}
	}
	have := 0.0
	for _, n := range m.question.Near {
		tf := m.nearTF[[2]int32{int32(n.A), int32(n.B)}]
		have += n.Weight * (m.idf[n.A] + m.idf[n.B]) * float64(saturate(tf))
	}
	if m.nearMass <= 0 {
		return 0
	}
	return have / m.nearMass
}

// prepare readies the matcher for a question's proximities.
func (m *Matcher) prepare(q Expanded) {
	m.question = q
	m.idf = m.idf[:0]
	if m.named == nil {
		m.named, m.nearTF = map[uint32]named{}, map[[2]int32]float32{}
	}
	clear(m.named)
	m.maybe = 0
	for i, c := range q.Words {
		for _, k := range m.x.wordRows(c) {
			if have, ok := m.named[k.row]; k.row != unknown && (!ok || have.strength < float32(k.weight)) {
				m.named[k.row] = named{int32(i), float32(k.weight)}
				m.maybe |= 1 << (k.row % 64)
			}
		}
		m.idf = append(m.idf, m.x.words.idf(m.x.frequency(c)))
	}
	m.nearMass = 0
	for _, n := range q.Near {
		m.nearMass += n.Weight * (m.idf[n.A] + m.idf[n.B])
	}
}

// named is the concept that a term belongs to.
type named struct {
	concept  int32
	strength float32
}
