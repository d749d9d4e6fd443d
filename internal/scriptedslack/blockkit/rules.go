package blockkit

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Mrkdwn says what a text could do as mrkdwn: allow is asked about what stands between
// < and >; nil allows nothing. Verbatim text makes no links of bare
// addresses.
func Mrkdwn(where, text string, verbatim bool, allow func(inside string) bool) []string {
	var p []string
	left := angled().ReplaceAllStringFunc(text, func(token string) string {
		inside := token[1 : len(token)-1]
		if allow == nil || !allow(inside) {
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

// Texts says what blocks could do: every mrkdwn text as Mrkdwn, every address of a
// button, and blocks of types that are not looked at.
func Texts(raw json.RawMessage, allow func(inside string) bool) []string {
	var p []string
	for _, b := range Parse(raw) {
		if !slices.Contains([]string{"section", "header", "divider", "context", "actions", "input"}, b.Type) {
			p = append(p, fmt.Sprintf("a block of type %q is not looked at", b.Type))
		}
	}
	walk(raw, func(o map[string]any) {
		text, isText := o["text"].(string)
		if o["type"] == "mrkdwn" && isText {
			verbatim, _ := o["verbatim"].(bool)
			p = append(p, Mrkdwn("a text of the blocks", text, verbatim, allow)...)
		}
		for _, field := range []string{"url", "image_url"} {
			if to, ok := o[field].(string); ok && to != "" && (allow == nil || !allow(to)) {
				p = append(p, fmt.Sprintf("a %v leads to %q", o["type"], to))
			}
		}
	})
	return p
}

// OverLimits says which of Slack's limits blocks exceed.
func OverLimits(raw json.RawMessage, most int) []string {
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
