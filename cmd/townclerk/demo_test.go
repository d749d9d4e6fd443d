package main

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"townclerk/evals/datasets/riverton"
)

func fetch(t *testing.T, address string) (int, string, http.Header) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

func demoServer(t *testing.T) string {
	server := httptest.NewServer(withSite(http.NotFoundHandler()))
	t.Cleanup(server.Close)
	return server.URL
}

// Every page of the sample is served where its links and citations lead, with
// the widget, its own title, and no link out of the sample.
func TestDemoServesEveryPage(t *testing.T) {
	base := demoServer(t)
	n := 0
	err := fs.WalkDir(riverton.Site(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".md") {
			return err
		}
		n++
		path := "/riverton/" + strings.TrimPrefix(riverton.URL(name), riverton.Address+"/")
		status, body, header := fetch(t, base+path)
		if status != http.StatusOK || header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Count(body, "<townclerk-chat>") != 1 {
			t.Errorf("%s: %d, %s", path, status, header)
		}
		if title := regexp.MustCompile(`<title>([^<]+)</title>`).FindStringSubmatch(body); title == nil || !strings.Contains(title[1], " ") {
			t.Errorf("%s has the title %q", path, title)
		}
		if strings.Contains(body, "{#") || strings.Contains(body, "last_reviewed:") {
			t.Errorf("%s shows its source", path)
		}
		for _, link := range regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(link[1], "/riverton/") && link[1] != "/" {
				t.Errorf("%s links to %s", path, link[1])
			}
		}
		return nil
	})
	if err != nil || n < 20 {
		t.Fatalf("%d pages, %v", n, err)
	}
}

func TestDemoMarkdown(t *testing.T) {
	_, body, _ := fetch(t, demoServer(t)+"/riverton/benefits/ayuda-con-facturas/")
	for _, want := range []string{`<html lang="es">`, "<title>Ayuda para pagar facturas – City of Riverton</title>", `<h2 id="que-paga">Qué paga el fondo</h2>`} {
		if !strings.Contains(body, want) {
			t.Errorf("lacks %s", want)
		}
	}
	for source, want := range map[string]string{
		"text without front matter":                     "<title>name – City",
		"---\ntitle: A <b> & \"c\"\n---\ntext":          "<title>A &lt;b&gt; &amp; &#34;c&#34; – City",
		"---\ntitle: T\n---\n<script>alert(1)</script>": "<!-- raw HTML omitted -->",
	} {
		page, err := markdownSite([]byte(source), "name")
		if err != nil || !strings.Contains(page, want) || !strings.Contains(page, "text") && !strings.Contains(page, "omitted") {
			t.Errorf("%q: %v\n%s", source, err, page)
		}
	}
}

func TestDemoServesNothingElse(t *testing.T) {
	base := demoServer(t)
	if status, body, _ := fetch(t, base+"/riverton/site.css"); status != http.StatusOK || !strings.Contains(body, "{") {
		t.Errorf("the style sheet: %d", status)
	}
	for _, path := range []string{
		"/riverton/nosuch", "/riverton/../questions.jsonl", "/riverton/%2e%2e/questions.jsonl", "/riverton/..%2f..%2fgo.mod", "/riverton/%2e%2e%2fquestions", "/riverton/a%00b",
		"/riverton/waste", "/riverton/waste/collection.html", "/riverton/..", "/riverton/%5c..%5cgo.mod", "/riverton/README", "/riverton/.", "/questions.jsonl",
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		u.Opaque = "//" + u.Host + path // as it stands, not cleaned
		resp, err := http.DefaultTransport.RoundTrip(&http.Request{Method: "GET", URL: u, Host: u.Host, Header: http.Header{}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusBadRequest && resp.StatusCode/100 != 3 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
