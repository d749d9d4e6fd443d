package remote

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"townclerk/internal/modelhttp"
)

// doer is the HTTP client of the go-openai client. It hands on only replies that
// are whole, of bearable length and well-formed; everything else is an *modelhttp.Error,
// which the library returns as it is. The library alone would decode trailing
// bytes, nulls and cut floats without a word, read without end, and hide the
// headers of an error.
type doer struct{ *modelhttp.Caller }

// Do sends a request for embeddings.
func (d doer) Do(req *http.Request) (*http.Response, error) {
	body, err := d.Fetch(req)
	if err != nil {
		return nil, err
	}
	if body, err = uniform(d.Caller, body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Request: req, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

// The part of a reply that we read, and the form in which the library gets it.
type (
	replyIn struct {
		Data  []itemIn        `json:"data"`
		Usage json.RawMessage `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	itemIn struct {
		Index     int             `json:"index"` // absent is 0: some servers leave out zeros
		Embedding json.RawMessage `json:"embedding"`
	}
	replyOut struct {
		Data  []itemOut `json:"data"`
		Usage struct {
			PromptTokens int64 `json:"prompt_tokens"`
		} `json:"usage"`
	}
	itemOut struct {
		Index     int    `json:"index"`
		Embedding string `json:"embedding"`
	}
)

// uniform brings a reply to the form that was asked for: embeddings in base64,
// which servers that do not know it send as arrays of numbers.
func uniform(c *modelhttp.Caller, body []byte) ([]byte, error) {
	var in replyIn
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if len(in.Data) == 0 {
		return nil, c.NoData(in.Error, body)
	}
	out := replyOut{Data: make([]itemOut, len(in.Data))}
	out.Usage.PromptTokens = tokensIn(in.Usage)
	for i, d := range in.Data {
		s, err := inBase64(d.Embedding)
		if err != nil {
			err.What = "entry " + itoa(i)
			return nil, err
		}
		out.Data[i] = itemOut{d.Index, s}
	}
	return json.Marshal(out)
}

// decode reads a whole JSON reply into v.
func decode(body []byte, v any) error {
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	first := bytes.TrimSpace(body)
	_, wrongType := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case len(first) == 0:
		return modelhttp.Failure(NoData, "it is empty")
	case first[0] != '{' && first[0] != '[':
		e := modelhttp.Failure(NotJSON, "")
		if first[0] == '<' {
			e.What = "it is a web page"
		}
		return e
	case wrongType:
		return modelhttp.Failure(Malformed, "a field has the wrong type")
	// Python's json module writes these words, which are not JSON.
	case bytes.Contains(first, []byte("NaN")) || bytes.Contains(first, []byte("Infinity")):
		return modelhttp.Failure(NotFinite, "")
	case errors.Is(json.NewDecoder(bytes.NewReader(first)).Decode(new(any)), io.ErrUnexpectedEOF):
		return modelhttp.Failure(CutOff, "the JSON is incomplete")
	}
	return modelhttp.Failure(Malformed, "")
}

// inBase64 returns a vector's little-endian float32s in base64.
func inBase64(raw json.RawMessage) (string, *modelhttp.Error) {
	var s string
	if len(raw) > 0 && raw[0] == '"' {
		if json.Unmarshal(raw, &s) != nil {
			return "", modelhttp.Failure(Malformed, "")
		}
		data, err := base64.StdEncoding.DecodeString(s)
		switch {
		case err != nil || len(data)%4 != 0:
			return "", modelhttp.Failure(Malformed, "")
		case len(data) == 0:
			return "", modelhttp.Failure(NoData, "")
		}
		return s, nil
	}
	var numbers []*float64 // pointers, for llama.cpp writes NaN as null
	if err := json.Unmarshal(raw, &numbers); err != nil {
		return "", modelhttp.Failure(Malformed, "")
	}
	if len(numbers) == 0 {
		return "", modelhttp.Failure(NoData, "")
	}
	data := make([]byte, 0, 4*len(numbers))
	for _, n := range numbers {
		if n == nil {
			return "", modelhttp.Failure(NotFinite, "")
		}
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(*n)))
	}
	return base64.StdEncoding.EncodeToString(data), nil
}

// tokensIn reads a usage object; a strange one counts as absent.
func tokensIn(raw json.RawMessage) int64 {
	var u struct {
		Prompt float64 `json:"prompt_tokens"`
		Total  float64 `json:"total_tokens"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return 0
	}
	if u.Prompt <= 0 {
		u.Prompt = u.Total
	}
	return int64(min(max(u.Prompt, 0), 1e9))
}
