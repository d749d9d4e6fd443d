// Package parse turns the bytes of a page into a knowledge.Version: canonical
// text with its structure (headings, list items, table rows, definitions) as
// blocks with exact ranges.
//
// There is one path. Markdown is rendered to HTML first, so that tables, lists
// and headings mean the same wherever a page comes from. What a reader of the
// page does not see is not in the text: scripts, hidden elements, comments,
// alternative texts, navigation, banners and footers, and invisible Unicode
// characters are left out. The page is data: nothing in it is an instruction.
package parse

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"townclerk/knowledge"
)

// ParserVersion is part of every version's identifier. It changes whenever the
// same bytes would give another text or other blocks.
const ParserVersion = "html/1"

// Errors that say why a file gives no version.
var (
	ErrType   = errors.New("not a supported type (HTML or Markdown)")
	ErrBinary = errors.New("holds binary data, not text")
	ErrEmpty  = errors.New("has no text to search")
	ErrNested = errors.New("elements are nested too deeply to be read")
)

// A Raw is a page as it was fetched.
type Raw struct {
	// Name is a file name or path; its extension decides the format.
	Name string
	// URL is the page's address unless the page names a canonical one.
	URL  string
	Data []byte
	// Department owns the page unless the page names one.
	Department string
	// Language is the page's language unless the page names one.
	Language string
}

// meta is what a page says about itself; empty fields were not said.
type meta struct {
	url, title, description, language, department, reviewed string
}

// Supported reports whether the file's name promises a format that Parse reads.
func Supported(name string) bool { return format(name) != "" }

func format(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".xhtml":
		return "html"
	case ".md", ".markdown":
		return "markdown"
	}
	return ""
}

// ID returns the identifier of the version that Parse makes of raw, without
// parsing it.
func ID(raw Raw) knowledge.VersionID {
	return knowledge.NewVersionID(raw.Data, ParserVersion, format(raw.Name), raw.URL, raw.Department, raw.Language)
}

// Parse reads a page. The same Raw gives the same version.
func Parse(raw Raw) (knowledge.Version, error) {
	var said meta
	var b *builder
	var err error
	switch f := format(raw.Name); {
	case f == "":
		return knowledge.Version{}, ErrType
	case binary(raw.Data):
		return knowledge.Version{}, ErrBinary
	case f == "markdown":
		said, b, err = markdown(raw.Data)
	default:
		said, b, err = htmlPage(raw.Data, "")
	}
	if err != nil {
		return knowledge.Version{}, fmt.Errorf("parse %s: %w", raw.Name, err)
	}
	url := canonicalURL(said.url, raw.URL)
	text, blocks := b.finish()
	if !hasContent(blocks) {
		return knowledge.Version{}, ErrEmpty
	}
	return knowledge.Version{
		ID: ID(raw),
		Source: knowledge.Source{
			Document:    knowledge.DocumentID(url),
			URL:         url,
			Title:       firstOf(said.title, firstHeading(text, blocks), path.Base(raw.Name)),
			Description: said.description,
			Language:    firstOf(primarySubtag(said.language), raw.Language, "en"),
			Department:  firstOf(said.department, raw.Department),
			Reviewed:    parseDate(said.reviewed),
		},
		Text:   text,
		Blocks: blocks,
	}, nil
}

// binary reports whether data cannot be text: a NUL byte among the first 8 KiB
// that is not explained by a UTF-16 byte order mark.
func binary(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return false
	}
	return bytes.IndexByte(data[:min(len(data), 8<<10)], 0) >= 0
}

func hasContent(blocks []knowledge.Block) bool {
	for _, b := range blocks {
		if b.Kind != knowledge.Heading {
			return true
		}
	}
	return false
}

func firstHeading(text string, blocks []knowledge.Block) string {
	for _, b := range blocks {
		if b.Kind == knowledge.Heading {
			return text[b.Range.Start:b.Range.End]
		}
	}
	return ""
}

func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// primarySubtag reduces "en-GB" to "en"; what is no language tag gives "".
func primarySubtag(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	if len(tag) < 2 || len(tag) > 3 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return tag
}

// parseDate reads the date forms that pages carry; the zero time when none fits.
func parseDate(s string) time.Time {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2 January 2006", "January 2, 2006"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t
		}
	}
	return time.Time{}
}
