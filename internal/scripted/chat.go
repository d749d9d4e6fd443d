package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Behaviours of a model that writes, beside those that any request can meet. The
// first ones are about the stream, the others about what is written.
const (
	NoFinish    Behaviour = "no finish reason" // ends with the end mark alone
	NoMark      Behaviour = "no end mark"      // a finish reason, then the end of the body
	Length      Behaviour = "finish length"    // cut off at its limit, in the middle of the last sentence
	Filtered    Behaviour = "finish filter"
	CutStream   Behaviour = "cut stream"  // the connection breaks in the middle of the last sentence
	EndStream   Behaviour = "end stream"  // the body ends there, with nothing to say so
	Stall       Behaviour = "stall"       // nothing more comes after the first half
	Endless     Behaviour = "endless"     // the same sentence again and again
	LongLine    Behaviour = "long line"   // a line without end
	ErrorChunk  Behaviour = "error chunk" // an error object in the middle of the stream
	BadChunk    Behaviour = "bad chunk"   // something that is no JSON in the middle
	Silence     Behaviour = "silence"     // a whole reply without text
	Declines    Behaviour = "declines"    // says that the passages do not answer
	BrokenForm  Behaviour = "broken form" // talks, instead of the form that was asked for
	WrongNumber Behaviour = "wrong passage number"
	Invented    Behaviour = "invented quote"
	Altered     Behaviour = "altered number"
	DroppedNot  Behaviour = "dropped not"
	BadLink     Behaviour = "invented link"
	Unquoted    Behaviour = "no quote"
	Leaks       Behaviour = "leaked prompt"
	Promises    Behaviour = "promise"
	Markup      Behaviour = "markup"
)

// Writing returns the behaviours of a model that writes.
func Writing() []Behaviour {
	return []Behaviour{
		NoFinish, NoMark, Length, Filtered, CutStream, EndStream, Stall, Endless, LongLine, ErrorChunk, BadChunk, Silence,
		Declines, BrokenForm, WrongNumber, Invented, Altered, DroppedNot, BadLink, Unquoted, Leaks, Promises, Markup,
	}
}

// Claim is a sentence with its quote, as the server writes it.
type Claim struct {
	Passage         int
	Quote, Sentence string
}

var (
	numbered = regexp.MustCompile(`(?m)^Passage (\d+) \(.*\):\n([^\n]+)`)
	firstOne = regexp.MustCompile(`^.+?[.!?](?:\s|$)`)
	aNumber  = regexp.MustCompile(`\d+`)
	aNot     = regexp.MustCompile(`(?i)\b(?:not|no|never|unless)\b ?`)
)

// honest quotes the first sentence of each of the first passages.
func honest(user string) []Claim {
	var out []Claim
	for _, m := range numbered.FindAllStringSubmatch(user, 3) {
		n := len(out) + 1
		s := strings.TrimSpace(firstOne.FindString(m[2]))
		if s == "" {
			s = m[2]
		}
		out = append(out, Claim{n, s, s})
	}
	return out
}

// chat answers a request for a completion as a stream.
func (s *Server) chat(w http.ResponseWriter, r *http.Request, q Request) {
	claims := honest(q.User)
	if s.Claims != nil {
		claims = s.Claims(q)
	}
	claims = bend(q, claims)
	text := form(q, claims)
	out := sse{w: w, r: r, first: s.First, each: s.Each}
	w.Header().Set("Content-Type", "text/event-stream")
	switch q.Played {
	case Length, CutStream, EndStream, Stall:
		text = strings.TrimRight(text, "\n]} ")
		text = text[:len(text)-len(text)/8-1]
	case Endless:
		for out.open() {
			out.text(text)
		}
		return
	case LongLine:
		for out.open() {
			out.raw(strings.Repeat("x", 1<<16))
		}
		return
	case ErrorChunk, BadChunk:
		out.text(text[:len(text)/2])
		out.raw(map[Behaviour]string{
			ErrorChunk: "data: {\"error\": {\"message\": \"overloaded\"}}\n\n", BadChunk: "data: {\"choices\": 7\n\n",
		}[q.Played])
		return
	}
	out.text(text)
	finish := "stop"
	switch q.Played {
	case CutStream:
		panic(http.ErrAbortHandler)
	case EndStream:
		return
	case Stall:
		<-r.Context().Done()
		return
	case NoFinish:
		finish = ""
	case Length:
		finish = "length"
	case Filtered:
		finish = "content_filter"
	}
	if finish != "" {
		out.chunk(map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": finish}}})
	}
	out.chunk(map[string]any{"choices": []any{}, "usage": map[string]any{"total_tokens": len(strings.Fields(q.System+q.User+text)) * 4 / 3}})
	if q.Played != NoMark {
		out.raw("data: [DONE]\n\n")
	}
}

// bend plays the behaviours that are about what is written.
func bend(q Request, claims []Claim) []Claim {
	for i := range claims {
		c := &claims[i]
		switch q.Played {
		case WrongNumber:
			c.Passage += 90
		case Invented:
			c.Quote, c.Sentence = "The fee is waived for all.", "The fee is waived for all."
		case Altered:
			c.Sentence = aNumber.ReplaceAllString(c.Sentence, "7$0")
		case DroppedNot:
			c.Sentence = aNot.ReplaceAllString(c.Sentence, "")
		case BadLink:
			c.Sentence += " See https://pay.example.com/now."
		case Leaks:
			c.Sentence = q.System
		case Promises:
			c.Sentence = "I guarantee that you will get it."
		case Markup:
			c.Sentence = "<img src=https://spy.example.com/1.png> " + c.Sentence
		}
	}
	if q.Played == Silence || q.Played == Declines {
		return nil
	}
	return claims
}

// form writes the claims as the request wants them.
func form(q Request, claims []Claim) string {
	switch {
	case q.Played == Silence:
		return ""
	case q.Played == BrokenForm:
		return "Sure! Here is what I think: the fee is $5.\n{\"sentences\": \"none\"}\n"
	case q.Schema:
		return inJSON(q, claims)
	case len(claims) == 0:
		return "= NONE\n"
	}
	var b strings.Builder
	for _, c := range claims {
		if q.Played != Unquoted {
			fmt.Fprintf(&b, "[%d] %s\n", c.Passage, c.Quote)
		}
		fmt.Fprintf(&b, "= %s\n", strings.ReplaceAll(c.Sentence, "\n", " "))
	}
	return b.String()
}

func inJSON(q Request, claims []Claim) string {
	list := []map[string]any{}
	for _, c := range claims {
		quotes := []map[string]any{}
		if q.Played != Unquoted {
			quotes = append(quotes, map[string]any{"passage": c.Passage, "text": c.Quote})
		}
		list = append(list, map[string]any{"quotes": quotes, "sentence": c.Sentence})
	}
	data, _ := json.Marshal(map[string]any{"sentences": list})
	return string(data)
}

// sse writes a stream of chunks.
type sse struct {
	w           http.ResponseWriter
	r           *http.Request
	first, each time.Duration // before the first chunk of text, and before each other
	begun       bool
}

func (o *sse) open() bool { return o.r.Context().Err() == nil }

// text sends words one by one.
func (o *sse) text(s string) {
	for s != "" && o.open() {
		n := strings.IndexAny(s[1:], " \n") + 1
		if n == 0 {
			n = len(s)
		}
		o.pause()
		o.chunk(map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{"content": s[:n]}}}})
		s = s[n:]
	}
}

func (o *sse) pause() {
	d := o.each
	if !o.begun {
		d, o.begun = o.first, true
	}
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-o.r.Context().Done():
	}
}

func (o *sse) chunk(v any) {
	data, _ := json.Marshal(v)
	o.raw("data: " + string(data) + "\n\n")
}

func (o *sse) raw(s string) {
	fmt.Fprint(o.w, s)
	http.NewResponseController(o.w).Flush()
}
