package lexical

import (
	"bufio"
	"embed"
	"fmt"
	"strings"
)

//go:embed thesaurus/*.txt
var builtIn embed.FS

// Thesaurus knows, by language, which words and phrases the public and
// agencies use for the same thing. The zero value and nil know nothing.
type Thesaurus struct {
	single map[string][]string // language and term -> other terms of its groups
	phrase map[string][]group  // language and first term -> phrases
}

type group struct {
	terms  []string // the phrase
	others []string // terms and pairs of the rest of its group
}

// NewThesaurus reads the built-in lists and adds the given groups, which are
// written like a line of those lists: members parted by commas.
func NewThesaurus(a *Analyzer, language string, groups []string) (*Thesaurus, error) {
	t := &Thesaurus{single: map[string][]string{}, phrase: map[string][]group{}}
	files, err := builtIn.ReadDir("thesaurus")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		lang := strings.TrimSuffix(f.Name(), ".txt")
		file, err := builtIn.Open("thesaurus/" + f.Name())
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); line != "" && line[0] != '#' {
				t.add(a, lang, line)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("thesaurus %s: %w", f.Name(), err)
		}
	}
	for _, g := range groups {
		t.add(a, language, g)
	}
	return t, nil
}

func (t *Thesaurus) add(a *Analyzer, language, line string) {
	var members [][]string
	for m := range strings.SplitSeq(line, ",") {
		if terms := a.Terms(language, m); len(terms) > 0 {
			members = append(members, terms)
		}
	}
	for i, m := range members {
		var others []string
		for j, o := range members {
			if i != j {
				others = append(others, forms(o)...)
			}
		}
		if len(m) == 1 {
			k := language + ":" + m[0]
			t.single[k] = appendNew(t.single[k], m[0], others)
			continue
		}
		k := language + ":" + m[0]
		t.phrase[k] = append(t.phrase[k], group{m, appendNew(nil, "", others)})
	}
}

// Others returns what else a term is called, or a pair of terms parted by a space:
// terms and pairs. The slice must not be changed.
func (t *Thesaurus) Others(language, term string) []string {
	if t == nil {
		return nil
	}
	first, second, two := strings.Cut(term, " ")
	if !two {
		return t.single[language+":"+first]
	}
	for _, g := range t.phrase[language+":"+first] {
		if len(g.terms) == 2 && g.terms[1] == second {
			return g.others
		}
	}
	return nil
}

// forms returns how a member is looked up: a word as itself, a phrase as its
// pairs of words.
func forms(terms []string) []string {
	if len(terms) == 1 {
		return terms
	}
	var out []string
	for i := 1; i < len(terms); i++ {
		out = append(out, pair(terms[i-1], terms[i]))
	}
	return out
}

func appendNew(have []string, self string, terms []string) []string {
	seen := map[string]bool{self: true}
	for _, h := range have {
		seen[h] = true
	}
	for _, t := range terms {
		if !seen[t] {
			seen[t] = true
			have = append(have, t)
		}
	}
	return have
}

// words returns the single-word synonyms of a term.
func (t *Thesaurus) words(language, term string) []string {
	if t == nil {
		return nil
	}
	var out []string
	for _, s := range t.single[language+":"+term] {
		if !strings.Contains(s, " ") {
			out = append(out, s)
		}
	}
	return out
}

// phrases returns, for each phrase of the thesaurus that stands in terms, the
// other ways to say it, and for each word the phrases that mean it: words as
// themselves, phrases as pairs of words.
func (t *Thesaurus) phrases(language string, terms []string) [][]string {
	if t == nil {
		return nil
	}
	var out [][]string
	for i, term := range terms {
		var ways []string
		for _, g := range t.phrase[language+":"+term] {
			if hasPrefix(terms[i:], g.terms) {
				ways = appendNew(ways, "", g.others)
			}
		}
		for _, s := range t.single[language+":"+term] {
			if strings.Contains(s, " ") {
				ways = appendNew(ways, "", []string{s})
			}
		}
		if len(ways) > 0 {
			out = append(out, ways)
		}
	}
	return out
}

func hasPrefix(terms, prefix []string) bool {
	if len(prefix) > len(terms) {
		return false
	}
	for i, p := range prefix {
		if terms[i] != p {
			return false
		}
	}
	return true
}
