package modelhttp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"townclerk/internal/httpx"
)

// refusal classifies a response whose status is not 2xx.
func (c *Caller) refusal(res *http.Response, body []byte) *Error {
	said := readComplaint(body)
	e := &Error{
		Kind: kindOf(res.StatusCode, said), Status: res.StatusCode,
		Code: identifier(c.scrub(said.code)), Detail: clip(c.scrub(said.message), 300),
		RetryAfter: httpx.RetryAfter(res.Header, c.clock.Now()),
	}
	switch {
	case e.Kind == BadKey && c.keyless:
		e.What = "none is set"
	case res.StatusCode < 400:
		e.What = "it redirects, which is not followed"
	}
	return e
}

// kindOf reads the status, and the code where the status does not say enough.
func kindOf(status int, said complaint) Kind {
	switch said.code {
	case "model_not_found", "DeploymentNotFound":
		return ModelMissing
	case "insufficient_quota":
		return OutOfQuota
	case "context_length_exceeded":
		return TooLong
	}
	switch {
	case status < 400:
		return WrongAddress
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return BadKey
	case status == http.StatusPaymentRequired:
		return OutOfQuota
	case status == http.StatusNotFound && said.structured:
		return ModelMissing
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return WrongAddress
	case status == http.StatusRequestTimeout:
		return Timeout
	case status == http.StatusRequestEntityTooLarge:
		return TooLong
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status >= 500:
		return ServerFault
	}
	return Refused
}

// complaint is what an error body says.
type complaint struct {
	code, message string
	// structured: it is an error object of a model server, not just any page.
	structured bool
}

// readComplaint understands the error bodies of OpenAI and Azure (an error
// object), of old vLLM, Cohere and Jina (code and message at the top, or detail)
// and of Ollama (the error is a string).
func readComplaint(body []byte) complaint {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return complaint{message: string(body)}
	}
	fields := top
	if inner := (map[string]json.RawMessage{}); json.Unmarshal(top["error"], &inner) == nil && len(inner) > 0 {
		fields = inner
	}
	c := complaint{code: word(fields["code"]), message: word(fields["message"])}
	if c.message == "" {
		c.message = word(top["error"])
	}
	c.structured = c.message != ""
	if c.message == "" {
		c.message = word(top["detail"])
	}
	if c.code == "" {
		c.code = word(fields["type"])
	}
	return c
}

// word is a JSON string or number as text; of anything else nothing.
func word(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// identifier returns s if it looks like an error code, and not like a sentence.
func identifier(s string) string {
	odd := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r)
	}
	if len(s) > 48 || strings.ContainsFunc(s, odd) {
		return ""
	}
	return s
}

// clip makes a line of at most n bytes out of s.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	return Cut(strings.Join(strings.Fields(s), " "), n)
}

// Cut returns the longest prefix of s that has at most n bytes and does not end
// inside a rune.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// NoData says why a reply with status 200 has no data: some gateways put an
// error there.
func (c *Caller) NoData(complaint json.RawMessage, body []byte) *Error {
	if len(complaint) == 0 || string(complaint) == "null" {
		return Failure(NoData, "")
	}
	said := readComplaint(body)
	e := Failure(Refused, "an error with status 200")
	e.Code, e.Detail = identifier(c.scrub(said.code)), clip(c.scrub(said.message), 300)
	return e
}
