package fact

import (
	"embed"
	"strings"
	"sync"
)

//go:embed words/*.txt
var files embed.FS

// Table holds the sections of a word list. In each, a phrase in lower case leads
// to the name of its group.
type Table map[string]map[string]string

// ParseTable reads a word list: "[section]" lines, "name: phrase, phrase" lines,
// and comments that begin with #.
func ParseTable(text string) Table {
	t, section := Table{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
			if t[section] == nil {
				t[section] = map[string]string{}
			}
		default:
			name, phrases, _ := strings.Cut(line, ": ")
			for p := range strings.SplitSeq(phrases, ", ") {
				t[section][strings.TrimSpace(p)] = name
			}
		}
	}
	return t
}

// Languages are those that have word lists.
var Languages = []string{"en", "es", "fr", "de"}

// tables are read once. In each language the names of all.txt are known too.
var tables = sync.OnceValue(func() map[string]Table {
	read := func(name string) string {
		data, err := files.ReadFile("words/" + name + ".txt")
		if err != nil {
			panic("fact: " + err.Error()) // a build without its files
		}
		return string(data)
	}
	out := map[string]Table{"": ParseTable(read("all"))}
	for _, l := range Languages {
		out[l] = ParseTable(read("all") + "\n" + read(l))
	}
	return out
})

func tableOf(language string) Table {
	if t := tables()[language]; t != nil {
		return t
	}
	return tables()[""]
}
