package scripted

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
)

// Vector is the vector that an honest server gives for the text. It depends on
// nothing but its arguments, and is not of unit length.
func Vector(text string, dims int) []float32 {
	v := make([]float32, dims)
	for i := range v {
		v[i] = float32(2*chance(fmt.Sprintf("%d %s", i, text))-1) * 3
	}
	return v
}

// Score is the score that an honest server gives for the text.
func Score(query, text string) float64 { return chance(query + "\x00" + text) }

// chance is a number in [0, 1) made of the text.
func chance(text string) float64 {
	sum := sha256.Sum256([]byte(text))
	return float64(binary.BigEndian.Uint32(sum[:])) / (1 << 32)
}

type embedding struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"`
}

func (s *Server) embed(w http.ResponseWriter, q Request) {
	dims := q.Dimensions
	if dims == 0 {
		dims = s.Dims
	}
	var out []embedding
	for i, t := range q.Input {
		v := spoil(q.Played, Vector(t, dims), i == len(q.Input)-1)
		out = append(out, embedding{"embedding", i, encode(q, v)})
	}
	out = disarrange(q.Played, out, func(e *embedding) *int { return &e.Index })
	all := map[string]any{"object": "list", "model": q.Model, "data": out}
	send(w, q, all)
}

// spoil plays the behaviours that are about the vectors themselves.
func spoil(b Behaviour, v []float32, last bool) []float32 {
	switch {
	case b == WrongDimension, b == Ragged && last:
		return append(v, 1)
	case b == NotFinite:
		v[len(v)/2] = float32(math.NaN())
	case b == Zero:
		clear(v)
	case b == EmptyVector:
		return v[:0]
	}
	return v
}

func encode(q Request, v []float32) any {
	switch q.Played {
	case Floats, NaNWord, NaNNull, Infinite:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = x
		}
		switch q.Played {
		case NaNWord:
			out[0] = word
		case NaNNull:
			out[0] = nil
		case Infinite:
			out[0] = 1e300
		}
		return out
	}
	if q.EncodingFormat != "base64" {
		return v
	}
	var data []byte
	for _, x := range v {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	if q.Played == HalfFloat {
		data = append(data, 0)
	}
	return base64.StdEncoding.EncodeToString(data)
}

// word is written in place of a number; send turns it into NaN without quotes.
const word = "the word NaN"

type score struct {
	Index int `json:"index"`
	Score any `json:"relevance_score"`
}

func (s *Server) rerank(w http.ResponseWriter, q Request) {
	var out []score
	for i, t := range q.Input {
		r := score{Index: i, Score: Score(q.Question, t)}
		switch q.Played {
		case NotFinite, NaNWord:
			r.Score = word
		case NaNNull:
			r.Score = nil
		}
		out = append(out, r)
	}
	// Real servers give the best first.
	slices.SortFunc(out, func(a, b score) int {
		return strings.Compare(fmt.Sprint(b.Score), fmt.Sprint(a.Score))
	})
	out = disarrange(q.Played, out, func(s *score) *int { return &s.Index })
	send(w, q, map[string]any{"model": q.Model, "results": out})
}

// disarrange plays the behaviours that are about which results there are.
func disarrange[T any](b Behaviour, all []T, index func(*T) *int) []T {
	n := len(all)
	if n == 0 {
		return all
	}
	switch b {
	case Shuffled:
		slices.Reverse(all)
	case Short:
		return all[:n-1]
	case Long:
		extra := all[n-1]
		*index(&extra) = n
		return append(all, extra)
	case DuplicateIndex:
		*index(&all[n-1]) = *index(&all[0])
	case WrongIndex:
		*index(&all[n-1]) = n
	case Empty:
		return all[:0]
	}
	return all
}

// send writes the reply with its usage, or as much of it as the behaviour wants.
func send(w http.ResponseWriter, q Request, body map[string]any) {
	if q.Played != NoUsage {
		tokens := 0
		for _, t := range append([]string{q.Question}, q.Input...) {
			tokens += len(strings.Fields(t))
		}
		body["usage"] = map[string]int{"prompt_tokens": tokens, "total_tokens": tokens}
	}
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "cannot encode", http.StatusInternalServerError)
		return
	}
	text := strings.ReplaceAll(string(data), `"`+word+`"`, "NaN")
	switch q.Played {
	case CutJSON:
		reply(w, text[:len(text)/2])
	case CutBody:
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		reply(w, text[:len(text)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		reply(w, text)
	}
}
