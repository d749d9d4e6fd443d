package scriptedslack

import (
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"townclerk/internal/scriptedslack/blockkit"
)

// Strict says what a message may hold that could ping or link. Whatever else does is a
// violation: <!…>, <@…>, <#…>, links, bare & < > in what is read as mrkdwn, a bare
// address that Slack would make a link, a button to an address, blocks other than
// section, header, divider, context, actions and input, unfurling left on, link_names,
// metadata that are more than opaque identifiers, and what is over Slack's limits.
type Strict struct {
	// Allow is asked about what stands between < and >, such as
	// "https://www.example.gov/waste|Waste", and about a button's address; nil allows
	// nothing.
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
	p := blockkit.Mrkdwn("text", m.Text, len(m.Blocks) > 0, s.Allow)
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
	p = append(p, blockkit.OverLimits(m.Blocks, maxMessageBlocks)...)
	w.violated(method, append(p, blockkit.Texts(m.Blocks, s.Allow)...))
}

func (w *Workspace) judgeView(method string, a args, v *View) {
	if s := w.opt.Strict; s != nil {
		w.violated(method, append(v.overLimits(), blockkit.Texts(v.Blocks, s.Allow)...))
	}
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

// overLimits says which of Slack's limits a view exceeds.
func (v *View) overLimits() []string {
	p := blockkit.OverLimits(v.Blocks, maxViewBlocks)
	for name, t := range map[string]*blockkit.Text{"title": v.Title, "submit": v.Submit, "close": v.Close} {
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
