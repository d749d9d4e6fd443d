package cite

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"townclerk/knowledge"
	"townclerk/knowledge/parse"
)

// pair is a sentence with its quotes from a source, and whether it says what they
// say. Kind is the fault of a wrong one.
type pair struct {
	ID       string   `json:"id"`
	Language string   `json:"language"`
	Title    string   `json:"title"`
	Source   string   `json:"source"` // Markdown
	Quotes   []string `json:"quotes"`
	Sentence string   `json:"sentence"`
	Right    bool     `json:"right"`
	Kind     string   `json:"kind"`
}

// group names the pairs that share a source; all of them are in one half.
func (p pair) group() string { return p.ID[:strings.IndexByte(p.ID, '-')] }

func loadPairs(t testing.TB, name string) []pair {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []pair
	for line := range bytes.Lines(data) {
		var p pair
		if err := json.Unmarshal(line, &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// halves divides the pairs: the groups of each language in the order of their
// hashes, taken in turn. No miss of the second half was looked at while the rules
// and word lists were made; see testdata/README.md.
func halves(pairs []pair) (development, held []pair) {
	language := map[string]string{}
	for _, p := range pairs {
		language[p.group()] = p.Language
	}
	order := slices.SortedFunc(maps.Keys(language), func(a, b string) int {
		return cmp.Or(cmp.Compare(language[a], language[b]), cmp.Compare(hash(a), hash(b)))
	})
	for _, p := range pairs {
		if slices.Index(order, p.group())%2 == 0 {
			development = append(development, p)
		} else {
			held = append(held, p)
		}
	}
	return development, held
}

func hash(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

func (p pair) version(t testing.TB) *knowledge.Version {
	t.Helper()
	front := fmt.Sprintf("---\ntitle: %q\nlang: %s\n---\n\n", p.Title, p.Language)
	v, err := parse.Parse(parse.Raw{Name: "page.md", URL: "https://x.example/page", Data: []byte(front + p.Source + "\n")})
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func (p pair) quotes(v *knowledge.Version) []Quote {
	var out []Quote
	for _, q := range p.Quotes {
		out = append(out, Quote{Version: v, Passage: "p.0", Within: knowledge.Range{End: len(v.Text)}, Text: q})
	}
	return out
}

func (p pair) gate(t testing.TB) Verdict {
	v := p.version(t)
	_, verdict := Gate(p.Sentence, p.quotes(v), GateOptions{Language: p.Language})
	return verdict
}

func TestPairsAreFair(t *testing.T) {
	pairs := loadPairs(t, "pairs.jsonl")
	development, held := halves(pairs)
	right := 0
	for _, p := range pairs {
		if p.Right {
			right++
		}
		if p.Right != (p.Kind == "") {
			t.Errorf("%s: right %v, kind %q", p.ID, p.Right, p.Kind)
		}
	}
	if len(pairs) != 500 || right != 250 || len(development) != 250 || len(held) != 250 {
		t.Errorf("%d pairs, %d right, %d for development, %d held out", len(pairs), right, len(development), len(held))
	}
}

func TestPairsDevelopment(t *testing.T) {
	development, _ := halves(loadPairs(t, "pairs.jsonl"))
	measure(t, development, testing.Verbose(), aimPassed)
}

// Further pairs, most of them right, that only development used. What still fails
// are ways to say the same that the word lists do not know, and sentences that
// leave out a part of what they quote that limits nothing.
func TestPairsMore(t *testing.T) {
	measure(t, loadPairs(t, "more.jsonl"), testing.Verbose(), 0.91)
}

// Freer paraphrases, with faults beside them; for development.
func TestPairsParaphrase(t *testing.T) {
	measure(t, loadPairs(t, "paraphrase.jsonl"), testing.Verbose(), 0.76)
}

// Of the right pairs that nobody looked at the gate passes less than it aims at:
// it knows too few ways to say the same. The floor is what was reached; what is
// wrong has to be caught as everywhere.
func TestPairsHeldOut(t *testing.T) {
	_, held := halves(loadPairs(t, "pairs.jsonl"))
	measure(t, held, false, 0.82)
}

// The same for the freer paraphrases.
func TestPairsHeldOutParaphrase(t *testing.T) {
	measure(t, loadPairs(t, "heldout.jsonl"), false, 0.55)
}

// What is right but leaves out a word of its source that might limit it is refused:
// that costs two or three of a hundred, and is meant.
const aimCaught, aimPassed = 0.95, 0.95

// measure runs the gate over pairs, prints the figures by kind of fault, and
// holds the shares that have to be caught and passed. show prints each miss.
func measure(t *testing.T, pairs []pair, show bool, floor float64) {
	t.Helper()
	good, all := map[string]int{}, map[string]int{}
	for _, p := range pairs {
		kind := cmp.Or(p.Kind, "right")
		verdict := p.gate(t)
		all[kind]++
		if verdict.OK == p.Right {
			good[kind]++
		} else if show {
			t.Logf("%s %s: %q of %q: %+v", p.ID, kind, p.Sentence, p.Quotes, verdict)
		}
	}
	caught, wrong := 0, 0
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		t.Logf("%-10s %3d of %3d", kind, good[kind], all[kind])
		if kind != "right" {
			caught, wrong = caught+good[kind], wrong+all[kind]
		}
	}
	caughtShare, passedShare := float64(caught)/float64(wrong), float64(good["right"])/float64(all["right"])
	t.Logf("caught %.3f of the wrong, passed %.3f of the right", caughtShare, passedShare)
	if caughtShare < aimCaught || passedShare < floor {
		t.Errorf("caught %.3f (at least %.2f), passed %.3f (at least %.2f)", caughtShare, aimCaught, passedShare, floor)
	}
}

// Pairs by another author, who had not seen the rules. The floors are what was reached.
func TestPairsFresh(t *testing.T) {
	measure(t, loadPairs(t, "fresh.jsonl"), false, 0.44)
}
