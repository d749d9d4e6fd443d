package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// plain is what is written for who asks for nothing in particular: forty words.
const plain = "Residents pay the fee at the office or online, and bring proof of address; the permit is valid from the day on " +
	"which it was sent, and whoever was refused can appeal by writing to the board within thirty days."

type completionRequest struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
}

var numbered = regexp.MustCompile(`(?m)^Passage (\d+) \(.*\):\n(.+?\.)(?: |$)`)

// tokens returns what is written: for Townclerk, whose passages are numbered, the
// first sentences of two passages, each after its quote as its prompt asks; for
// others the plain text.
func (r *completionRequest) tokens() []string {
	var content string
	json.Unmarshal(r.Messages[len(r.Messages)-1].Content, &content) // else it is in parts, which Townclerk never sends
	var text strings.Builder
	for _, m := range numbered.FindAllStringSubmatch(content, 2) {
		fmt.Fprintf(&text, "[%s] %s\n= %s\n", m[1], m[2], m[2])
	}
	if text.Len() == 0 {
		text.WriteString(plain)
	}
	return strings.SplitAfter(text.String(), " ")
}

func (p pace) completion(w http.ResponseWriter, r *http.Request) {
	var in completionRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Messages) == 0 {
		http.Error(w, "no messages", http.StatusBadRequest)
		return
	}
	if in.Stream {
		p.stream(w, r, in.Model, in.tokens())
		return
	}
	p.wait(r.Context(), p.first)
	tokens := in.tokens()
	for range tokens[1:] {
		p.wait(r.Context(), p.token)
	}
	w.Header().Set("Content-Type", "application/json")
	choice := map[string]any{"index": 0, "finish_reason": "stop",
		"message": map[string]string{"role": "assistant", "content": strings.Join(tokens, "")}}
	json.NewEncoder(w).Encode(completion("chat.completion", in.Model, choice))
}

// stream sends one event a token, each flushed at once.
func (p pace) stream(w http.ResponseWriter, r *http.Request, model string, tokens []string) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(delta map[string]string, reason any) {
		data, _ := json.Marshal(completion("chat.completion.chunk", model, map[string]any{"index": 0, "delta": delta, "finish_reason": reason}))
		fmt.Fprintf(w, "data: %s\n\n", data)
		out.Flush()
	}
	for i, token := range tokens {
		delta, d := map[string]string{"content": token}, p.token
		if i == 0 {
			delta["role"], d = "assistant", p.first
		}
		p.wait(r.Context(), d)
		send(delta, nil)
	}
	send(map[string]string{}, "stop")
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func completion(object, model string, choice any) map[string]any {
	return map[string]any{"id": "stub", "object": object, "created": 0, "model": model, "choices": []any{choice},
		"usage": map[string]int{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
}
