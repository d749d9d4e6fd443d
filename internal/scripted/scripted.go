// Package scripted is a model server that misbehaves as it is told, for the tests
// of whoever talks to one.
//
//	s := scripted.New(8, scripted.ServerError, scripted.Honest)
//	server := httptest.NewServer(s)
//
// A Server answers POST …/embeddings, POST …/rerank and, as a stream, POST
// …/chat/completions. Each request plays the next behaviour of the script; when that
// is over, the server is honest, or does forever what Then was told. Of each sentence
// that it writes it knows whether it is true: Said.
package scripted

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"sync"
	"time"
)

// Behaviour is what the server does with one request.
type Behaviour string

// The behaviours. Those marked "echo" repeat the key and the texts in what they
// answer, as real servers have done.
const (
	Honest           Behaviour = "honest"             // one vector or score per text
	Floats           Behaviour = "floats"             // honest, but ignores encoding_format
	NoUsage          Behaviour = "no usage"           // honest, but counts no tokens
	Shuffled         Behaviour = "shuffled"           // honest, in reverse order with right indexes
	Slow             Behaviour = "slow"               // honest, after Server.Delay
	RateLimited      Behaviour = "429 in seconds"     // Retry-After: 7
	RateLimitedUntil Behaviour = "429 with a date"    // Retry-After: the date in 7 seconds
	RateLimitedLong  Behaviour = "429 for an hour"    // Retry-After: 3600
	RateLimitedMute  Behaviour = "429 without a word" // no Retry-After
	OutOfQuota       Behaviour = "429 quota"          // the account has no quota left
	ServerError      Behaviour = "500"
	Unavailable      Behaviour = "503 page"        // an HTML page with Retry-After: 2
	Hang             Behaviour = "hang"            // no answer until the client goes
	Dropped          Behaviour = "dropped"         // closes the connection
	CutBody          Behaviour = "cut body"        // closes it in the middle of the body
	CutJSON          Behaviour = "cut JSON"        // ends the body in the middle of the JSON
	WrongDimension   Behaviour = "wrong dimension" // one number too many
	Ragged           Behaviour = "ragged"          // as honest, but the last has one number too many
	NotFinite        Behaviour = "NaN"             // NaN within base64; the word NaN in scores
	NaNWord          Behaviour = "NaN as a word"   // as Python writes it
	NaNNull          Behaviour = "NaN as null"     // as llama.cpp writes it
	Infinite         Behaviour = "infinite"        // a float64 beyond float32
	Zero             Behaviour = "zero"            // zero vectors
	Short            Behaviour = "short"           // one result too few
	Long             Behaviour = "long"            // one result too many
	DuplicateIndex   Behaviour = "duplicate index" // the first index twice
	WrongIndex       Behaviour = "index out of range"
	Empty            Behaviour = "empty"          // no results
	EmptyBody        Behaviour = "empty body"     // nothing at all
	EmptyVector      Behaviour = "empty vector"   // vectors without numbers
	HalfFloat        Behaviour = "odd base64"     // a byte too many for float32s
	Garbled          Behaviour = "garbled"        // JSON of another shape
	HTML             Behaviour = "html"           // a page with status 200
	Moved            Behaviour = "moved"          // 307 to Server.Elsewhere
	Complaint        Behaviour = "error with 200" // an error object with status 200; echo
	BadKey           Behaviour = "bad key"        // 401; echo
	BadRequest       Behaviour = "bad request"    // 400; echo
	TooLong          Behaviour = "too long"       // 400 context_length_exceeded; echo
	ModelMissing     Behaviour = "model missing"  // 404 with an error object
	PathMissing      Behaviour = "path missing"   // 404 with a page
	HugeBody         Behaviour = "huge body"      // blanks without end
	HugeError        Behaviour = "huge error"     // the same with status 400
)

// All returns every behaviour.
func All() []Behaviour {
	return []Behaviour{
		Honest, Floats, NoUsage, Shuffled, Slow, RateLimited, RateLimitedUntil,
		RateLimitedLong, RateLimitedMute, OutOfQuota, ServerError, Unavailable, Hang, Dropped,
		CutBody, CutJSON, WrongDimension, Ragged, NotFinite, NaNWord, NaNNull, Infinite, Zero,
		Short, Long, DuplicateIndex, WrongIndex, Empty, EmptyBody, EmptyVector, HalfFloat,
		Garbled, HTML, Moved, Complaint, BadKey, BadRequest, TooLong, ModelMissing,
		PathMissing, HugeBody, HugeError,
	}
}

// Request is a request that came in.
type Request struct {
	Path, Query string
	Header      http.Header
	// Input are the texts; for a rerank the documents.
	Input          []string
	Question       string // of a rerank
	System, User   string // of a chat
	Schema         bool   // the chat's reply is to follow one
	Model          string
	Dimensions     int
	EncodingFormat string
	// Played is what the server did with it.
	Played Behaviour
}

// Server is the scripted server. Its fields are set before its first request. It
// is safe for concurrent use.
type Server struct {
	// Dims is the dimension of vectors where a request asks for none.
	Dims int
	// Delay is how long Slow takes.
	Delay time.Duration
	// Elsewhere is where Moved points to.
	Elsewhere string
	// Claims is what an honest model writes; nil: it quotes the first sentence of
	// each of the first passages.
	Claims func(Request) []Claim
	// First and Each are the pauses before the first piece that is written and before
	// every other.
	First, Each time.Duration
	// Split parts what is written into the pieces of the stream; nil: into words.
	Split func(string) []string
	// Sent is called after each piece was sent; nil: nobody wants to know.
	Sent func(q Request, piece string)

	mu       sync.Mutex
	script   []Behaviour
	then     Behaviour
	requests []Request
	said     []Claim
}

var _ http.Handler = (*Server)(nil)

// New returns a server that plays the script, one behaviour a request.
func New(dims int, script ...Behaviour) *Server {
	return &Server{Dims: dims, script: script, then: Honest}
}

// Script sets what the next requests play, in place of what is left.
func (s *Server) Script(script ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

// Then sets what the server does when its script is over.
func (s *Server) Then(b Behaviour) *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.then = b
	return s
}

// Requests returns what came in so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Said returns the claims that were written so far.
func (s *Server) Said() []Claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Claim(nil), s.said...)
}

// record keeps the request and says what to do with it.
func (s *Server) record(q Request) Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.Played = s.then
	if len(s.script) > 0 {
		q.Played, s.script = s.script[0], s.script[1:]
	}
	s.requests = append(s.requests, q)
	return q
}

// ServeHTTP answers a request for embeddings, scores or a completion.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	var body struct {
		Input          []string `json:"input"`
		Documents      []string `json:"documents"`
		Query          string   `json:"query"`
		Model          string   `json:"model"`
		Dimensions     int      `json:"dimensions"`
		EncodingFormat string   `json:"encoding_format"`
		Messages       []struct{ Role, Content string }
		ResponseFormat *struct{} `json:"response_format"`
	}
	if err != nil || json.Unmarshal(data, &body) != nil {
		http.Error(w, "not a request", http.StatusBadRequest)
		return
	}
	answers := map[string]func(Request){
		"embeddings": func(q Request) { s.embed(w, q) }, "rerank": func(q Request) { s.rerank(w, q) }, "completions": func(q Request) { s.chat(w, r, q) },
	}
	answer := answers[path.Base(r.URL.Path)]
	if r.Method != http.MethodPost || answer == nil {
		http.NotFound(w, r)
		return
	}
	system, user := "", ""
	for _, m := range body.Messages {
		if m.Role == "system" {
			system += m.Content
		} else {
			user += m.Content
		}
	}
	q := s.record(Request{
		Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(),
		Input: append(body.Input, body.Documents...), Question: body.Query,
		System: system, User: user, Schema: body.ResponseFormat != nil,
		Model: body.Model, Dimensions: body.Dimensions, EncodingFormat: body.EncodingFormat,
	})
	if s.fail(w, r, q) {
		return
	}
	answer(q)
}
