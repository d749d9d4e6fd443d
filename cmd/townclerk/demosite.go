package main

import (
	"bytes"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"

	"townclerk/evals/datasets/riverton"
)

// withSite serves Riverton's pages under /riverton/ beside the chat.
func withSite(chat http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", chat)
	mux.HandleFunc("GET /riverton/{path...}", sampleSite)
	return mux
}

// sampleSite serves a page of the sample with the widget on it.
func sampleSite(w http.ResponseWriter, r *http.Request) {
	name := strings.Trim(r.PathValue("path"), "/")
	site := riverton.Site()
	if name == "site.css" {
		http.ServeFileFS(w, r, site, "site.css")
		return
	}
	page, err := samplePage(site, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, page)
}

const widget = `<script src="/widget.js" async></script><townclerk-chat><a href="/">Ask a question</a></townclerk-chat>`

// samplePage returns a page as HTML, links between pages turned to where the
// sample is served.
func samplePage(site fs.FS, name string) (string, error) {
	if name == "" {
		name = "index"
	}
	if html, err := fs.ReadFile(site, name+".html"); err == nil {
		return strings.Replace(linked(string(html)), "</body>", widget+"</body>", 1), nil
	}
	source, err := fs.ReadFile(site, path.Clean(name)+".md")
	if err != nil {
		return "", err
	}
	return markdownSite(source, path.Base(name))
}

// linked turns links between pages to where the sample is served.
func linked(html string) string {
	return strings.NewReplacer(`href="/riverton/`, `href="/riverton/`, `href="/`, `href="/riverton/`).Replace(html)
}

// markdownSite returns a Markdown page as HTML, under the title that its front
// matter gives.
func markdownSite(source []byte, name string) (string, error) {
	said := struct{ Title, Lang string }{Title: name, Lang: "en"}
	body := source
	if rest, ok := bytes.CutPrefix(source, []byte("---\n")); ok {
		if head, after, ok := bytes.Cut(rest, []byte("\n---\n")); ok {
			if err := yaml.Unmarshal(head, &said); err != nil {
				return "", err
			}
			body = after
		}
	}
	var out, page bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.DefinitionList),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithAttribute()))
	if err := md.Convert(body, &out); err != nil {
		return "", err
	}
	err := markdownPage.Execute(&page, map[string]any{"Title": said.Title, "Lang": said.Lang,
		"Content": template.HTML(linked(out.String())), "Widget": template.HTML(widget)})
	return page.String(), err
}

var markdownPage = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} – City of Riverton</title><link rel="stylesheet" href="/riverton/site.css"></head>
<body><header><a href="/riverton/">City of Riverton</a></header><main>{{.Content}}</main>{{.Widget}}</body></html>`))
