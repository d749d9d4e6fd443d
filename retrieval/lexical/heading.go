package lexical

// Headings returns how far the question is about what the passage's title and
// headings are about, between 0 and 1: the harmonic mean of how much of the
// question they have, and how much of the last of them the question has, words
// counted by rarity.
func (m *Matcher) Headings(doc int) float64 {
	m.met = append(m.met[:0], make([]float64, len(m.question.Words))...)
	data, left := m.x.sequence.of(doc)
	have, all := 0.0, 0.0 // of the last heading, or of the title where there is none
	for at := 0; left >= 0; {
		var t uint32
		t, at = uvarint(data, at)
		if t--; t == gap {
			left--
			continue
		}
		n, named := m.named[t]
		if named {
			m.met[n.concept] = max(m.met[n.concept], float64(n.strength))
		}
		if left == 0 {
			idf := m.x.words.idf(m.x.words.list(t).docs)
			have, all = have+idf*float64(n.strength), all+idf
		}
	}
	met, asked := 0.0, 0.0
	for i, c := range m.question.Words {
		met, asked = met+c.Weight*m.idf[i]*m.met[i], asked+c.Weight*m.idf[i]
	}
	if have == 0 || met == 0 {
		return 0
	}
	return 2 / (asked/met + all/have)
}
