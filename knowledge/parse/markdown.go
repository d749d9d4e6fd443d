package parse

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
)

// markdown reads front matter and renders the rest to HTML (GitHub's tables,
// definition lists, heading identifiers; embedded HTML is parsed like any
// other, so what is hidden in it stays hidden).
func markdown(data []byte) (meta, *builder, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = bytes.ToValidUTF8(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte(string(utf8.RuneError)))
	said, body, err := frontMatter(data)
	if err != nil {
		return meta{}, nil, err
	}
	md := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.DefinitionList),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(html.WithUnsafe()),
	)
	var page bytes.Buffer
	if err := md.Convert(body, &page); err != nil {
		return meta{}, nil, fmt.Errorf("markdown: %w", err)
	}
	_, b, err := htmlPage(page.Bytes(), "utf-8")
	return said, b, err
}

// frontMatter splits a leading YAML block between lines of three dashes from
// the rest. A page without one has none.
func frontMatter(data []byte) (meta, []byte, error) {
	rest, ok := bytes.CutPrefix(data, []byte("---\n"))
	if !ok {
		return meta{}, data, nil
	}
	head, body, ok := bytes.Cut(rest, []byte("\n---\n"))
	if !ok {
		if head, ok = bytes.CutSuffix(rest, []byte("\n---")); !ok {
			return meta{}, data, nil
		}
	}
	var fields map[string]any
	if err := yaml.Unmarshal(head, &fields); err != nil {
		return meta{}, nil, fmt.Errorf("front matter: %s", yaml.FormatError(err, false, false))
	}
	get := func(names ...string) string {
		for _, n := range names {
			if v, ok := fields[n]; ok && v != nil {
				return strings.TrimSpace(fmt.Sprint(v))
			}
		}
		return ""
	}
	return meta{
		url:         get("url", "canonical", "canonical_url"),
		title:       clean(get("title")),
		description: clean(get("description", "summary")),
		language:    get("lang", "language"),
		department:  clean(get("department", "owner")),
		reviewed:    get("last_reviewed", "last-reviewed", "reviewed", "lastmod", "date"),
	}, body, nil
}
