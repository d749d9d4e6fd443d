package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
	"strings"
	"unicode"
)

const dims = 384

type embeddingRequest struct {
	Model  string `json:"model"`
	Input  texts  `json:"input"`
	Format string `json:"encoding_format"`
}

// texts is one string or a list of them.
type texts []string

func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

type embedding struct {
	Object string `json:"object"`
	Index  int    `json:"index"`
	Vector any    `json:"embedding"` // numbers, or their bytes in base64
}

func embeddings(w http.ResponseWriter, r *http.Request) {
	var in embeddingRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := make([]embedding, len(in.Input))
	for i, text := range in.Input {
		out[i] = embedding{Object: "embedding", Index: i, Vector: encode(embed(text), in.Format)}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"object": "list", "model": in.Model, "data": out,
		"usage": map[string]int{"prompt_tokens": 1, "total_tokens": 1}})
}

func encode(v []float32, format string) any {
	if format != "base64" {
		return v
	}
	b, _ := binary.Append(nil, binary.LittleEndian, v) // numbers always do
	return base64.StdEncoding.EncodeToString(b)
}

// embed adds eight signed entries for each word, fewer for short ones, which say
// little, and returns the sum at unit length.
func embed(text string) []float32 {
	sum := make([]float64, dims)
	sum[0] = 1e-3 // so that no text has the zero vector
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		weight := min(1, float64(len(word)*len(word))/64)
		h := fnv.New64a()
		h.Write([]byte(word))
		x := h.Sum64()
		for range 8 {
			x = x*6364136223846793005 + 1442695040888963407 // Knuth's MMIX
			sign := 1 - 2*float64(x>>63)
			sum[(x>>33)%dims] += sign * weight
		}
	}
	square := 0.0
	for _, s := range sum {
		square += s * s
	}
	out := make([]float32, dims)
	for i, s := range sum {
		out[i] = float32(s / math.Sqrt(square))
	}
	return out
}
