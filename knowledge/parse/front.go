package parse

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	yamlparser "github.com/goccy/go-yaml/parser"
)

// Limits of a front matter block: what stands at the head of a real page has a
// few hundred bytes and next to no nesting.
const (
	maxFront        = 64 << 10
	maxFrontNesting = 100
)

// frontMatter splits a leading YAML block between lines of three dashes from
// the rest. A page without one has none.
func frontMatter(data []byte) (meta, []byte, error) {
	line, rest, ok := bytes.Cut(data, []byte("\n"))
	if !ok || string(bytes.TrimRight(line, " \t")) != "---" {
		return meta{}, data, nil
	}
	head, body, ok := cutLine(rest)
	if !ok {
		return meta{}, data, nil
	}
	fields, err := frontFields(head)
	if err != nil {
		return meta{}, nil, fmt.Errorf("front matter: %w", err)
	}
	get := func(names ...string) string {
		for _, n := range names {
			if v := scalar(fields[n]); v != "" {
				return v
			}
		}
		return ""
	}
	return meta{
		url:         get("url", "canonical", "canonical_url"),
		title:       cleanLine(get("title"), maxTitle),
		description: cleanLine(get("description", "summary"), maxDescription),
		language:    get("lang", "language"),
		department:  cleanLine(get("department", "owner"), maxTitle),
		reviewed:    get("last_reviewed", "last-reviewed", "reviewed", "lastmod", "date"),
		reviewBy:    get("review_by", "review-by", "review_date", "next_review", "next-review"),
		ends:        get("expires", "expiryDate", "expiry_date", "valid_until", "end_date"),
	}, body, nil
}

// cutLine cuts data around the first line of three dashes or dots.
func cutLine(data []byte) (head, body []byte, ok bool) {
	for at := 0; at < len(data); {
		line, rest, _ := bytes.Cut(data[at:], []byte("\n"))
		if s := string(bytes.TrimRight(line, " \t")); s == "---" || s == "..." {
			return data[:at], rest, true
		}
		at = len(data) - len(rest)
	}
	return nil, nil, false
}

// frontFields decodes the block. Aliases are refused: a few of them make a
// value of any size.
func frontFields(head []byte) (map[string]any, error) {
	if len(head) > maxFront || bytes.Count(head, []byte("["))+bytes.Count(head, []byte("{")) > maxFrontNesting {
		return nil, ErrGrows
	}
	for line := range bytes.Lines(head) {
		if bytes.Count(line, []byte("- ")) > maxFrontNesting {
			return nil, ErrGrows
		}
	}
	file, err := yamlparser.ParseBytes(head, 0)
	if err != nil {
		return nil, errors.New(yaml.FormatError(err, false, false))
	}
	var found aliases
	for _, doc := range file.Docs {
		if doc.Body != nil {
			ast.Walk(&found, doc.Body)
		}
	}
	if found {
		return nil, errors.New("has YAML aliases, which are not supported")
	}
	fields := map[string]any{}
	if err := yaml.Unmarshal(head, &fields); err != nil {
		return nil, errors.New(yaml.FormatError(err, false, false))
	}
	return fields, nil
}

// aliases is set when a node of the kind is visited.
type aliases bool

func (a *aliases) Visit(n ast.Node) ast.Visitor {
	if n.Type() == ast.AliasType {
		*a = true
	}
	return a
}

// scalar returns a field's value as text; lists and the like have none.
func scalar(v any) string {
	switch v := v.(type) {
	case nil, []any, map[string]any:
		return ""
	case time.Time:
		return v.Format(time.DateOnly)
	default:
		return strings.TrimSpace(fmt.Sprint(v))
	}
}
