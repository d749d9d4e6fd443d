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
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"townclerk/knowledge"
)

// ParserVersion is part of every version's identifier. It changes whenever the
// same bytes would give another text, other blocks or another source.
const ParserVersion = "html/4"

// Errors that say why a file gives no version.
var (
	ErrType   = errors.New("not a supported type (HTML or Markdown)")
	ErrBinary = errors.New("holds binary data, not text")
	ErrEmpty  = errors.New("has no text to search")
	ErrNested = errors.New("elements are nested too deeply to be read")
	ErrGrows  = errors.New("is written so that reading it would take too much memory or time")
	errPanic  = errors.New("cannot be read: the parser gave up") // a bug of a parser that we use
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
	// Cut names how the version will be cut into passages. It is part of the
	// version's identifier, so that a version's passages never change.
	Cut string
}

// meta is what a page says about itself; empty fields were not said.
type meta struct {
	url, title, description, language, department string
	reviewed, reviewBy, ends                      string
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
	return knowledge.NewVersionID(raw.Data, ParserVersion, format(raw.Name), raw.URL, raw.Department, raw.Language, path.Base(raw.Name), raw.Cut)
}

// Parse reads a page. The same Raw gives the same version. An error says what is
// wrong with the page, without its name.
func Parse(raw Raw) (v knowledge.Version, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = knowledge.Version{}, fmt.Errorf("%w (%v)", errPanic, p)
		}
	}()
	said, b, err := read(raw)
	if err != nil {
		return knowledge.Version{}, err
	}
	url := canonicalURL(said.url, raw.URL)
	text, blocks := b.finish()
	if !hasContent(blocks) {
		return knowledge.Version{}, ErrEmpty
	}
	heading := firstHeading(text, blocks)
	return knowledge.Version{
		ID: ID(raw),
		Source: knowledge.Source{
			Document:    knowledge.DocumentID(url),
			URL:         url,
			Title:       firstOf(withoutSite(said.title, heading), heading, cleanLine(path.Base(raw.Name), maxTitle)),
			Description: said.description,
			Language:    firstOf(primarySubtag(said.language), raw.Language, "en"),
			Department:  firstOf(said.department, raw.Department),
			Reviewed:    parseDate(said.reviewed),
			ReviewBy:    parseDate(said.reviewBy),
			Ends:        parseDate(said.ends),
		},
		Text:   text,
		Blocks: blocks,
	}, nil
}

func read(raw Raw) (meta, *builder, error) {
	switch f := format(raw.Name); {
	case f == "":
		return meta{}, nil, ErrType
	case binary(raw.Data):
		return meta{}, nil, ErrBinary
	case f == "markdown":
		data, err := decode(raw.Data, nil)
		if err != nil {
			return meta{}, nil, fmt.Errorf("character encoding: %w", err)
		}
		return markdown(data)
	}
	declared, err := declaredEncoding(raw.Data)
	if err != nil {
		return meta{}, nil, err
	}
	data, err := decode(raw.Data, declared)
	if err != nil {
		return meta{}, nil, fmt.Errorf("character encoding: %w", err)
	}
	return htmlPage(data)
}

func hasContent(blocks []knowledge.Block) bool {
	for _, b := range blocks {
		if b.Kind != knowledge.Heading {
			return true
		}
	}
	return false
}

// withoutSite takes the site's name off a title that begins with the page's
// heading: "Parking permits | City of Example".
func withoutSite(title, heading string) string {
	rest, ok := strings.CutPrefix(title, heading)
	if ok && heading != "" && strings.HasPrefix(rest, " ") && strings.ContainsAny(strings.Fields(rest + " x")[0], "|-–—·»:") {
		return heading
	}
	return title
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
	tag, _, _ = strings.Cut(tag, "_")
	if len(tag) < 2 || len(tag) > 3 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return tag
}

// dateLayouts are the date forms that pages carry.
var dateLayouts = []string{
	time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04",
	"2 January 2006", "January 2, 2006", "2 Jan 2006", "Jan 2, 2006",
}

// parseDate returns the day that s names, at midnight UTC; the zero time where
// it names none.
func parseDate(s string) time.Time {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		}
	}
	return time.Time{}
}
