package answer

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Fixed sentences, by language, written by people and never generated.
//
//go:embed texts/*.json
var textFiles embed.FS

// texts are the sentences of one language. What stands in braces is filled in.
type texts struct {
	Lead        string `json:"lead"`
	Written     string `json:"written"`
	Partial     string `json:"partial"`
	Check       string `json:"check"`
	Conditions  string `json:"conditions"` // below a rule with a list of them
	Unknown     string `json:"unknown"`
	Person      string `json:"person"`
	Emergency   string `json:"emergency"`
	Greeting    string `json:"greeting"`
	NoPages     string `json:"no_pages"`
	Unavailable string `json:"unavailable"`
	Empty       string `json:"empty"`
	TooLong     string `json:"too_long"`
	Busy        string `json:"busy"`
	Reused      string `json:"reused"`
	NotFound    string `json:"not_found"`
	NoAnswer    string `json:"no_answer"`
	Internal    string `json:"internal"`
	// Clarify stands above choices.
	Clarify string `json:"clarify"`
	// OwnCase and Advice stand above a person, OffTopic alone.
	OwnCase  string `json:"own_case"`
	Advice   string `json:"advice"`
	OffTopic string `json:"off_topic"`
	// Premise and Conflict stand above sentences.
	Premise  string `json:"premise"`
	Conflict string `json:"conflict"`
	Searched string `json:"searched"` // {words}
	// What is said of people; {department} is their name.
	HandedOver string `json:"handed_over"`
	PassedOn   string `json:"passed_on"`
	Reserved   string `json:"reserved"`
	Alerted    string `json:"alerted"`
	Elsewhere  string `json:"elsewhere"`
}

// loadTexts reads the sentences of all languages; every language has them all.
func loadTexts() (map[string]texts, error) {
	files, err := textFiles.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	out := map[string]texts{}
	for _, f := range files {
		data, err := textFiles.ReadFile("texts/" + f.Name())
		if err != nil {
			return nil, err
		}
		var t texts
		if err := json.Unmarshal(data, &t); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		out[strings.TrimSuffix(f.Name(), ".json")] = t
	}
	return out, nil
}

// Languages are those that the fixed sentences are in, in order.
func Languages() []string {
	files, err := fs.Glob(textFiles, "texts/*.json")
	if err != nil { // never: the pattern is well-formed
		return nil
	}
	for i := range files {
		files[i] = strings.TrimSuffix(path.Base(files[i]), ".json")
	}
	return files
}

func fill(text, agency string, pages int) string {
	return strings.NewReplacer("{agency}", agency, "{pages}", fmt.Sprint(pages)).Replace(text)
}
