package web

import (
	"flag"
	"html"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"townclerk/knowledge"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestSourceGolden(t *testing.T) {
	w := newWorld(t)
	v := sampleVersion()
	a := sampleAnswer("", "")
	href := sourceHref(v.ID, append(a.Sentences[0].Citations[0].Ranges, a.Sentences[1].Citations[0].Ranges...), "", "en")
	res, got := w.do("GET", href, "")
	if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "private, max-age=300" {
		t.Fatal(res.Status, res.Header)
	}
	golden(t, "testdata/source.html", got)
}

// golden holds a page against a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page differs from %s; run with -update and read the difference:\n%s", name, got)
	}
}

func TestSourceLinksOpenAtTheQuote(t *testing.T) {
	w := newWorld(t)
	views, sources := citedBy(sampleAnswer("", "").Sentences, w.words("en"))
	if len(sources) != 1 || sources[0].N != 1 || len(views) != 2 {
		t.Fatalf("%+v %+v", views, sources)
	}
	for href, quote := range map[string]string{views[0].Marks[0].Href: "Birth certificate", views[1].Marks[0].Href: "You can apply in person or by mail.",
		sources[0].Href: "Birth certificate"} {
		_, fragment, _ := strings.Cut(href, "#")
		_, page := w.do("GET", href, "")
		if want := `<mark id="` + fragment + `" tabindex="-1">` + quote + `</mark>`; !strings.Contains(page, want) {
			t.Errorf("%s lacks %s", href, want)
		}
	}
}

func (w *world) words(lang string) words {
	c, err := loadWords("en")
	if err != nil {
		w.t.Fatal(err)
	}
	return c.match(lang)
}

func TestSourceBadRanges(t *testing.T) {
	w := newWorld(t)
	v := sampleVersion()
	inRune := strings.Index(v.Text, "Ü") + 1
	many := strings.Repeat("&r=0-5", maxRanges+1)
	for query, marks := range map[string]int{
		"r=0-5": 1, "": 0,
		"r=0-5&r=x": -1, "r=5-0": -1, "r=0-0": -1, "r=-1-5": -1, "r=0-99999": -1, "r=0": -1, "r=": -1, "r=+0-5": -1, "r=00-5": -1,
		"r=0-99999999999999999999": -1, "r=0x0-0x5": -1, "r=0-" + itoa(inRune): -1, "r=" + itoa(inRune) + "-" + itoa(inRune+3): -1,
		"r=18-19": -1, // the line end between two blocks
		many[1:]:  -1, "r=%ff-%00": -1,
	} {
		res, page := w.do("GET", "/sources/"+string(v.ID)+"?lang=en&"+query, "")
		noted := strings.Contains(page, "may not all be highlighted")
		if res.StatusCode != 200 || noted != (marks < 0) || marks >= 0 && strings.Count(page, "<mark") != marks {
			t.Errorf("%.60s: %s, noted %v, %d marks", query, res.Status, noted, strings.Count(page, "<mark"))
		}
		if !strings.Contains(page, "The clerk issues") {
			t.Errorf("%.60s: the page is not shown", query)
		}
	}
}

func itoa(n int) string {
	return url.QueryEscape(strings.TrimSpace(strings.Split(fragment(knowledge.Range{Start: n}), "-")[0][1:]))
}

func TestSourceEscapes(t *testing.T) {
	w := newWorld(t)
	v := hostileVersion()
	_, page := w.do("GET", "/sources/"+string(v.ID)+"?r=3-50&r=60-900", "")
	allowed := regexp.MustCompile(`^</?(!doctype|html|head|meta|link|title|body|header|div|p|main|h[1-6]|dl|dt|dd|article|mark|ul|li|table|tbody|tr|th|td|pre)\b`)
	for _, tag := range tag.FindAllString(page, -1) {
		if !allowed.MatchString(tag) {
			t.Errorf("tag %s", tag)
		}
		if strings.Contains(attribute.ReplaceAllString(tag, ""), " on") {
			t.Errorf("handler in %s", tag)
		}
	}
	for _, s := range mustHostile() {
		if !strings.Contains(html.UnescapeString(page), strings.NewReplacer("\x00", "\ufffd").Replace(s)) {
			t.Errorf("%q is not shown as it is", s)
		}
	}
	if strings.Contains(strings.ToLower(page), `href="javascript`) || strings.Contains(page, "Open the page") {
		t.Error("a link that is none")
	}
}

func TestSourceLanguages(t *testing.T) {
	s := &server{site: sampleSite()}
	for lang, dir := range map[string]string{"ar": "rtl", "he": "rtl", "fa-IR": "rtl", "UR": "rtl", "en": "ltr", "": "ltr", "fab": "ltr"} {
		v := knowledge.Version{Source: knowledge.Source{Language: lang, URL: "https://x.example/"}, Text: "one paragraph"}
		p := s.sourcePage(v, []string{"0-3"}, words{})
		if p.DocDir != dir || len(p.Nodes) != 1 || p.Bad || p.Live != "https://x.example/" {
			t.Errorf("%q: %+v", lang, p)
		}
	}
}

func TestLiveLinks(t *testing.T) {
	s := &server{site: Site{LiveLinks: map[string]string{"file:///srv/": "https://www.example.org/", "file:///srv/forms/": "https://forms.example.org/",
		"https://old.example/": "https://new.example/x/"}}}
	for from, to := range map[string]string{
		"file:///srv/a.html#fees": "https://www.example.org/a.html#fees", "file:///srv/forms/b": "https://forms.example.org/b",
		"https://old.example/c?d=e": "https://new.example/x/c?d=e", "https://other.example/": "https://other.example/",
		"file:///etc/passwd": "", "javascript:alert(1)": "", "JavaScript:alert(1)": "", "//evil.example/": "", "/relative": "", "": "",
		"data:text/html,x": "", "https://": "", "https://x.example/\"onclick=": "https://x.example/%22onclick=", " https://x.example/": "", "https://%zz/": "",
	} {
		if got := s.live(from); got != to {
			t.Errorf("live(%q) = %q, want %q", from, got, to)
		}
	}
}

// Any ranges of any text: no panic, no character lost or doubled, every good
// range highlighted in full.
func FuzzRanges(f *testing.F) {
	f.Add("one two three", "0-3,4-7", 5)
	f.Add("ünï", "0-2,1-3,2-9,-1-2,x,0-5,3-3", 2)
	f.Add("overlapping", "0-5,3-8,8-11,0-5", 4)
	f.Fuzz(func(t *testing.T, text, query string, cut int) {
		ranges, _ := parseRanges(strings.Split(query, ","), text)
		m := newMarker(text, ranges)
		cut = max(0, min(cut, len(text)))
		var shown, marked strings.Builder
		ids := map[string]bool{}
		for _, r := range []knowledge.Range{{Start: 0, End: cut}, {Start: cut, End: len(text)}} {
			for _, p := range m.pieces(r) {
				shown.WriteString(p.Text)
				if p.Mark {
					marked.WriteString(p.Text)
				}
				if p.ID != "" && ids[p.ID] {
					t.Errorf("id %s twice", p.ID)
				}
				ids[p.ID] = true
			}
		}
		if shown.String() != text {
			t.Errorf("%q became %q", text, shown.String())
		}
		var want strings.Builder
		for i := range len(text) {
			for _, r := range ranges {
				if r.Start <= i && i < r.End {
					want.WriteByte(text[i])
					break
				}
			}
		}
		if marked.String() != want.String() || !m.complete() {
			t.Errorf("highlighted %q, want %q of %q", marked.String(), want.String(), text)
		}
	})
}

// Any blocks: no panic, and every block's text is shown.
func FuzzBlocks(f *testing.F) {
	f.Add("abc\ndef\nghi", []byte{1, 0, 3, 2, 2, 4, 7, 9, 3, 8, 11, 1})
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		v := knowledge.Version{Text: text, Source: knowledge.Source{URL: "https://x.example/"}}
		for ; len(data) >= 4; data = data[4:] {
			r := knowledge.Range{Start: int(data[1]) - 2, End: int(data[2])}
			v.Blocks = append(v.Blocks, knowledge.Block{Kind: knowledge.BlockKind(data[0] % 8), Range: r, Level: int(data[3]) - 3,
				Header: int(data[3] % 5), IsHeader: data[3]&1 == 1, Cells: []knowledge.Range{r, {Start: r.Start + 1, End: r.End - 1}}})
		}
		s := &server{site: sampleSite()}
		if err := s.loadAssets(); err != nil {
			t.Fatal(err)
		}
		if err := s.pages.ExecuteTemplate(&strings.Builder{}, "source.html", s.sourcePage(v, []string{"0-3", "2-9"}, s.words.all[0])); err != nil {
			t.Fatal(err)
		}
	})
}
