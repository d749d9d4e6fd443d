package remote

import (
	"strconv"
	"strings"
	"townclerk/internal/modelhttp"
)

// span is a half-open range of texts that go into one request.
type span struct{ from, to int }

// split cuts texts into the longest spans, in order, that have at most n texts
// and tokens estimated tokens. A text that is over by itself goes alone.
func split(texts []string, n, tokens int) []span {
	var out []span
	var s span
	sum := 0
	for i, t := range texts {
		size := estimate(t)
		if i > s.from && (i-s.from >= n || sum+size > tokens) {
			out = append(out, span{s.from, i})
			s.from, sum = i, 0
		}
		sum += size
	}
	if len(texts) > s.from {
		out = append(out, span{s.from, len(texts)})
	}
	return out
}

// estimate is the number of tokens that a text is taken for.
func estimate(s string) int { return (len(s) + bytesPerToken - 1) / bytesPerToken }

func estimateAll(texts []string) int64 {
	sum := 0
	for _, t := range texts {
		sum += estimate(t)
	}
	return int64(sum)
}

// prepare returns the texts as they are sent, and how many had to be cut.
func prepare(prefix string, texts []string, tokens int) ([]string, int, *Error) {
	out, truncated := make([]string, len(texts)), 0
	for i, t := range texts {
		t = strings.ToValidUTF8(t, "\uFFFD")
		fits := modelhttp.Cut(t, tokens*bytesPerToken-len(prefix))
		if len(fits) < len(t) {
			truncated++
		}
		if strings.TrimSpace(fits) == "" {
			return nil, 0, modelhttp.Failure(BadInput, "text %d of %d is empty", i+1, len(texts))
		}
		out[i] = prefix + fits
	}
	return out, truncated, nil
}

func itoa(n int) string { return strconv.Itoa(n) }
