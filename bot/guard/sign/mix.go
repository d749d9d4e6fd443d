package sign

import (
	"fmt"
	"slices"
	"strings"
)

// near is how many words apart the members of a mix stand at most.
const near = 14

// longest is the most words that a member of a class has.
const longest = 4

// classes are the words that mean alike, of all languages: "kin" of English is
// "en/kin". A word that ends in * stands for all that begin so.
type classes struct {
	whole, begun map[string][]string // a word or words, to the classes that have it
}

// mix is a sign that is made of classes: of each a word, in any order, near one
// another, and none of a class that makes it harmless.
type mix struct {
	all, none []string
	language  string
}

// add adds a class from its line, "{kin} = mother|father".
func (c *classes) add(name, words, language string) {
	for w := range strings.SplitSeq(words, "|") {
		to := c.whole
		if stem, ok := strings.CutSuffix(w, "*"); ok {
			w, to = stem, c.begun
		}
		to[w] = append(to[w], language+"/"+name)
	}
}

// newMix reads a line of classes, "{kin} {hit} {victim} !{game}".
func (c *classes) newMix(line, language string) (mix, error) {
	m := mix{language: language}
	for f := range strings.FieldsSeq(line) {
		name, not := strings.CutPrefix(f, "!")
		name = language + "/" + strings.Trim(name, "{}")
		if !c.has(name) {
			return m, fmt.Errorf("there is no class %s", f)
		}
		if not {
			m.none = append(m.none, name)
		} else {
			m.all = append(m.all, name)
		}
	}
	return m, nil
}

func (c *classes) has(name string) bool {
	for _, words := range []map[string][]string{c.whole, c.begun} {
		for _, names := range words {
			if slices.Contains(names, name) {
				return true
			}
		}
	}
	return false
}

// places says where in a message each class has a word: indices, in order.
type places map[string][]int

// find finds the classes of a plain message.
func (c *classes) find(text string) places {
	out := places{}
	words := strings.Fields(text)
	at := 1 // where the word begins in the text
	for i, w := range words {
		end := at
		for n := 0; n < longest && i+n < len(words); n++ {
			end += len(words[i+n])
			for _, name := range c.whole[text[at:end]] {
				out[name] = append(out[name], i)
			}
			end++
		}
		for n := range len(w) {
			for _, name := range c.begun[w[:n+1]] {
				out[name] = append(out[name], i)
			}
		}
		at += len(w) + 1
	}
	return out
}

// in reports whether a message has the mix.
func (m *mix) in(p places) bool {
	for _, name := range m.all {
		if len(p[name]) == 0 {
			return false
		}
	}
	return slices.ContainsFunc(p[m.all[0]], func(i int) bool {
		used := []int{i}
		for _, name := range m.all[1:] {
			at, ok := p.beside(name, i, used)
			if !ok {
				return false
			}
			used = append(used, at)
		}
		return !slices.ContainsFunc(m.none, func(name string) bool { _, ok := p.beside(name, i, nil); return ok })
	})
}

// beside returns where a class has a word near word i that is none of the used ones.
func (p places) beside(name string, i int, used []int) (int, bool) {
	all := p[name]
	first, _ := slices.BinarySearch(all, i-near)
	for _, at := range all[first:] {
		if at > i+near {
			break
		}
		if !slices.Contains(used, at) {
			return at, true
		}
	}
	return 0, false
}
