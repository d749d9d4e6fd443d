package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"townclerk/bot"
)

// maxBody is the length in bytes of the longest body that is read.
const maxBody = 64 << 10

// A field is where a member of a JSON object goes, and whether it must be there.
type field struct {
	to       any // *string or *bool
	required bool
}

// decode reads one JSON object that has these fields and no others. An error
// names the field.
func (s *server) decode(w http.ResponseWriter, r *http.Request, fields map[string]field) error {
	body, err := s.body(w, r)
	if err != nil {
		return err
	}
	members := map[string]json.RawMessage{}
	if len(body) == 0 && !slices.ContainsFunc(values(fields), func(f field) bool { return f.required }) {
		return nil
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		return errMedia
	}
	if json.Unmarshal(body, &members) != nil || members == nil || !utf8.Valid(body) {
		return invalid("error.json")
	}
	for name, value := range members {
		f, ok := fields[name]
		if !ok {
			return invalid("error.unknown", "field", quoted(name))
		}
		if string(value) == "null" || json.Unmarshal(value, f.to) != nil {
			return invalid("error.type", "field", quoted(name), "type", typeName(f.to))
		}
	}
	for name, f := range fields {
		if _, ok := members[name]; f.required && !ok {
			return invalid("error.required", "field", quoted(name))
		}
	}
	return nil
}

func (s *server) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(s.site.Timing.Read))
	defer rc.SetReadDeadline(time.Time{})
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, errTooLarge
	} else if err != nil {
		return nil, invalid("error.invalid")
	}
	return body, nil
}

func values(m map[string]field) (all []field) {
	for _, f := range m {
		all = append(all, f)
	}
	return all
}

func typeName(to any) string {
	if _, ok := to.(*bool); ok {
		return "boolean"
	}
	return "string"
}

// quoted returns a client's name of a field, cut short and harmless in any text.
func quoted(name string) string {
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "…"
	}
	return strconv.QuoteToASCII(name)
}

// checkQuestion refuses a message that no desk would take.
func checkQuestion(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return invalid("error.question")
	case len(text) > bot.MaxQuestion:
		return &fault{kind: bot.TooLarge, word: "error.shorten",
			args: []string{"n", strconv.Itoa(len(text)), "max", strconv.Itoa(bot.MaxQuestion)}}
	case !utf8.ValidString(text):
		return invalid("error.value", "field", `"text"`)
	}
	return nil
}

func checkComment(text string) error {
	if text == "" {
		return nil
	}
	return checkQuestion(text)
}

// checkTag refuses what is no language tag. An empty one is fine.
func checkTag(tag string) error {
	if tag != "" && !tags.MatchString(tag) {
		return invalid("error.value", "field", `"language"`)
	}
	return nil
}

// checkTo refuses a message to nobody that there is.
func checkTo(to bot.Addressee) error {
	if to != "" && to != bot.ToAssistant {
		return invalid("error.value", "field", `"to"`)
	}
	return nil
}

// checkKey refuses keys that are too long or not printable ASCII.
func checkKey(key string) error {
	if key != "" && !keys.MatchString(key) {
		return invalid("error.value", "field", `"key"`)
	}
	return nil
}

var (
	tags = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$`)
	keys = regexp.MustCompile(`^[!-~]{1,128}$`)
	ids  = regexp.MustCompile(`^[0-9a-f]{32}$`)
)
