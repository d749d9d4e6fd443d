package bot

import (
	"encoding/binary"
	"strings"

	"golang.org/x/text/unicode/norm"

	"townclerk/knowledge"
)

// Asked is a question with everything that its answer depends on: where two are the
// same, so are their answers.
type Asked struct {
	// Question stands alone: a follow-up is no Question, for its answer depends on
	// what was said before.
	Question Redacted
	Language string // of the answer
	Revision knowledge.Revision
	// Setup names the configuration, the model and its prompt.
	Setup string
}

// Bytes returns what tells the question from others of its revision. Two that are
// not the same have different bytes.
func (a Asked) Bytes() []byte {
	var b []byte
	for _, part := range []string{a.Question.Normal(), a.Language, a.Setup} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

// Normal returns the text without what makes no difference to a question: in
// Unicode's form NFKC, in lower case, with single blanks, and without punctuation
// at its end.
func (r Redacted) Normal() string {
	words := strings.Fields(strings.ToLower(norm.NFKC.String(r.text)))
	return strings.TrimRight(strings.Join(words, " "), " ?!.,;:؟。")
}
