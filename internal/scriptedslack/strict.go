package scriptedslack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Strict says what a message may hold that could ping or link. Whatever else does is a
// violation: <!…>, <@…>, <#…>, links, bare & < > in what is read as mrkdwn, a bare
// address that Slack would make a link, unfurling left on, link_names, metadata that
// are more than opaque identifiers, and what is over Slack's limits.
type Strict struct {
	// Allow is asked about what stands between < and >, such as
	// "https://www.example.gov/waste|Waste"; nil allows nothing.
	Allow func(inside string) bool
	// Opaque is what a value in metadata must match; nil: 1 to 80 of A-Z a-z 0-9 _ -.
	Opaque *regexp.Regexp
	// Violated is called with each violation, under the workspace's lock; nil: nobody
	// is told, and Violations has them.
	Violated func(string)
}

// Slack's limits, in characters and blocks.
const (
	maxText          = 40000
	maxMessageBlocks = 50
	maxViewBlocks    = 100
)

// Violations returns what was judged against Options.Strict so far.
func (w *Workspace) Violations() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.violations)
}

func (w *Workspace) violated(method string, problems []string) {
	for _, p := range problems {
		p = method + ": " + p
		w.violations = append(w.violations, p)
		if w.opt.Strict.Violated != nil {
			w.opt.Strict.Violated(p)
		}
	}
}

// judge judges a message before it is posted. The lock is held.
func (w *Workspace) judge(method string, a args, m *Message) {
	s := w.opt.Strict
	if s == nil {
		return
	}
	p := s.mrkdwn("text", m.Text, len(m.Blocks) > 0)
	if n := utf8.RuneCountInString(m.Text); n > maxText {
		p = append(p, fmt.Sprintf("text has %d characters", n))
	}
	if method == "chat.postMessage" {
		for _, flag := range []string{"unfurl_links", "unfurl_media"} {
			if a.Get(flag) != "false" && a.Get(flag) != "0" {
				p = append(p, flag+" is not false")
			}
		}
	}
	if a.bool("link_names") || a.Get("parse") == "full" {
		p = append(p, "link_names or parse makes links of names")
	}
	for _, other := range []string{"attachments", "markdown_text"} {
		if a.Get(other) != "" && a.Get(other) != "[]" && a.Get(other) != "null" {
			p = append(p, other+" is not looked at: use blocks")
		}
	}
	if m.Metadata != nil {
		p = append(p, s.opaque("metadata", m.Metadata.EventPayload)...)
	}
	p = append(p, overLimits(m.Blocks, maxMessageBlocks)...)
	w.violated(method, append(p, s.texts(m.Blocks)...))
}

func (w *Workspace) judgeView(method string, a args, v *View) {
	if s := w.opt.Strict; s != nil {
		w.violated(method, append(v.overLimits(), s.texts(v.Blocks)...))
	}
}

// mrkdwn says what a text could do as mrkdwn. Verbatim text makes no links of bare
// addresses.
func (s *Strict) mrkdwn(where, text string, verbatim bool) []string {
	var p []string
	left := angled().ReplaceAllStringFunc(text, func(token string) string {
		inside := token[1 : len(token)-1]
		if s.Allow == nil || !s.Allow(inside) {
			p = append(p, fmt.Sprintf("%s holds %q", where, token))
		}
		return ""
	})
	left = entities().ReplaceAllString(left, "")
	if strings.ContainsAny(left, "&<>") {
		p = append(p, fmt.Sprintf("%s holds & < or > that is not escaped: %q", where, cut(left)))
	}
	if !verbatim && strings.Contains(left, "://") {
		p = append(p, fmt.Sprintf("%s holds an address that becomes a link (verbatim is not true): %q", where, cut(left)))
	}
	return p
}

func angled() *regexp.Regexp   { return regexp.MustCompile(`<[^<>]*>`) }
func entities() *regexp.Regexp { return regexp.MustCompile(`&(amp|lt|gt);`) }

func cut(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// texts judges every text object of blocks.
func (s *Strict) texts(raw json.RawMessage) []string {
	var p []string
	walk(raw, func(o map[string]any) {
		text, isText := o["text"].(string)
		if o["type"] == "mrkdwn" && isText {
			verbatim, _ := o["verbatim"].(bool)
			p = append(p, s.mrkdwn("a text of the blocks", text, verbatim)...)
		}
	})
	return p
}

func (s *Strict) opaque(where string, v any) []string {
	re := s.Opaque
	if re == nil {
		re = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	}
	switch v := v.(type) {
	case map[string]any:
		var p []string
		for k, field := range v {
			p = append(p, s.opaque(where+"."+k, field)...)
		}
		return p
	case string:
		if re.MatchString(v) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is no opaque identifier: %v", where, v)}
}

// overLimits says which of Slack's limits blocks exceed.
func overLimits(raw json.RawMessage, most int) []string {
	var p []string
	if n := len(Parse(raw)); n > most {
		p = append(p, fmt.Sprintf("%d blocks, Slack takes %d", n, most))
	}
	walk(raw, func(o map[string]any) {
		kind, _ := o["type"].(string)
		for _, l := range limits() {
			if l.of != "" && l.of != kind || l.of == "" && l.field == "text" && kind != "mrkdwn" && kind != "plain_text" {
				continue
			}
			if n := length(o[l.field]); n > l.most {
				p = append(p, fmt.Sprintf("%s of a %s has %d, Slack takes %d", l.field, kind, n, l.most))
			}
		}
	})
	return p
}

type limit struct {
	of, field string
	most      int
}

func limits() []limit {
	return []limit{
		{"", "text", 3000}, {"", "block_id", 255}, {"", "action_id", 255},
		{"header", "text", 150}, {"section", "fields", 10}, {"context", "elements", 10}, {"actions", "elements", 25},
		{"button", "text", 75}, {"button", "value", 2000}, {"button", "url", 3000},
		{"static_select", "options", 100}, {"static_select", "placeholder", 150}, {"input", "label", 2000}, {"input", "hint", 2000},
	}
}

// length is that of a text, of a text object's text or of a list.
func length(v any) int {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v)
	case map[string]any:
		return length(v["text"])
	case []any:
		return len(v)
	}
	return 0
}

// overLimits says which of Slack's limits a view exceeds.
func (v *View) overLimits() []string {
	p := overLimits(v.Blocks, maxViewBlocks)
	for name, t := range map[string]*Text{"title": v.Title, "submit": v.Submit, "close": v.Close} {
		if t != nil && utf8.RuneCountInString(t.Text) > 24 {
			p = append(p, name+" of the view is over 24 characters")
		}
	}
	if v.Type == "modal" && (v.Title == nil || v.Title.Text == "") {
		p = append(p, "the view has no title")
	}
	if len(v.PrivateMetadata) > 3000 {
		p = append(p, "private_metadata is over 3,000 characters")
	}
	return p
}

// walk visits every object of a JSON text.
func walk(raw json.RawMessage, visit func(map[string]any)) {
	var v any
	if json.Unmarshal(raw, &v) == nil {
		walkValue(v, visit)
	}
}

func walkValue(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, field := range v {
			walkValue(field, visit)
		}
	case []any:
		for _, e := range v {
			walkValue(e, visit)
		}
	}
}
