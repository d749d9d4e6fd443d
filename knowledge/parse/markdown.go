package parse

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
)

// markdown reads front matter and renders the rest to HTML (GitHub's tables,
// definition lists, heading identifiers given or made; embedded HTML is parsed
// like any other, so what is hidden in it stays hidden). data is UTF-8.
func markdown(data []byte) (meta, *builder, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	said, body, err := frontMatter(data)
	if err != nil {
		return meta{}, nil, err
	}
	if err := explodes(body); err != nil {
		return meta{}, nil, err
	}
	md := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.DefinitionList),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithAttribute()),
		goldmark.WithRendererOptions(html.WithUnsafe()),
	)
	var page bytes.Buffer
	if err := md.Convert(body, &page); err != nil {
		return meta{}, nil, fmt.Errorf("markdown: %w", err)
	}
	_, b, err := htmlPage(page.Bytes())
	return said, b, err
}
