package web

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var placeholder = regexp.MustCompile(`\{\w+\}`)

// Every language has the same texts with the same placeholders, and every text
// is used.
func TestWords(t *testing.T) {
	c, err := loadWords("en")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, pattern := range []string{"*.html", "*.go", "widget/*.js"} {
		files, _ := fs.Glob(os.DirFS("."), pattern)
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(data)
		}
	}
	english := c.all[0].texts
	for _, l := range c.all {
		for name, text := range l.texts {
			want := placeholder.FindAllString(english[name], -1)
			got := placeholder.FindAllString(text, -1)
			slices.Sort(want)
			slices.Sort(got)
			if english[name] == "" || text == "" || !slices.Equal(got, want) {
				t.Errorf("%s: %s: %q has %v, want %v", l.Lang, name, text, got, want)
			}
		}
		if len(strings.Fields(l.texts["months"])) != 12 {
			t.Errorf("%s: the months are %q", l.Lang, l.texts["months"])
		}
		if len(strings.Split(l.texts["weekdays"], " ")) != 7 {
			t.Errorf("%s: the weekdays are %q", l.Lang, l.texts["weekdays"])
		}
		if l.texts["language."+l.Lang] == "" || len(c.all) != 8 {
			t.Errorf("%s, one of %d languages, has no name", l.Lang, len(c.all))
		}
		if len(l.texts) != len(english) {
			t.Errorf("%s has %d texts, English %d", l.Lang, len(l.texts), len(english))
		}
	}
	for name := range english {
		family, kind, _ := strings.Cut(name, ".")
		if !strings.Contains(sources.String(), `"`+name+`"`) && !(family == "error" && slices.Contains(kinds(), kind)) && !slices.Contains([]string{"language", "state", "notice"}, family) {
			t.Errorf("%s is not used", name)
		}
	}
	used := regexp.MustCompile(`(?:\bT |\.T\(|\bt\(|invalid\(|word: )"([a-z_.]+)"`)
	for _, m := range used.FindAllStringSubmatch(sources.String(), -1) {
		if english[m[1]] == "" && !strings.HasSuffix(m[1], ".") { // a family
			t.Errorf("%s is used and not there", m[1])
		}
	}
}

func kinds() (all []string) {
	for k := range statusOf {
		all = append(all, string(k))
	}
	return all
}

func TestLanguage(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ query, accept, want string }{
		{"", "", "en"}, {"", "es-MX,en;q=0.5", "es"}, {"ar", "es", "ar"}, {"xx", "fr-CA", "fr"}, {"", "nonsense;;;", "en"}, {"<b>", "", "en"}, {"", "it, fr;q=0.3", "fr"},
		{"de", "", "de"}, {"pt-BR", "", "pt"}, {"pl", "", "pl"}, {"zh-Hant-TW", "", "zh"},
	} {
		_, page := w.do("GET", "/?lang="+c.query, "", "Accept-Language", c.accept)
		if !strings.Contains(page, `<html lang="`+c.want+`"`) {
			t.Errorf("%+v: %.200s", c, page)
		}
	}
	for first, want := range map[string]string{"es": "es", "de": "de", "it": "en"} {
		if c, err := loadWords(first); err != nil || c.all[0].Lang != want || c.match("zz").Lang != want {
			t.Errorf("agency's language %s: %v", first, err)
		}
	}
}

// What is served is one whole script, whose parts stay small and clean.
func TestAssets(t *testing.T) {
	w := newWorld(t)
	for path, media := range map[string]string{"/widget.js": "text/javascript; charset=utf-8", "/style.css": "text/css; charset=utf-8",
		"/favicon.ico": "image/svg+xml", "/v1/openapi.yaml": "application/yaml"} {
		res, body := w.do("GET", path, "")
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != media || len(body) < 100 {
			t.Errorf("%s: %s %s", path, res.Status, res.Header.Get("Content-Type"))
		}
		if res, body := w.do("GET", path, "", "If-None-Match", res.Header.Get("ETag")); res.StatusCode != 304 || body != "" {
			t.Errorf("%s again: %s", path, res.Status)
		}
	}
	for _, name := range widgetParts {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", ".style.", "localStorage", "style:"} {
			if strings.Contains(string(source), bad) {
				t.Errorf("%s uses %s", name, bad)
			}
		}
	}
	for _, name := range []string{"page.html", "source.html", "problem.html", "layout.html"} {
		source, _ := os.ReadFile(name)
		if regexp.MustCompile(`<script>|<style| style=| on[a-z]+=`).Match(source) {
			t.Errorf("%s has a script or style in it", name)
		}
	}
}
