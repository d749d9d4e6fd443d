package cite

import (
	"embed"
	"strings"
)

//go:embed connective/*.txt
var files embed.FS

// Connective returns the closed list of sentences that state no fact in a
// language, for GateOptions; an empty list where there is none.
func Connective(language string) []string {
	data, err := files.ReadFile("connective/" + language + ".txt")
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}
