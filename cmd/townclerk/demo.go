package main

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/knowledge/ingest"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" help:"Address to listen at."`
	Keep   string `type:"path" help:"Folder to keep the database in. Without it everything is forgotten at the end."`
}

func (cmd *demoCmd) Run(ctx context.Context, _ *Globals) error {
	c := demoConfig()
	c.Web.Listen = cmd.Listen
	c.Data = cmd.Keep
	if c.Data == "" {
		dir, err := os.MkdirTemp("", "townclerk-demo-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.Data = dir
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.ingest(ctx, riverton.Pages{}, ingest.Options{}, os.Stdout); err != nil {
		return err
	}
	chat, err := h.handler()
	if err != nil {
		return err
	}
	fmt.Printf("Riverton's web site, with the widget on every page, is at http://%s/riverton/\n", c.Web.Listen)
	return h.serve(ctx, c.Web.Listen, withSite(chat), os.Stdout)
}

func demoConfig() config {
	c := defaults()
	c.Agency = agencyConfig{
		Name: "City of Riverton", Language: "en",
		Contact: bot.Contact{
			Name: "Riverton City Hall, information desk", Phone: "(555) 555-0100", Email: "info@riverton.example.gov",
			Hours: "Monday to Friday, 8:30 a.m. to 5 p.m.",
		},
	}
	c.Web.LiveLinks = map[string]string{riverton.Address + "/": "/riverton/"}
	c.Web.Examples = []string{
		"How do I get rid of an old couch?",
		"How much is a residential parking permit?",
		"When is the library open on Saturday?",
	}
	c.hash = "demo"
	return c
}

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
		page := strings.NewReplacer(`href="/riverton/`, `href="/riverton/`, `href="/`, `href="/riverton/`).Replace(string(html))
		return strings.Replace(page, "</body>", widget+"</body>", 1), nil
	}
	source, err := fs.ReadFile(site, path.Clean(name)+".md")
	if err != nil {
		return "", err
	}
	_, body, _ := bytes.Cut(bytes.TrimPrefix(source, []byte("---\n")), []byte("\n---\n"))
	var out bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert(body, &out); err != nil {
		return "", err
	}
	content := strings.ReplaceAll(out.String(), `href="/`, `href="/riverton/`)
	var page bytes.Buffer
	err = markdownPage.Execute(&page, map[string]any{"Title": path.Base(name), "Content": template.HTML(content), "Widget": template.HTML(widget)})
	return page.String(), err
}

var markdownPage = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} – City of Riverton</title><link rel="stylesheet" href="/riverton/site.css"></head>
<body><header><a href="/riverton/">City of Riverton</a></header><main>{{.Content}}</main>{{.Widget}}</body></html>`))
