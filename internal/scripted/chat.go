package scripted

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// chat answers a request for a completion as a stream.
func (s *Server) chat(w http.ResponseWriter, r *http.Request, q Request) {
	claims := Firsts(q)
	if s.Claims != nil {
		claims = s.Claims(q)
	}
	text := form(q, s.written(q, claims))
	out := sse{server: s, w: w, r: r, q: q}
	w.Header().Set("Content-Type", "text/event-stream")
	switch q.Played {
	case Length, CutStream, Reset, EndStream, Stall, ErrorChunk, BadChunk:
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
	}
	out.text(text)
	if out.breaks() {
		return
	}
	out.finish(text)
}

// written is what the behaviour makes of the claims; it is kept.
func (s *Server) written(q Request, claims []Claim) []Claim {
	var out []Claim
	switch q.Played {
	case Silence, Blank, Declines, Refuses, BrokenForm, RefusalField, ToolCall:
		return nil
	}
	for i := range claims {
		c := q.Played.Bend(q, claims, i)
		switch q.Played {
		case Connects:
			if i == 0 {
				out = append(out, Claim{Sentence: c.Sentence})
			}
			continue
		case Repeats:
			out = append(out, c, c)
		case Unquoted:
			c.Quote, c.Also, c.False = "", "", true // nothing holds it
		}
		out = append(out, c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, out...)
	return out
}

// sse writes a stream of chunks.
type sse struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	q      Request
	begun  bool
}

func (o *sse) open() bool { return o.r.Context().Err() == nil }

// text sends words one by one, or the pieces that Server.Split makes.
func (o *sse) text(s string) {
	for _, piece := range o.server.split(s) {
		if !o.open() {
			return
		}
		o.pause()
		o.delta(map[string]any{"content": piece}, nil)
		if o.server.Sent != nil {
			o.server.Sent(o.q, piece)
		}
	}
}

// split parts a text after each blank and line break.
func (s *Server) split(text string) []string {
	if s.Split != nil {
		return s.Split(text)
	}
	return strings.FieldsFunc(strings.NewReplacer(" ", " \x00", "\n", "\n\x00").Replace(text), func(r rune) bool { return r == 0 })
}

func (o *sse) pause() {
	d := o.server.Each
	if !o.begun {
		d, o.begun = o.server.First, true
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

// breaks plays the behaviours that leave the stream without an end.
func (o *sse) breaks() bool {
	switch o.q.Played {
	case CutStream:
		panic(http.ErrAbortHandler)
	case EndStream:
		return true
	case ErrorChunk:
		o.raw("data: {\"error\": {\"message\": \"overloaded\"}}\n\n")
		return true
	case BadChunk:
		o.raw("data: {\"choices\": 7\n\n")
		return true
	case Stall:
		<-o.r.Context().Done()
		return true
	case Reset:
		if conn, _, err := http.NewResponseController(o.w).Hijack(); err == nil {
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
		return true
	}
	return false
}

// finish says why the model ended, and what was used.
func (o *sse) finish(text string) {
	reason := map[Behaviour]string{NoFinish: "", Length: "length", Filtered: "content_filter", ToolCall: "tool_calls"}
	why, other := reason[o.q.Played]
	switch o.q.Played {
	case RefusalField:
		o.delta(map[string]any{"refusal": "I'm sorry, but I can't help with that."}, nil)
	case ToolCall:
		o.delta(map[string]any{"tool_calls": []any{map[string]any{"index": 0, "id": "1", "type": "function",
			"function": map[string]any{"name": "send_mail", "arguments": `{"to":"spy@pay.example.com"}`}}}}, nil)
	}
	if !other {
		why = "stop"
	}
	if why != "" {
		o.delta(map[string]any{}, why)
	}
	if o.q.Played != NoUsage {
		o.chunk(map[string]any{"choices": []any{}, "usage": map[string]any{"total_tokens": len(strings.Fields(o.q.System+o.q.User+text)) * 4 / 3}})
	}
	if o.q.Played != NoMark {
		o.raw("data: [DONE]\n\n")
	}
}

// delta sends a piece of the first choice, with what the behaviour has around it.
func (o *sse) delta(d map[string]any, finish any) {
	choices := []any{map[string]any{"index": 0, "delta": d, "finish_reason": finish}}
	model := o.q.Model
	switch o.q.Played {
	case SecondChoice:
		choices = append(choices, map[string]any{"index": 1, "delta": map[string]any{"content": "= The fee is waived for all.\n"}})
	case OtherModel:
		model = "another-model"
	case Noise:
		o.raw(": ping\n\nevent: rubbish\nid: 7\nretry: 1\n\n%$#\n\n")
	}
	o.chunk(map[string]any{"id": "1", "object": "chat.completion.chunk", "model": model, "choices": choices})
}

func (o *sse) chunk(v any) {
	data, _ := json.Marshal(v)
	text := "data: " + string(data) + "\n\n"
	if o.q.Played == BadBytes { // the encoder would not write them
		text = strings.ReplaceAll(text, `\ufffd`, "\xff")
	}
	o.raw(text)
}

func (o *sse) raw(s string) {
	fmt.Fprint(o.w, s)
	http.NewResponseController(o.w).Flush()
}
