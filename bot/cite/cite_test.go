package cite

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/knowledge"
	"townclerk/knowledge/parse"
)

// page is parsed, so that the blocks are those of real pages.
const page = `---
title: Fees
---
# Fees {#top}

A permit costs $1,250.50 a year. Café owners pay $50. Apply at 12 Elm St.

| Zone | Fee | Note |
| --- | --- | --- |
| A | $62 | per year |
| B | $70 | |

Cart
: A bin on wheels.

- Bring an ID.
`

func parsed(t testing.TB) knowledge.Version {
	t.Helper()
	v, err := parse.Parse(parse.Raw{Name: "fees.md", URL: "https://x.example/fees", Data: []byte(page)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// at returns the range of the only place where s stands.
func at(t testing.TB, v knowledge.Version, s string) knowledge.Range {
	t.Helper()
	if strings.Count(v.Text, s) != 1 {
		t.Fatalf("%q stands %d times in %q", s, strings.Count(v.Text, s), v.Text)
	}
	i := strings.Index(v.Text, s)
	return knowledge.Range{Start: i, End: i + len(s)}
}

// row returns the pairs of a row that is found by its first cell.
func row(t testing.TB, v knowledge.Version, first string) []knowledge.Range {
	t.Helper()
	for _, b := range v.Blocks {
		if b.Kind == knowledge.Row && !b.IsHeader && strings.HasPrefix(v.Text[b.Range.Start:], first) {
			var out []knowledge.Range
			for i, c := range b.Cells {
				if c.Len() > 0 {
					out = append(out, v.Blocks[b.Header-1].Cells[i], c)
				}
			}
			return out
		}
	}
	t.Fatalf("no row %q", first)
	return nil
}

func TestRender(t *testing.T) {
	text := "Fee\tDue:\n$5\tMon\né"
	r := func(bounds ...int) (out []knowledge.Range) {
		for i := 0; i < len(bounds); i += 2 {
			out = append(out, knowledge.Range{Start: bounds[i], End: bounds[i+1]})
		}
		return out
	}
	tests := []struct {
		ranges []knowledge.Range
		want   string // empty: ErrUnbound
	}{
		{r(9, 11), "$5"},
		{r(0, 8), "Fee | Due:"},
		{r(0, len(text)), "Fee | Due:\n$5 | Mon\né"},
		{r(0, 3, 9, 11), "Fee: $5"},
		{r(0, 3, 9, 11, 4, 8, 12, 15), "Fee: $5; Due: Mon"},
		{r(16, 18), "é"},
		{nil, ""},
		{r(0, 3, 9, 11, 4, 8), ""},
		{r(3, 3), ""},
		{r(5, 4), ""},
		{r(-1, 3), ""},
		{r(0, len(text)+1), ""},
		{r(len(text), len(text)+1), ""},
		{r(17, 18), ""},
		{r(16, 17), ""},
		{r(math.MinInt, math.MaxInt), ""},
		{r(0, math.MaxInt), ""},
		{r(math.MaxInt-1, math.MaxInt), ""},
		{r(0, 3, 0, math.MaxInt), ""},
	}
	for _, test := range tests {
		got, err := Render(text, test.ranges)
		if got != test.want || (err == nil) != (test.want != "") || err != nil && !errors.Is(err, ErrUnbound) {
			t.Errorf("%v: got %q, %v; want %q", test.ranges, got, err, test.want)
		}
	}
}

func TestCheckAccepts(t *testing.T) {
	v := parsed(t)
	for want, ranges := range map[string][]knowledge.Range{
		"A permit costs $1,250.50 a year.":         {at(t, v, "A permit costs $1,250.50 a year.")},
		"Café owners pay $50.":                     {at(t, v, "Café owners pay $50.")},
		"Bring an ID.":                             {at(t, v, "Bring an ID.")},
		"Zone: A; Fee: $62; Note: per year":        row(t, v, "A"),
		"Zone: B; Fee: $70":                        row(t, v, "B"),
		"Fee: $62":                                 row(t, v, "A")[2:4],
		"Zone: A; Note: per year":                  append(row(t, v, "A")[:2:2], row(t, v, "A")[4:]...),
		"Cart: A bin on wheels.":                   {at(t, v, "Cart"), at(t, v, "A bin on wheels.")},
		"A | $62 | per year":                       {at(t, v, "A\t$62\tper year")},
		"Café owners pay $50. Apply at 12 Elm St.": {at(t, v, "Café owners pay $50. Apply at 12 Elm St.")},
	} {
		if err := Check(sentence(v, want, ranges), v); err != nil {
			t.Errorf("%q: %v", want, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	v := parsed(t)
	a, b := row(t, v, "A"), row(t, v, "B")
	whole := at(t, v, "Café owners pay $50.")
	tests := map[string]bot.Sentence{
		"no citation":              {Text: "Café owners pay $50."},
		"no range":                 sentence(v, "Café owners pay $50.", nil),
		"empty":                    sentence(v, "", nil),
		"half a number":            sentence(v, "A permit costs $1", []knowledge.Range{at(t, v, "A permit costs $1")}),
		"half a number 2":          sentence(v, "A permit costs $1,250", []knowledge.Range{at(t, v, "A permit costs $1,250")}),
		"half a number 3":          sentence(v, "50 a year.", []knowledge.Range{at(t, v, "50 a year.")}),
		"half a word":              sentence(v, "owners pay", []knowledge.Range{{Start: whole.Start + 5, End: whole.Start + 12}}),
		"another row's cell":       sentence(v, "Zone: A; Fee: $70", []knowledge.Range{a[0], a[1], b[2], b[3]}),
		"another column's header":  sentence(v, "Fee: A", []knowledge.Range{a[2], a[1]}),
		"cells out of order":       sentence(v, "Fee: $62; Zone: A", []knowledge.Range{a[2], a[3], a[0], a[1]}),
		"a header that is none":    sentence(v, "Cart: $62", []knowledge.Range{at(t, v, "Cart"), a[3]}),
		"pairs of running text":    sentence(v, "Café owners: $50", []knowledge.Range{at(t, v, "Café owners"), at(t, v, "$50")}),
		"a cell twice":             sentence(v, "Fee: $62; Fee: $62", []knowledge.Range{a[2], a[3], a[2], a[3]}),
		"one right, one of others": {Text: "Fee: $62", Citations: []bot.Citation{{Version: v.ID, Ranges: a[2:4]}, {Version: "other", Ranges: a[2:4]}}},
		"one right, one wrong":     {Text: "Fee: $62", Citations: []bot.Citation{{Version: v.ID, Ranges: a[2:4]}, {Version: v.ID, Ranges: b[2:4]}}},
	}
	for name, s := range tests {
		if err := Check(s, v); !errors.Is(err, ErrUnbound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	bad := v
	bad.Blocks = append([]knowledge.Block(nil), v.Blocks...)
	for i := range bad.Blocks {
		bad.Blocks[i].Header = math.MaxInt
	}
	if err := Check(sentence(v, "Fee: $62", a[2:4]), bad); !errors.Is(err, ErrUnbound) {
		t.Errorf("damaged blocks: %v", err)
	}
}

// A sentence that passes fails with any byte changed, dropped or added, with any
// end of any range moved, and against any other version.
func TestCheckIsExact(t *testing.T) {
	v := parsed(t)
	for _, ranges := range [][]knowledge.Range{{at(t, v, "Café owners pay $50.")}, row(t, v, "A"), {at(t, v, "Cart"), at(t, v, "A bin on wheels.")}} {
		text, err := Render(v.Text, ranges)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(what string, s bot.Sentence, v knowledge.Version) {
			if err := Check(s, v); !errors.Is(err, ErrUnbound) {
				t.Errorf("%s: %q %v: got %v", what, s.Text, s.Citations[0].Ranges, err)
			}
		}
		for i := range len(text) {
			for b := range 256 {
				if changed := text[:i] + string([]byte{byte(b)}) + text[i+1:]; changed != text {
					refused("a byte changed", sentence(v, changed, ranges), v)
				}
			}
			refused("a byte dropped", sentence(v, text[:i]+text[i+1:], ranges), v)
			refused("a byte added", sentence(v, text[:i]+" "+text[i:], ranges), v)
		}
		for i := range ranges {
			for d := -len(v.Text); d <= len(v.Text); d++ {
				for _, move := range []func(*knowledge.Range){
					func(r *knowledge.Range) { r.Start += d },
					func(r *knowledge.Range) { r.End += d },
					func(r *knowledge.Range) { r.Start += d; r.End += d },
				} {
					moved := append([]knowledge.Range(nil), ranges...)
					if move(&moved[i]); d != 0 {
						refused("a range moved", sentence(v, text, moved), v)
					}
				}
			}
		}
		other := v
		other.ID = "other"
		refused("another version", sentence(v, text, ranges), other)
		other = v
		other.Text = strings.Replace(v.Text, "$", "£", -1)
		refused("another text", sentence(v, text, ranges), other)
	}
}

func sentence(v knowledge.Version, text string, ranges []knowledge.Range) bot.Sentence {
	return bot.Sentence{Text: text, Citations: []bot.Citation{{Version: v.ID, Ranges: ranges}}}
}

// Whatever the ranges are: no panic, and what Check accepts is what an
// independent reading of the ranges gives.
func FuzzCheck(f *testing.F) {
	f.Add("Fee\t$5\n", "Fee: $5", 0, 3, 4, 6)
	f.Add("é", "é", 0, 2, 0, 2)
	f.Add("a.5", "a", math.MinInt, math.MaxInt, -1, 0)
	f.Add("\xff\xc3\x28", "\xff", 0, 1, 1, 2)
	f.Fuzz(func(t *testing.T, text, said string, a, b, c, d int) {
		v := knowledge.Version{ID: "v", Text: text, Blocks: []knowledge.Block{
			{Kind: knowledge.Row, IsHeader: true, Cells: []knowledge.Range{{Start: a, End: b}}},
			{Kind: knowledge.Row, Header: 1, Cells: []knowledge.Range{{Start: c, End: d}}},
		}}
		one, two := knowledge.Range{Start: a, End: b}, knowledge.Range{Start: c, End: d}
		for _, ranges := range [][]knowledge.Range{nil, {one}, {one, two}, {two, one}, {one, two, one}, {one, two, one, two}} {
			for _, s := range []string{said, sliceOr(text, one), sliceOr(text, one) + ": " + sliceOr(text, two)} {
				if Check(sentence(v, s, ranges), v) == nil && s != reread(text, ranges) {
					t.Fatalf("%q %v passes as %q", text, ranges, s)
				}
			}
		}
	})
}

func sliceOr(text string, r knowledge.Range) string {
	if r.Start < 0 || r.End > len(text) || r.Start > r.End {
		return "?"
	}
	return text[r.Start:r.End]
}

// reread is what ranges say, put together another way.
func reread(text string, ranges []knowledge.Range) string {
	if len(ranges) == 1 {
		return strings.Join(strings.Split(sliceOr(text, ranges[0]), "\t"), " | ")
	}
	var parts []string
	for i := 0; i+1 < len(ranges); i += 2 {
		h := sliceOr(text, ranges[i])
		if n := len(h) - 1; n >= 0 && h[n] == ':' {
			h = h[:n]
		}
		parts = append(parts, h+": "+sliceOr(text, ranges[i+1]))
	}
	return strings.Join(parts, "; ")
}

// Random ranges over the page: what is not on characters' bounds never renders.
func TestRenderNeverPanics(t *testing.T) {
	v := parsed(t)
	r := rand.New(rand.NewPCG(5, 8))
	for range 100_000 {
		var ranges []knowledge.Range
		for range r.IntN(5) {
			ranges = append(ranges, knowledge.Range{Start: r.IntN(len(v.Text)+40) - 20, End: r.IntN(len(v.Text)+40) - 20})
		}
		if said, err := Render(v.Text, ranges); err == nil && said != reread(v.Text, ranges) {
			t.Fatalf("%v renders as %q", ranges, said)
		}
	}
}

func ExampleCheck() {
	v := knowledge.Version{ID: "v1", Text: "A replacement cart costs $62. Pickup is free."}
	s := bot.Sentence{Text: "A replacement cart costs $62.", Citations: []bot.Citation{{Version: "v1", Ranges: []knowledge.Range{{Start: 0, End: 29}}}}}
	fmt.Println(Check(s, v))
	s.Text = "A replacement cart costs $63."
	fmt.Println(errors.Is(Check(s, v), ErrUnbound))
	// Output:
	// <nil>
	// true
}
