package chunk_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"townclerk/knowledge"
	"townclerk/knowledge/chunk"
	"townclerk/knowledge/parse"
)

var small = chunk.Limits{Target: 60, Max: 100, Hard: 240}

func page(t testing.TB, name, text string) knowledge.Version {
	t.Helper()
	v, err := parse.Parse(parse.Raw{Name: name, URL: "https://riverton.example.gov/" + name, Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// texts shows each passage as its headings and its text.
func texts(ps []knowledge.Passage) []string {
	var out []string
	for _, p := range ps {
		out = append(out, strings.Join(append(slices.Clone(p.Headings), p.Text), " > "))
	}
	return out
}

func TestCut(t *testing.T) {
	long := strings.Repeat("Some words. ", 8)   // 96 bytes
	word := strings.Repeat("é", 70)             // 140 bytes without a boundary
	item := strings.Repeat("list item ", 12)    // longer than Max
	row := strings.Repeat("a cell's text ", 16) // 224 bytes
	for _, test := range []struct {
		name, page string
		want       []string
	}{
		{"a heading parts passages", "<h2>A</h2><p>one</p><h2>B</h2><p>two</p>", []string{"A > one", "B > two"}},
		{"skipped levels", "<h1>T</h1><h4>D</h4>d<h2>B</h2>b<h3>C</h3>c<h1>U</h1>u",
			[]string{"D > d", "B > b", "B > C > c", "U > u"}},
		{"behind a folding part", "<h2>A</h2>a<details><summary>Q</summary>q</details><p>after</p>", []string{"A > a", "A > Q > q", "A > after"}},
		{"short blocks are one passage", "<p>one</p><ul><li>two<li>three</ul>", []string{"one\ntwo\nthree"}},
		{"a full passage is closed", "<p>" + long + "</p><p>two</p>", []string{strings.TrimSpace(long), "two"}},
		{"a lead-in goes with its list", "<p>" + long[:59] + "</p><p>You need:</p><ul><li>" + long[:40] + "</ul>",
			[]string{strings.TrimSpace(long[:59]), "You need:\n" + strings.TrimSpace(long[:40])}},
		{"a long item stays whole", "<ul><li>" + item + "<li>x</ul>", []string{strings.TrimSpace(item), "x"}},
		{"a long paragraph is cut between sentences", "<p>" + long + long + "</p>",
			[]string{strings.TrimSpace(long[:72]), strings.TrimSpace(long[:72]), strings.TrimSpace(long[:48])}},
		{"a long word is cut between letters", "<p>" + word + "</p>", []string{word[:100], word[100:]}},
		{"a definition goes with its term", "<p>" + long[:59] + "</p><dl><dt>Lease</dt><dd>" + long + "</dd></dl>",
			[]string{strings.TrimSpace(long[:59]), "Lease\n" + strings.TrimSpace(long)}},
		{"a further definition repeats its term", "<dl><dt>Lease</dt><dd>" + long[:83] + "</dd><dd>" + long[:83] + "</dd></dl>",
			[]string{"Lease\n" + long[:83], "Lease\n" + long[:83]}},
		{"header rows are repeated", "<table><tr><th>Kind<th>Fee</tr>" + strings.Repeat("<tr><td>"+long[:35]+"<td>$5</tr>", 3) + "</table>",
			[]string{"Kind\tFee\n" + long[:35] + "\t$5\n" + long[:35] + "\t$5", "Kind\tFee\n" + long[:35] + "\t$5"}},
		{"a header row goes with a long row", "<p>" + long[:59] + "</p><table><tr><th>K<th>F</tr><tr><td>" + row + "<td>$5</tr></table>",
			[]string{long[:59], "K\tF\n" + strings.TrimSpace(row) + "\t$5"}},
		{"a huge header is not repeated", "<table><tr><th>" + long + "<th>F</tr><tr><td>" + row + "<td>$5</tr></table>",
			[]string{strings.TrimSpace(long) + "\tF", strings.TrimSpace(row) + "\t$5"}},
	} {
		v := page(t, "p.html", "<title>T</title>"+test.page)
		if got := texts(chunk.Cut(v, small)); !slices.Equal(got, test.want) {
			t.Errorf("%s\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

func TestNamesDifferWithLimits(t *testing.T) {
	if chunk.Default.Name() == small.Name() {
		t.Fatal(small.Name())
	}
	v := page(t, "p.md", strings.Repeat("A sentence of words. ", 200))
	if !reflect.DeepEqual(chunk.Cut(v, chunk.Limits{}), chunk.Cut(v, chunk.Default)) {
		t.Fatal("the zero limits are not the default")
	}
}

// check tests what holds for every version and limits.
func check(t *testing.T, v knowledge.Version, l chunk.Limits) {
	t.Helper()
	ps := chunk.Cut(v, l)
	if !reflect.DeepEqual(ps, chunk.Cut(v, l)) {
		t.Fatal("not the same twice")
	}
	ids := map[knowledge.PassageID]bool{}
	at := 0
	for i, p := range ps {
		if ids[p.ID] || p.Ordinal != i || p.Version != v.ID || p.Document != v.Document {
			t.Fatalf("passage %d is named %s", i, p.ID)
		}
		ids[p.ID] = true
		if p.Range.Start < at || !p.Range.Within(len(v.Text)) || !utf8.ValidString(v.Text[p.Range.Start:p.Range.End]) {
			t.Fatalf("passage %d has the range %v after %d", i, p.Range, at)
		}
		at = p.Range.End
		want := v.Text[p.Range.Start:p.Range.End]
		if p.Header.Len() > 0 {
			want = v.Text[p.Header.Start:p.Header.End] + "\n" + want
		}
		if p.Text != want {
			t.Fatalf("passage %d: %q is not %q", i, p.Text, want)
		}
		checkLength(t, v, l, p)
	}
	for i, b := range v.Blocks {
		checkCover(t, v, l, ps, i, b)
	}
}

// checkLength: a passage longer than Max has something that may not be split.
func checkLength(t *testing.T, v knowledge.Version, l chunk.Limits, p knowledge.Passage) {
	t.Helper()
	if p.Range.Len() > l.Hard {
		t.Fatalf("a passage of %d bytes", p.Range.Len())
	}
	if p.Range.Len() <= l.Max {
		return
	}
	for _, b := range v.Blocks {
		if b.Range.Overlap(p.Range) > 0 && b.Kind != knowledge.Paragraph && b.Kind != knowledge.Preformatted && b.Kind != knowledge.Heading {
			return
		}
	}
	t.Fatalf("a passage of %d bytes of paragraphs", p.Range.Len())
}

// checkCover: every byte of a block that is no heading and no space is in one
// passage; what is not split is in one passage, below its term.
func checkCover(t *testing.T, v knowledge.Version, l chunk.Limits, ps []knowledge.Passage, i int, b knowledge.Block) {
	t.Helper()
	at, parts := b.Range.Start, 0
	var holder knowledge.Passage
	for _, p := range ps {
		if b.Range.Overlap(p.Range) == 0 {
			continue
		}
		if b.Kind == knowledge.Heading {
			t.Fatalf("the heading %v is in passage %v", b.Range, p.Range)
		}
		if from := max(p.Range.Start, b.Range.Start); strings.TrimFunc(v.Text[min(at, from):from], unicode.IsSpace) != "" {
			t.Fatalf("%q is in no passage", v.Text[at:from])
		}
		at, parts, holder = min(p.Range.End, b.Range.End), parts+1, p
	}
	if b.Kind == knowledge.Heading {
		return
	}
	if strings.TrimFunc(v.Text[at:b.Range.End], unicode.IsSpace) != "" {
		t.Fatalf("%q is in no passage", v.Text[at:b.Range.End])
	}
	whole := b.Kind != knowledge.Paragraph && b.Kind != knowledge.Preformatted
	if n := b.Range.Len(); parts != 1 && (n <= l.Max || whole && n <= l.Hard) {
		t.Fatalf("a block of %d bytes is in %d passages", n, parts)
	}
	if parts == 1 && b.Header > 0 {
		checkHeader(t, v, l, holder, v.Blocks[b.Header-1])
	}
	if b.IsHeader && i+1 < len(v.Blocks) && holder.Range == b.Range {
		if next := v.Blocks[i+1]; next.Header == i+1 && next.Leaves == 0 && next.Range.End-b.Range.Start <= l.Hard {
			t.Fatal("a header row is alone")
		}
	}
}

func checkHeader(t *testing.T, v knowledge.Version, l chunk.Limits, p knowledge.Passage, h knowledge.Block) {
	t.Helper()
	if h.Range.Overlap(p.Range) == 0 && p.Header != h.Range && h.Range.Len() <= l.Max/2 && startsAt(v, p).Header > 0 && v.Blocks[startsAt(v, p).Header-1].Range == h.Range {
		t.Fatalf("a row or definition stands without %q", v.Text[h.Range.Start:h.Range.End])
	}
}

func startsAt(v knowledge.Version, p knowledge.Passage) knowledge.Block {
	for _, b := range v.Blocks {
		if b.Range.Overlap(p.Range) > 0 {
			return b
		}
	}
	return knowledge.Block{}
}

func TestPropertiesOnLongPages(t *testing.T) {
	unit := `<h2>Fees</h2><p>You pay é fees. See below:</p><ul><li>one<li>two<ul><li>three</ul></ul>
		<table><tr><th>A<th>B<tr><td>1<td rowspan=3>2<tr><td>3<tr><td>4</table>
		<dl><dt>T<dd>D</dd><dd>E</dd></dl><details><summary>Q</summary>A</details>tail<h4>x</h4><pre>a
b</pre>`
	v := page(t, "p.html", strings.Repeat(unit, 50))
	for hard := 4; hard < 400; hard += 7 {
		check(t, v, chunk.Limits{Target: hard / 3, Max: max(hard/2, 4), Hard: hard})
	}
	check(t, v, chunk.Default)
}

func FuzzCut(f *testing.F) {
	f.Add("<h2>A</h2><p>one. two:</p><dl><dt>a<dd>b</dl><table><tr><th>x<th>y<tr><td>1<td>2</table>", uint16(9), uint16(20), uint16(40))
	f.Add("<details><summary>é</summary>"+strings.Repeat("ö", 50)+"</details>rest", uint16(1), uint16(4), uint16(4))
	f.Add("<ul><li>a:<li>b:<li>"+strings.Repeat("c d. ", 20)+"</ul>", uint16(10), uint16(30), uint16(60))
	f.Fuzz(func(t *testing.T, text string, target, maximum, hard uint16) {
		v, err := parse.Parse(parse.Raw{Name: "p.html", Data: []byte(text)})
		if err != nil || len(v.Blocks) > 500 {
			t.Skip()
		}
		l := chunk.Limits{Target: int(target), Max: max(int(maximum), 4)}
		l.Hard = max(int(hard), l.Max)
		check(t, v, l)
	})
}

func ExampleCut() {
	v, err := parse.Parse(parse.Raw{Name: "dogs.md", URL: "https://riverton.example.gov/dogs", Data: []byte(
		"# Dogs\n\n## License\n\nEvery dog needs a license.\n\n## Fees\n\n| Kind | Fee |\n|---|---|\n| Puppy | $5 |\n")})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range chunk.Cut(v, chunk.Default) {
		fmt.Printf("%v %q\n", p.Headings, p.Text)
	}
	// Output:
	// [License] "Every dog needs a license."
	// [Fees] "Kind\tFee\nPuppy\t$5"
}
