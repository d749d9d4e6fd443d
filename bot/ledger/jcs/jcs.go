// Package jcs writes JSON in the one form that RFC 8785 (JSON Canonicalization
// Scheme) gives to each value, so that its bytes can be hashed: no white space,
// members sorted by the UTF-16 units of their names, strings with the fewest
// escapes, numbers as ECMAScript prints them.
//
// One thing is narrower than in the RFC: a number of 2^53 or more in magnitude is
// refused, since programs read different numbers out of it.
package jcs

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxSafe is the largest magnitude of a number.
const MaxSafe = 1<<53 - 1

// maxDepth is how deep arrays and objects may nest.
const maxDepth = 100

// The errors of Append.
var (
	ErrNumber = errors.New("a number must be finite and of a magnitude below 2^53; write it as a string")
	ErrText   = errors.New("text must be valid UTF-8")
	ErrType   = errors.New("only nil, bool, string, int, int64, float64, []any and map[string]any have a canonical form")
	ErrDepth  = errors.New("arrays and objects nest too deep")
)

// Append appends the canonical form of a value to b. A value is what json.Unmarshal
// makes of a document: nil, bool, string, float64, []any, map[string]any; or an int
// or int64.
func Append(b []byte, v any) ([]byte, error) { return appendValue(b, v, 0) }

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, ErrDepth
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v)
	case int:
		return appendInt(b, int64(v))
	case int64:
		return appendInt(b, v)
	case float64:
		return appendFloat(b, v)
	case []any:
		return appendArray(b, v, depth)
	case map[string]any:
		return appendObject(b, v, depth)
	}
	return nil, fmt.Errorf("%w, not %T", ErrType, v)
}

func appendArray(b []byte, list []any, depth int) ([]byte, error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, members map[string]any, depth int) ([]byte, error) {
	b = append(b, '{')
	for i, name := range slices.SortedFunc(maps.Keys(members), compare) {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendString(b, name); err != nil {
			return nil, err
		}
		if b, err = appendValue(append(b, ':'), members[name], depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// compare orders names by their UTF-16 units, which for ASCII is the order of bytes.
func compare(a, b string) int {
	if isASCII(a) && isASCII(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, ErrText
	}
	const short, hex = "\b\t\n\f\r\"\\", "0123456789abcdef"
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c >= ' ' && c != '"' && c != '\\':
			b = append(b, c)
		case slices.Contains([]byte(short), c):
			b = append(b, '\\', "btnfr\"\\"[slices.Index([]byte(short), c)])
		default:
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		}
	}
	return append(b, '"'), nil
}

func appendInt(b []byte, n int64) ([]byte, error) {
	if n > MaxSafe || n < -MaxSafe {
		return nil, ErrNumber
	}
	return strconv.AppendInt(b, n, 10), nil
}

func appendFloat(b []byte, f float64) ([]byte, error) {
	if !(math.Abs(f) <= MaxSafe) {
		return nil, ErrNumber
	}
	return append(b, ecma(f)...), nil
}

// ecma returns a finite number as ECMAScript's Number::toString does.
func ecma(f float64) string {
	if f == 0 {
		return "0" // -0 too
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	if n := len(s); s[n-2] == '0' && (s[n-3] == '-' || s[n-3] == '+') {
		s = s[:n-2] + s[n-1:] // an exponent has no leading zero
	}
	return s
}
