package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
)

//go:embed strings/*.json
var stringFiles embed.FS

// words are the texts of the pages in one language.
type words struct {
	Lang  string
	texts map[string]string
}

// T returns a text with its {placeholders} filled from pairs of name and value.
// A missing text is its own name; a test holds that none is missing.
func (l words) T(name string, pairs ...string) string {
	text, ok := l.texts[name]
	if !ok {
		return name
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// Dir returns the direction of the script.
func (l words) Dir() string { return direction(l.Lang) }

func direction(lang string) string {
	if slices.Contains([]string{"ar", "fa", "he", "ur"}, primary(lang)) {
		return "rtl"
	}
	return "ltr"
}

// Date returns a date that is written as 2006-01-02 as the language writes it, and
// anything else as it is.
func (l words) Date(iso string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	month := strings.Fields(l.T("months"))[d.Month()-1]
	return l.T("date", "day", strconv.Itoa(d.Day()), "month", month, "year", strconv.Itoa(d.Year()))
}

// in says "in English" of a language.
func (l words) in(lang string) string {
	if name, ok := l.texts["language."+primary(lang)]; ok {
		return name
	}
	return l.T("language.other")
}

func primary(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	return strings.ToLower(base)
}

// catalog has the words of every language.
type catalog struct {
	all     []words // the fallback first
	matcher language.Matcher
}

// loadWords reads the embedded languages. The one named first is the fallback.
func loadWords(first string) (catalog, error) {
	entries, err := stringFiles.ReadDir("strings")
	if err != nil {
		return catalog{}, err
	}
	c := catalog{}
	for _, e := range entries {
		l := words{Lang: strings.TrimSuffix(e.Name(), ".json")}
		data, err := stringFiles.ReadFile(path.Join("strings", e.Name()))
		if err == nil {
			err = json.Unmarshal(data, &l.texts)
		}
		if err != nil {
			return catalog{}, fmt.Errorf("%s: %w", e.Name(), err)
		}
		c.all = append(c.all, l)
	}
	at := slices.IndexFunc(c.all, func(l words) bool { return l.Lang == first })
	if at < 0 { // the agency's language has no texts yet
		at = slices.IndexFunc(c.all, func(l words) bool { return l.Lang == "en" })
	}
	c.all[0], c.all[at] = c.all[at], c.all[0]
	var tags []language.Tag
	for _, l := range c.all {
		tags = append(tags, language.Make(l.Lang))
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// match returns the words that fit the wishes best, which are in the form of an
// Accept-Language header, most important first.
func (c catalog) match(wishes ...string) words {
	_, i := language.MatchStrings(c.matcher, wishes...)
	return c.all[i]
}

// language returns the words for a request: what its "lang" asks for, else what
// the browser prefers, else the agency's own.
func (s *server) language(r *http.Request) words {
	wishes := []string{r.Header.Get("Accept-Language")}
	if lang := r.URL.Query().Get("lang"); lang != "" && tags.MatchString(lang) {
		wishes = append([]string{lang}, wishes...)
	}
	return s.words.match(wishes...)
}
