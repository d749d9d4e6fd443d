package lexical

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// writer writes text of the kind that agencies publish, the same for the same
// seed: 60,000 forms of words that are as unequally frequent as in a language,
// so that a larger corpus has more of them (Zipf, Heaps); words that often stand
// side by side; pages that return to their own subject; amounts and dates.
type writer struct {
	*rand.Rand
	forms   []string
	phrases [][]string
	subject []string // words of the page that is being written
	word    *rand.Zipf
	phrase  *rand.Zipf
}

const wordForms = 60_000

func newWriter(seed uint64) *writer {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 1))}
	w.word, w.phrase = rand.NewZipf(w.Rand, 1.07, 6, wordForms-1), rand.NewZipf(w.Rand, 1.05, 20, 19_999)
	endings := strings.Fields("s ed ing ation er ly al ment ity ance")
	known := map[string]bool{}
	for len(w.forms) < wordForms {
		form := w.stem()
		if w.IntN(2) == 0 {
			form += endings[w.IntN(len(endings))]
		}
		if !known[form] {
			known[form] = true
			w.forms = append(w.forms, form)
		}
	}
	for range 20_000 {
		w.phrases = append(w.phrases, w.pick(2+w.IntN(2)))
	}
	return w
}

// stem returns one to four syllables.
func (w *writer) stem() string {
	onsets := strings.Fields("b c d f g h l m n p r s t v w br ch cl cr fr gr pl pr sh st th tr")
	rhymes := strings.Fields("a e i o u an ar at el en er es ic il in ir is ol on or ow un ur")
	var b strings.Builder
	for range 1 + (w.IntN(3)+w.IntN(4))/2 {
		b.WriteString(onsets[w.IntN(len(onsets))] + rhymes[w.IntN(len(rhymes))])
	}
	return b.String()
}

func (w *writer) pick(n int) (out []string) {
	for range n {
		out = append(out, w.forms[w.word.Uint64()])
	}
	return out
}

func (w *writer) words(n int) string {
	little := strings.Fields("the of to and a in for is are you your be with or must on if at by we from it this can have not as will")
	var out []string
	for len(out) < n {
		switch at := w.IntN(100); {
		case at < 40:
			out = append(out, little[w.IntN(1+w.IntN(len(little)))])
		case at < 55:
			out = append(out, w.phrases[w.phrase.Uint64()]...)
		case at < 68 && len(w.subject) > 0:
			out = append(out, w.subject[w.IntN(len(w.subject))])
		case at < 70:
			out = append(out, fmt.Sprintf("$%d", 5*(1+w.IntN(200))))
		case at < 71:
			out = append(out, fmt.Sprintf("%d May %d", 1+w.IntN(31), 2000+w.IntN(30)))
		default:
			out = append(out, w.pick(1)...)
		}
	}
	return strings.Join(out, " ")
}

// passages returns n passages of 60 to 100 words, up to eight to a page, of
// which one in four stands two headings deep.
func (w *writer) passages(n int) (docs []Doc) {
	for page := 0; len(docs) < n; page++ {
		w.subject = w.pick(12)
		d := Doc{Language: "en", Page: page, Title: w.words(3 + w.IntN(5)), Description: w.words(w.IntN(20))}
		top := ""
		for range min(1+w.IntN(8), n-len(docs)) {
			d.Headings, d.Body = nil, w.body()
			if top == "" || w.IntN(2) == 0 {
				top = w.words(2 + w.IntN(5))
			}
			if w.IntN(8) > 0 {
				d.Headings = append(d.Headings, top)
			}
			if len(d.Headings) > 0 && w.IntN(4) == 0 {
				d.Headings = append(d.Headings, w.words(2+w.IntN(5)))
			}
			docs = append(docs, d)
		}
	}
	return docs
}

func (w *writer) body() string {
	var b strings.Builder
	for left := 60 + w.IntN(41); left > 0; {
		n := min(left, 8+w.IntN(15))
		b.WriteString("The " + w.words(n) + ". ")
		left -= n
	}
	return b.String()
}

// questions returns what the public may ask of the last page.
func (w *writer) questions(n int) (out [][]Text) {
	for range n {
		out = append(out, []Text{{"how do I " + w.words(6+w.IntN(6)) + "?", 1}})
	}
	return out
}
