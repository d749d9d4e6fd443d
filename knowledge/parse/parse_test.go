package parse_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"townclerk/knowledge"
	"townclerk/knowledge/parse"
)

func parsed(t *testing.T, name, data string) knowledge.Version {
	t.Helper()
	v, err := parse.Parse(parse.Raw{Name: name, URL: "https://riverton.example.gov/a", Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	check(t, v)
	return v
}

// check tests what holds for every version.
func check(t *testing.T, v knowledge.Version) {
	t.Helper()
	if !utf8.ValidString(v.Text) || !norm.NFC.IsNormalString(v.Text) {
		t.Fatalf("text %q", v.Text)
	}
	if v.Title == "" || !utf8.ValidString(v.Title) || strings.Contains(v.Title, "\n") || len(v.Title) > 500 {
		t.Fatalf("title %q", v.Title)
	}
	at := 0
	for i, b := range v.Blocks {
		if !b.Range.Within(len(v.Text)) || b.Range.Start < at {
			t.Fatalf("block %d has the range %v after %d of %d", i, b.Range, at, len(v.Text))
		}
		if gap := v.Text[at:b.Range.Start]; i > 0 && gap != "\n" || i == 0 && gap != "" {
			t.Fatalf("%q before block %d", gap, i)
		}
		at = b.Range.End
		s := v.Text[b.Range.Start:b.Range.End]
		if !utf8.ValidString(s) || b.Kind != knowledge.Row && strings.TrimSpace(s) != s {
			t.Fatalf("block %d is %q", i, s)
		}
		if strings.Contains(s, "\t") && b.Kind != knowledge.Row || strings.Contains(s, "\n") && (b.Kind == knowledge.Row || b.Kind == knowledge.Heading) {
			t.Fatalf("block %d of kind %d is %q", i, b.Kind, s)
		}
		if (b.Kind == knowledge.Heading || b.Kind == knowledge.Item) != (b.Level > 0) || b.Kind == knowledge.Heading && b.Level > 6 {
			t.Fatalf("block %d of kind %d has level %d", i, b.Kind, b.Level)
		}
		checkCells(t, v, i, b)
		checkHeader(t, v, i, b)
	}
	if at != len(v.Text) {
		t.Fatalf("%q is in no block", v.Text[at:])
	}
}

func checkCells(t *testing.T, v knowledge.Version, i int, b knowledge.Block) {
	t.Helper()
	if b.Kind != knowledge.Row {
		if b.Cells != nil || b.IsHeader {
			t.Fatalf("block %d is no row", i)
		}
		return
	}
	var cells []string
	for _, c := range b.Cells {
		if c.Start < b.Range.Start || c.End > b.Range.End || c.Start > c.End {
			t.Fatalf("cell %v is outside of row %v", c, b.Range)
		}
		cells = append(cells, v.Text[c.Start:c.End])
	}
	if got := strings.Join(cells, "\t"); got != v.Text[b.Range.Start:b.Range.End] || strings.TrimSpace(got) == "" {
		t.Fatalf("the cells of row %d are %q", i, got)
	}
}

func checkHeader(t *testing.T, v knowledge.Version, i int, b knowledge.Block) {
	t.Helper()
	if b.Header == 0 {
		return
	}
	if b.Header < 1 || b.Header > i {
		t.Fatalf("block %d is under %d", i, b.Header-1)
	}
	h := v.Blocks[b.Header-1]
	if !(b.Kind == knowledge.Row && h.IsHeader && !b.IsHeader || b.Kind == knowledge.Definition && h.Kind == knowledge.Term) {
		t.Fatalf("block %d of kind %d is under one of kind %d", i, b.Kind, h.Kind)
	}
}

func TestEncodings(t *testing.T) {
	const want = "Straße “Münster” – 5 €"
	latin, err := charmap.Windows1252.NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	utf16 := func(e unicode.Endianness) string {
		s, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().String("<p>" + want)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	far := strings.Repeat("<!-- nothing but ASCII for a while -->", 60)
	for name, page := range map[string]string{
		"UTF-8":                         "<meta charset=utf-8><p>" + want,
		"byte order mark":               "\ufeff<p>" + want,
		"UTF-8 undeclared and far down": far + "<p>" + want,
		"UTF-8 declared as another":     "<meta charset=iso-8859-1><p>" + want,
		"Windows-1252":                  "<meta charset=iso-8859-1><p>" + latin,
		"Windows-1252 undeclared":       far + "<p>" + latin,
		"Windows-1252 declared UTF-8":   "<meta charset=utf-8><p>" + latin,
		"UTF-16 big-endian":             utf16(unicode.BigEndian),
		"UTF-16 little-endian":          utf16(unicode.LittleEndian),
	} {
		if got := parsed(t, "p.html", page).Text; got != want {
			t.Errorf("%s: %q", name, got)
		}
		md := strings.NewReplacer("<p>", "", "\x00<\x00p\x00>", "", "<\x00p\x00>\x00", "").Replace(page)
		if got := parsed(t, "p.md", md).Text; got != want {
			t.Errorf("%s, Markdown: %q", name, got)
		}
	}
	if got := parsed(t, "p.html", "<meta charset=shift_jis><p>\x92\xac").Text; got != "町" {
		t.Errorf("Shift-JIS: %q", got)
	}
	if got := parsed(t, "p.md", "Größe: \xff und Höhe").Text; got != "Größe: \ufffd und Höhe" {
		t.Errorf("one broken byte: %q", got)
	}
}

func TestLineEndings(t *testing.T) {
	const page = "---\ntitle: A\n---\n\n# B\n\ntext\ngoes on\n\n- item\n"
	want := parsed(t, "p.md", page)
	for _, end := range []string{"\r\n", "\r"} {
		got := parsed(t, "p.md", strings.ReplaceAll(page, "\n", end))
		if got.Text != want.Text || got.Title != "A" || !reflect.DeepEqual(got.Blocks, want.Blocks) {
			t.Errorf("%q: %q", end, got.Text)
		}
	}
}

func TestErrors(t *testing.T) {
	deep := func(tag string) string { return strings.Repeat("<"+tag+">", 100_000) + "x" }
	var fonts strings.Builder
	for i := range 500 {
		fmt.Fprintf(&fonts, "<font size=%d>", i)
	}
	for _, c := range []struct {
		name, file, data string
		want             error
	}{
		{"no text", "p.html", "<title>T</title><h1>Only a heading</h1><!-- x -->", parse.ErrEmpty},
		{"nothing", "p.md", "", parse.ErrEmpty},
		{"another type", "p.txt", "text", parse.ErrType},
		{"zeros", "p.html", "<p>text\x00\x00", parse.ErrBinary},
		{"a PDF", "p.html", "%PDF-1.7\n%text", parse.ErrBinary},
		{"an archive", "p.md", "PK\x03\x04 text", parse.ErrBinary},
		{"deep <div>", "p.html", deep("div"), parse.ErrNested},
		{"deep <b>", "p.html", deep("b"), parse.ErrNested},
		{"deep <table> in cells", "p.html", deep("table><tr><td"), parse.ErrNested},
		{"deep quotes", "p.md", strings.Repeat("> ", 100_000) + "x", parse.ErrNested},
		{"deep lists", "p.md", strings.Repeat("- ", 100_000) + "x", parse.ErrNested},
		{"copied formatting", "p.html", "<p>" + fonts.String() + strings.Repeat("<p>x", 100_000), parse.ErrGrows},
		{"padded table", "p.md", strings.Repeat("a|", 20_000) + "\n" + strings.Repeat("-|", 20_000) + "\n" + strings.Repeat("|\n", 20_000), parse.ErrGrows},
		{"open links", "p.md", strings.Repeat("[a](", 100_000), parse.ErrGrows},
		{"long front matter", "p.md", "---\na: " + strings.Repeat("x", 100_000) + "\n---\ntext", parse.ErrGrows},
		{"deep front matter", "p.md", "---\na: " + strings.Repeat("[", 10_000) + "\n---\ntext", parse.ErrGrows},
		{"deep front matter of lists", "p.md", "---\n" + strings.Repeat("- ", 10_000) + "\n---\ntext", parse.ErrGrows},
	} {
		v, err := parse.Parse(parse.Raw{Name: c.file, Data: []byte(c.data)})
		if !errors.Is(err, c.want) || !reflect.DeepEqual(v, knowledge.Version{}) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestID(t *testing.T) {
	raw := parse.Raw{Name: "a/p.html", URL: "https://riverton.example.gov/p", Data: []byte("<p>text")}
	seen := map[knowledge.VersionID]string{}
	for name, change := range map[string]func(*parse.Raw){
		"nothing": func(*parse.Raw) {}, "format": func(r *parse.Raw) { r.Name = "a/p.md" }, "name": func(r *parse.Raw) { r.Name = "a/q.html" },
		"URL": func(r *parse.Raw) { r.URL += "q" }, "bytes": func(r *parse.Raw) { r.Data = []byte("<p>other") },
		"department": func(r *parse.Raw) { r.Department = "Parks" }, "language": func(r *parse.Raw) { r.Language = "es" },
		"cut": func(r *parse.Raw) { r.Cut = "1" },
	} {
		r := raw
		change(&r)
		v, err := parse.Parse(r)
		if err != nil || v.ID != parse.ID(r) {
			t.Errorf("%s: %s is not %s: %v", name, v.ID, parse.ID(r), err)
		}
		if other, ok := seen[v.ID]; ok {
			t.Errorf("%s and %s have one identifier", name, other)
		}
		seen[v.ID] = name
	}
	raw.Name = "b/p.html" // the folder shows in the address only
	if _, ok := seen[parse.ID(raw)]; !ok {
		t.Error("the folder changes the identifier")
	}
}

func TestCanonicalAddress(t *testing.T) {
	const fetched = "https://riverton.example.gov/a/b"
	for said, want := range map[string]string{
		"":                                fetched,
		"c":                               "https://riverton.example.gov/a/c",
		"/c?x=1#part":                     "https://riverton.example.gov/c?x=1",
		" https://Riverton.example.GOV/C": "https://riverton.example.gov/C",
		"//other.example.gov/":            "https://other.example.gov/",
		"javascript:alert(1)":             fetched,
		"data:text/html,x":                fetched,
		"file:///etc/passwd":              fetched,
		"https://user:word@riverton.gov/": fetched,
		"https://user@riverton.gov/":      fetched,
		"https://:80/":                    fetched,
		"https:///x":                      fetched,
		"http:opaque":                     fetched,
		"http://[::1":                     fetched,
		"/" + strings.Repeat("x", 3000):   fetched,
	} {
		page := fmt.Sprintf("<html><head><link rel='Canonical' href=%q></head><body><p>x", said)
		v, err := parse.Parse(parse.Raw{Name: "p.html", URL: fetched, Data: []byte(page)})
		if err != nil || v.URL != want || string(v.Document) != want {
			t.Errorf("%q: %q, want %q (%v)", said, v.URL, want, err)
		}
	}
	if v := parsed(t, "p.html", "<p>x<div><link rel=canonical href=/evil></div>"); strings.Contains(v.URL, "evil") {
		t.Error("a canonical address in the body counts")
	}
}

// What a page says of how long it holds. Caches are told with the name "expires" too.
func TestDates(t *testing.T) {
	for _, c := range []struct{ name, page, reviewBy, ends string }{
		{"p.md", "---\nreview_by: 2026-06-30\nexpires: 2026-12-31\n---\nx", "2026-06-30", "2026-12-31"},
		{"p.md", "---\nnext_review: June 30, 2026\nvalid_until: \"31 December 2026\"\n---\nx", "2026-06-30", "2026-12-31"},
		{"p.html", "<meta name=review-by content=2026-06-30><meta itemprop=expires content=2026-12-31T23:59:59Z><p>x", "2026-06-30", "2026-12-31"},
		{"p.html", "<meta name=DCTERMS.valid content='start=2026-01-01; end=2026-12-31; scheme=W3C-DTF'><p>x", "", "2026-12-31"},
		{"p.html", "<meta name=dcterms.valid content=2026-01-01/2026-12-31><p>x", "", "2026-12-31"},
		{"p.html", "<meta name=dcterms.valid content=2026-12-31><p>x", "", "2026-12-31"},
		{"p.html", "<meta name=dcterms.valid content='start=2026-01-01;'><p>x", "", ""},
		{"p.html", "<meta name=expires content=2026-12-31><meta http-equiv=expires content=2026-12-31><p>x", "", ""},
		{"p.html", "<p>x<meta name=review-by content=2026-06-30>", "", ""}, // the body may hold what others wrote
	} {
		v := parsed(t, c.name, c.page)
		if knowledge.Day(v.ReviewBy) != c.reviewBy || knowledge.Day(v.Ends) != c.ends {
			t.Errorf("%s: review by %q, ends %q", c.page, knowledge.Day(v.ReviewBy), knowledge.Day(v.Ends))
		}
	}
}

func TestPageFacts(t *testing.T) {
	long := strings.Repeat("é", 3000)
	v := parsed(t, "p.html", "<html lang=xx-yy-zz><head><title>"+long+"</title><meta name=description content='a&#xE000;b'></head><p>x")
	if len(v.Title) > 300 || v.Description != "a b" || v.Language != "xx" {
		t.Errorf("%d %q %q", len(v.Title), v.Description, v.Language)
	}
	if v := parsed(t, "Fees\n\u202e.html", "<p>x"); v.Title != "Fees .html" {
		t.Errorf("%q", v.Title)
	}
	for said, want := range map[string]string{
		"2024-05-06": "2024-05-06", "2024-05-06T23:30:00-05:00": "2024-05-06", "6 May 2024": "2024-05-06", "May 6, 2024": "2024-05-06",
		"2024-05-06 10:00:00": "2024-05-06", "yesterday": "0001-01-01", "2024-13-01": "0001-01-01",
	} {
		v := parsed(t, "p.md", "---\ndate: "+said+"\n---\nx")
		if got := v.Reviewed.Format("2006-01-02"); got != want || v.Reviewed.Hour() != 0 {
			t.Errorf("%q: %v, want %s", said, v.Reviewed, want)
		}
		if quoted := parsed(t, "p.md", "---\ndate: \""+said+"\"\n---\nx"); !quoted.Reviewed.Equal(v.Reviewed) {
			t.Errorf("%q in quotes: %v", said, quoted.Reviewed)
		}
	}
	if v, err := parse.Parse(parse.Raw{Name: "p.md", Data: []byte("x"), Department: "Parks", Language: "fr"}); err != nil || v.Department != "Parks" || v.Language != "fr" {
		t.Errorf("%+v %v", v.Source, err)
	}
}

func TestFrontMatter(t *testing.T) {
	for _, c := range []struct{ data, title, text string }{
		{"---\ntitle: A\n---\nx", "A", "x"},
		{"---  \ntitle: A\n...\nx", "A", "x"},
		{"---\n---\nx\n\n---\n\ny", "p.md", "x\ny"},
		{"---\n# a comment\n---\nx", "p.md", "x"},
		{"---\ntitle: [a, b]\n---\nx", "p.md", "x"},
		{"---\ntitle: 2024\n---\nx", "2024", "x"},
		{"---\ntitle: \"a\\uE000b\\u202ec\"\n---\nx", "a bc", "x"},
		{"---\nno end", "p.md", "no end"},
		{"x\n---\ntitle: A\n---\n", "x", "title: A"},
	} {
		if c.title == "x" { // an underlined heading
			c.text = "x\n" + c.text
		}
		v, err := parse.Parse(parse.Raw{Name: "p.md", Data: []byte(c.data)})
		if c.title == "x" && err != nil {
			continue
		}
		if err != nil || v.Title != c.title || v.Text != c.text {
			t.Errorf("%q: title %q, text %q, %v", c.data, v.Title, v.Text, err)
		}
	}
	for _, broken := range []string{"title: [a", "title: a: b", "just words", "a: 1\na: 2", "x: &a [1]\ny: *a", "\tx: 1"} {
		_, err := parse.Parse(parse.Raw{Name: "fees.md", Data: []byte("---\n" + broken + "\n---\ntext")})
		if err == nil || !strings.HasPrefix(err.Error(), "front matter: ") {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

func TestInvisibleCharacters(t *testing.T) {
	for _, r := range []rune{
		7, 0x7f, 0x85, 0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180b, 0x180e, 0x200b, 0x200d, 0x200e, 0x202a, 0x202e, 0x2060, 0x2065,
		0x2066, 0x206f, 0x3164, 0xe000, 0xe001, 0xfdd0, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xffff, 0x1d173, 0xe0000, 0xe0001, 0xe0041,
		0xe007f, 0xe0080, 0xe0100, 0xe01ef, 0xe0fff, 0xf0000, 0x10ffff,
	} {
		got := parsed(t, "p.html", "<title>p</title><p>pay"+string(r)+"now</p>").Text
		if got != "paynow" && !(r == 0x85 && got == "pay now") {
			t.Errorf("%U: %q", r, got)
		}
	}
	for _, keep := range []string{"می\u200cخواهم", "क्\u200dष", "\u0600١", "e\u0301"} {
		if got := parsed(t, "p.html", "<p>"+keep).Text; got != norm.NFC.String(keep) {
			t.Errorf("%q became %q", keep, got)
		}
	}
}

func ExampleParse() {
	v, err := parse.Parse(parse.Raw{
		Name: "dogs.md", URL: "https://riverton.example.gov/dogs",
		Data: []byte("# Dogs\n\n| Kind | Fee |\n|---|---|\n| Puppy | $5 |\n"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Title, v.URL)
	for _, b := range v.Blocks {
		fmt.Printf("%q\n", v.Text[b.Range.Start:b.Range.End])
	}
	// Output:
	// Dogs https://riverton.example.gov/dogs
	// "Dogs"
	// "Kind\tFee"
	// "Puppy\t$5"
}

func TestTitleWithoutTheSite(t *testing.T) {
	for _, c := range []struct{ title, heading, want string }{
		{"Parking permits | City of Example", "Parking permits", "Parking permits"},
		{"Parking permits - City of Example", "Parking permits", "Parking permits"},
		{"Parking permits for visitors", "Parking permits", "Parking permits for visitors"},
		{"City of Example", "Parking permits", "City of Example"},
		{"Parking permits", "Parking permits", "Parking permits"},
	} {
		page := "<title>" + c.title + "</title><h1>" + c.heading + "</h1><p>Text of the page.</p>"
		v, err := parse.Parse(parse.Raw{Name: "x.html", URL: "https://example.gov/x", Data: []byte(page)})
		if err != nil || v.Title != c.want {
			t.Errorf("title %q over heading %q became %q, %v, want %q", c.title, c.heading, v.Title, err, c.want)
		}
	}
}
