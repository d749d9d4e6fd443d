package slackpage

import (
	"html"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"townclerk/internal/scriptedslack"
)

// shown is what the template shows.
type shown struct {
	User     scriptedslack.User
	Users    []scriptedslack.User
	Channels []scriptedslack.Channel
	Here     string // this page's path
	Problem  string
	Title    string
	Channel  *scriptedslack.Channel
	Thread   string // timestamp of the message whose thread is shown
	Messages []message
	Private  []message
	Dialogs  []view
	Home     *view
}

type message struct {
	scriptedslack.Message
	Who, Link string
	Own       bool
	Where     target
	Blocks    []block
}

type view struct {
	scriptedslack.View
	Where  target
	Blocks []block
}

// target is what a click is on.
type target struct{ As, Back, Channel, TS, View string }

type block struct {
	scriptedslack.Block
	Where target
	Error string
}

// placed is an element and where it stands.
type placed struct {
	E     scriptedslack.Element
	Where target
}

func pair(e scriptedslack.Element, at target) placed { return placed{e, at} }

func (p *page) channel(rw http.ResponseWriter, r *http.Request) {
	s, ok := p.shown(rw, r)
	if !ok {
		return
	}
	for _, c := range s.Channels {
		if c.ID == r.PathValue("id") {
			s.Channel = &c
		}
	}
	if s.Channel == nil {
		http.NotFound(rw, r)
		return
	}
	s.Title = "#" + s.Channel.Name
	list := p.slack.Messages(s.Channel.ID)
	if in := r.PathValue("message"); in != "" {
		s.Thread = timestamp(in)
		if list = p.slack.Thread(s.Channel.ID, s.Thread); len(list) == 0 {
			http.NotFound(rw, r)
			return
		}
		s.Title = "Thread in #" + s.Channel.Name
	}
	for _, m := range list {
		s.Messages = append(s.Messages, p.message(s, m))
	}
	for _, m := range p.slack.Private(s.User.ID, s.Channel.ID) {
		if m.ThreadTS == s.Thread {
			s.Private = append(s.Private, p.message(s, m))
		}
	}
	p.render(rw, s)
}

func (p *page) home(rw http.ResponseWriter, r *http.Request) {
	s, ok := p.shown(rw, r)
	if !ok {
		return
	}
	s.Title = "Townclerk"
	if v, ok := p.slack.Home(s.User.ID); ok {
		home := p.view(s, v)
		s.Home = &home
	}
	p.render(rw, s)
}

// shown is what every page shows; false where there is no such clerk.
func (p *page) shown(rw http.ResponseWriter, r *http.Request) (*shown, bool) {
	s := &shown{Users: p.slack.Users(), Channels: p.slack.Channels(), Here: r.URL.Path, Problem: r.URL.Query().Get("problem")}
	for _, u := range s.Users {
		if u.ID == r.PathValue("user") {
			s.User = u
		}
	}
	if s.User.ID == "" {
		http.NotFound(rw, r)
		return nil, false
	}
	for _, v := range p.slack.Views(s.User.ID) {
		s.Dialogs = append(s.Dialogs, p.view(s, v))
	}
	return s, true
}

func (p *page) render(rw http.ResponseWriter, s *shown) {
	var out strings.Builder
	if err := p.html.Execute(&out, s); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Write([]byte(out.String()))
}

func (p *page) message(s *shown, m scriptedslack.Message) message {
	at := target{As: s.User.ID, Back: s.Here, Channel: s.Channel.ID, TS: m.TS}
	out := message{Message: m, Who: p.name(m.User), Where: at, Own: m.User == s.User.ID,
		Link: "/as/" + s.User.ID + "/channel/" + s.Channel.ID + "/p" + strings.Replace(m.TS, ".", "", 1)}
	for _, b := range scriptedslack.Parse(m.Blocks) {
		out.Blocks = append(out.Blocks, block{Block: b, Where: at})
	}
	return out
}

func (p *page) view(s *shown, v scriptedslack.View) view {
	at := target{As: s.User.ID, Back: s.Here, View: v.ID}
	out := view{View: v, Where: at}
	for _, b := range scriptedslack.Parse(v.Blocks) {
		out.Blocks = append(out.Blocks, block{b, at, v.Errors[b.BlockID]})
	}
	return out
}

func (p *page) name(user string) string {
	if user == scriptedslack.BotUser {
		return "Townclerk"
	}
	for _, u := range p.slack.Users() {
		if u.ID == user {
			return u.RealName
		}
	}
	return user
}

// timestamp is the timestamp in a permalink's p1700000000000100.
func timestamp(p string) string {
	digits := strings.TrimPrefix(p, "p")
	if len(digits) <= 6 {
		return ""
	}
	return digits[:len(digits)-6] + "." + digits[len(digits)-6:]
}

func clock(ts string) string {
	f, err := strconv.ParseFloat(ts, 64)
	if err != nil {
		return ""
	}
	return time.Unix(int64(f), 0).Format("15:04")
}

// mrkdwn is a text of Slack's as HTML: links, mentions, bold and code.
func (p *page) mrkdwn(text string) template.HTML {
	var out strings.Builder
	for text != "" {
		from := strings.IndexByte(text, '<')
		to := strings.IndexByte(text, '>')
		if from < 0 || to < from {
			break
		}
		out.WriteString(plain(text[:from]))
		out.WriteString(p.token(text[from+1 : to]))
		text = text[to+1:]
	}
	out.WriteString(plain(text))
	return template.HTML(out.String())
}

// token is what stands between < and >.
func (p *page) token(inside string) string {
	to, label, labelled := strings.Cut(inside, "|")
	if !labelled {
		label = to
	}
	label = html.EscapeString(html.UnescapeString(label))
	switch u, err := url.Parse(to); {
	case strings.HasPrefix(to, "@"):
		return "<b class=ping>@" + html.EscapeString(p.name(to[1:])) + "</b>"
	case strings.HasPrefix(to, "!"), strings.HasPrefix(to, "#"):
		return "<b class=ping>" + label + "</b>"
	case err == nil && (u.Scheme == "http" || u.Scheme == "https"):
		return `<a href="` + html.EscapeString(to) + `" rel=noreferrer>` + label + "</a>"
	}
	return html.EscapeString("<" + inside + ">")
}

// plain is text between tokens.
func plain(s string) string {
	s = html.EscapeString(html.UnescapeString(s))
	s = regexp.MustCompile("`([^`\n]+)`").ReplaceAllString(s, "<code>$1</code>")
	return regexp.MustCompile(`(^|[\s(])\*([^*\n]+)\*`).ReplaceAllString(s, "$1<strong>$2</strong>")
}
