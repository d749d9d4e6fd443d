// Package form is what goes to Slack and comes from there, without the way between: texts
// of outside that can neither ping nor link nor format, the messages and dialogs that are
// made of them, and the letters that come in.
package form

import (
	"cmp"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"

	api "github.com/slack-go/slack"
)

// Slack's limits, less something, in its units.
const (
	maxText   = 2900 // of a text of a block
	maxHeader = 150
	maxLabel  = 75 // of a button or a choice
	maxField  = 3000
)

const (
	more  = "… (whole text in the inbox)"
	empty = "(no text)"
)

// Plain is a text of outside as a plain text of a block: without controls, invisible
// characters and those that turn the direction of writing, and no longer than n.
func Plain(text string, n int) *api.TextBlockObject {
	text = Cut(Clean(text), n)
	if strings.TrimSpace(text) == "" {
		text = empty
	}
	return api.NewTextBlockObject(api.PlainTextType, text, false, false)
}

func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\u200c', r == '\u200d': // the last two join letters of some scripts
			return r
		case r == '\u2028', r == '\u2029', r == '\r':
			return '\n'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD"))
}

// Cut shortens a text to n units of UTF-16, and says so.
func Cut(text string, n int) string {
	note, size, at := more, 0, 0
	if n < 2*len(more) {
		note = "…"
	}
	room := n - len(utf16.Encode([]rune(note)))
	for i, r := range text {
		if size <= room {
			at = i
		}
		if size += utf16.RuneLen(r); size > n {
			return text[:at] + note
		}
	}
	return text
}

// link is a link to a page; nil where its address is none of the web.
func link(address string) *api.TextBlockObject {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil
	}
	safe := strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(u.String())
	if len(safe) > maxText/2 || strings.ContainsFunc(safe, func(r rune) bool { return r <= ' ' || unicode.Is(unicode.Cf, r) }) {
		return nil
	}
	host := strings.NewReplacer("&", "", "<", "", ">", "", "|", "").Replace(Clean(u.Hostname()))
	return api.NewTextBlockObject(api.MarkdownType, "<"+safe+"|"+"Open the page at "+host+">", false, true)
}

// unescape undoes what Slack does to & < > of a message.
func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// Spoken is a message of Slack as plain text: who and what it names by their names,
// links with their addresses. Name names a user.
func Spoken(text string, name func(user string) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "<")
		b.WriteString(unescape(before))
		if !ok {
			return strings.TrimSpace(Clean(b.String()))
		}
		inside, after, ok := strings.Cut(rest, ">")
		if !ok {
			b.WriteString(unescape("<" + rest))
			return strings.TrimSpace(Clean(b.String()))
		}
		b.WriteString(unescape(named(inside, name)))
		text = after
	}
}

// named is what stands between < and >, in words.
func named(inside string, name func(user string) string) string {
	target, label, _ := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		return name(target[1:])
	case strings.HasPrefix(target, "#"):
		return "#" + strings.TrimPrefix(cmp.Or(label, "channel"), "#")
	case strings.HasPrefix(target, "!date"):
		return label
	case strings.HasPrefix(target, "!"):
		return cmp.Or(label, "everyone")
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
	if label == "" || label == bare || label == target {
		return bare
	}
	return label + " (" + bare + ")"
}

// Escaped is a text as Slack writes it in messages.
func Escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
