package parse_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"townclerk/knowledge/parse"
)

func seeds(f *testing.F, ext string) {
	files, err := filepath.Glob("testdata/*" + ext)
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(data), "\n\n") {
			f.Add(part)
		}
		f.Add(string(data))
	}
}

func fuzz(t *testing.T, name, data string) {
	raw := parse.Raw{Name: name, URL: "https://riverton.example.gov/a", Data: []byte(data)}
	v, err := parse.Parse(raw)
	if err != nil {
		if strings.Contains(err.Error(), "the parser gave up") {
			t.Fatal(err)
		}
		return
	}
	check(t, v)
	if v.ID != parse.ID(raw) {
		t.Fatal("another identifier")
	}
	if again, err := parse.Parse(raw); err != nil || !reflect.DeepEqual(v, again) {
		t.Fatal("not the same twice", err)
	}
}

func FuzzHTML(f *testing.F) {
	seeds(f, ".html")
	f.Add("<table><tr><td rowspan=3 colspan=4>a<td>b<tr><tr><th>c</table><dl><dd>x<dt>y<li>z")
	f.Add("\xfe\xff\x00<\x00p\x00>\x00x")
	f.Fuzz(func(t *testing.T, data string) { fuzz(t, "p.html", data) })
}

func FuzzMarkdown(f *testing.F) {
	seeds(f, ".md")
	f.Fuzz(func(t *testing.T, data string) { fuzz(t, "p.md", data) })
}

func FuzzFrontMatter(f *testing.F) {
	f.Add("title: a\ndate: 2024-05-06\nlang: es")
	f.Add("? a\n: !!binary x\n<<: *b\nx: |\n  y")
	f.Fuzz(func(t *testing.T, data string) { fuzz(t, "p.md", "---\n"+data+"\n---\ntext") })
}

// raceDetector says that the tests run with it, several times slower.
var raceDetector bool

// Pages made to be slow are read or refused in time in proportion to their
// length. A quadratic step would take minutes; the bound leaves room for slow
// machines.
func TestLargePages(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("is about time, and takes some")
	}
	r := strings.Repeat
	for _, c := range []struct{ name, file, data string }{
		{"30 MB", "p.html", r("<p>Some <b>text</b> here and <a href=x>there</a>.</p>\n", 550_000)},
		{"inline elements", "p.html", r("<b id=a>x</b>", 200_000)},
		{"spans up to the limit around many", "p.html", "<div>" + r("<span>", 480) + r("<i>x</i>", 200_000) + "<p>end"},
		{"bold in bold", "p.html", "<p>" + r("<b><span>", 200) + r("x <i>y</i>", 200_000)},
		{"spans of a table", "p.html", "<table>" + r("<tr><td rowspan=100 colspan=100>a</td><td>b</td></tr>", 50_000)},
		{"wide row, many short ones", "p.html", "<table><tr>" + r("<td rowspan=65534>", 100_000) + r("<tr><td>x", 50_000)},
		{"long cell spread", "p.html", "<table><tr><td colspan=1000 rowspan=9999>" + r("x", 1<<20) + r("<td>", 1000) + r("<tr><td>", 1000)},
		{"list items", "p.html", "<ul>" + r("<li>x", 100_000)},
		{"list items deep inside", "p.html", r("<ul><li>", 200) + r("<li>x", 100_000)},
		{"headers deep inside", "p.html", r("<div>", 400) + r("<header>a</header>", 100_000) + "x"},
		{"definitions in definitions", "p.html", r("<dl><dt>a<dd>", 150) + r("x<b>y</b>", 100_000)},
		{"layout in layout", "p.html", r("<table><tr><td>", 120) + r("<p>x</p>", 100_000)},
		{"line breaks", "p.html", r("x<br>", 300_000) + r("<br>", 300_000)},
		{"headings with anchors", "p.html", r("<h2><i><a id=x>y</a></i></h2>", 100_000) + "z"},
		{"styles", "p.html", r("<p style='/**//**//**/a:b;;'>x", 100_000)},
		{"a style", "p.html", "<p style='" + r("/**/;", 400_000) + "'>x"},
		{"marks", "p.html", "e" + r("\u0301", 500_000)},
		{"invisible", "p.html", "x" + r("\u200b", 500_000) + "y"},
		{"emphasis", "p.md", r("*a **b ", 100_000)},
		{"brackets", "p.md", r("[", 200_000) + "x"},
		{"headings", "p.md", r("# a\n", 50_000) + "\ntext"},
		{"closing tags", "p.html", r("<a><div>", 200) + r("</a>", 200_000) + "x"},
	} {
		start := time.Now()
		v, err := parse.Parse(parse.Raw{Name: c.file, Data: []byte(c.data)})
		d := time.Since(start)
		if d > 30*time.Second || len(v.Text) > 2*len(c.data)+2<<20 {
			t.Errorf("%s: %d MB took %v and gave %d bytes", c.name, len(c.data)>>20, d, len(v.Text))
		}
		if err == nil {
			check(t, v)
		}
		t.Logf("%-36s %9d bytes %8v %7d blocks %v", c.name, len(c.data), d.Round(time.Millisecond), len(v.Blocks), err)
	}
}
