package cite

import (
	"strings"

	"townclerk/bot"
	"townclerk/knowledge"
)

// Quote is what a writer says a sentence rests on: words that stand in a version.
type Quote struct {
	Version *knowledge.Version
	Passage knowledge.PassageID // where it was found, for the citation
	Within  knowledge.Range     // the part of Version.Text that the writer was shown
	Text    string              // as the writer gave it
}

// Reason is why a sentence does not pass.
type Reason string

// NoSource says that a sentence names no source that it was given.
const NoSource Reason = "no source"

// Verdict is what the gate says of a sentence, for the record.
type Verdict struct {
	OK     bool   `json:"ok"`
	Reason Reason `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// GateOptions are what the gate may be told.
type GateOptions struct {
	Language string // of the sentence
}

// Gate passes sentences that are one of their quotes, word for word.
// (To be replaced by the full gate; this one only lets the rest be built.)
func Gate(text string, quotes []Quote, _ GateOptions) ([]bot.Citation, Verdict) {
	for _, q := range quotes {
		at := strings.Index(q.Version.Text, q.Text)
		if at < 0 || q.Text != text {
			continue
		}
		r := knowledge.Range{Start: at, End: at + len(q.Text)}
		return []bot.Citation{{Version: q.Version.ID, Ranges: []knowledge.Range{r}, Title: q.Version.Title, URL: q.Version.URL, Passage: q.Passage}}, Verdict{OK: true}
	}
	return nil, Verdict{Reason: NoSource}
}
