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

// classes are the words that mean alike, of all languages, by number. A word that ends
// in * stands for all that begin so.
type classes struct {
	numbers      map[string]int   // "kin" of English is "en/kin"
	whole, begun map[string][]int // a word, or several, to the classes that have it
}

func newClasses() classes {
	return classes{map[string]int{}, map[string][]int{}, map[string][]int{}}
}

// mix is a sign that is made of classes: of each a word, in any order, near one
// another, and none of a class that makes it harmless.
type mix struct {
	all, none []int
	language  string
}

// add adds a class from its line, "{kin} = mother|father".
func (c *classes) add(line, language string) {
	name, words, _ := strings.Cut(line, " = ")
	number := len(c.numbers)
	c.numbers[language+"/"+name] = number
	for w := range strings.SplitSeq(words, "|") {
		to := c.whole
		if stem, ok := strings.CutSuffix(w, "*"); ok {
			w, to = stem, c.begun
		}
		to[w] = append(to[w], number)
	}
}

// newMix reads a line of classes, "{kin} {hit} {victim} !{game}".
func (c *classes) newMix(line, language string) (mix, error) {
	m := mix{language: language}
	for f := range strings.FieldsSeq(line) {
		name, not := strings.CutPrefix(f, "!")
		number, ok := c.numbers[language+"/"+name]
		switch {
		case !ok:
			return m, fmt.Errorf("there is no class %s", name)
		case not:
			m.none = append(m.none, number)
		default:
			m.all = append(m.all, number)
		}
	}
	if len(m.all) == 0 {
		return m, fmt.Errorf("%q has no class that must be there", line)
	}
	return m, nil
}

// places says where a message has a word of each class: the words' numbers, in order.
type places map[int][]int

// find finds the classes of a plain message.
func (c *classes) find(text string) places {
	out := places{}
	note := func(classes []int, word int) {
		for _, n := range classes {
			out[n] = append(out[n], word)
		}
	}
	words := strings.Fields(text)
	at := 1 // where the word begins in the text
	for i, w := range words {
		end := at
		for n := 0; n < longest && i+n < len(words); n++ {
			end += len(words[i+n])
			note(c.whole[text[at:end]], i)
			end++
		}
		for n := range w {
			note(c.begun[w[:n]], i)
		}
		note(c.begun[w], i)
		at += len(w) + 1
	}
	return out
}

// in reports whether a message has the mix.
func (m *mix) in(p places) bool {
	if slices.ContainsFunc(m.all, func(class int) bool { return len(p[class]) == 0 }) {
		return false
	}
	return slices.ContainsFunc(p[m.all[0]], func(i int) bool {
		used := []int{i}
		for _, class := range m.all[1:] {
			at, ok := p.beside(class, i, used)
			if !ok {
				return false
			}
			used = append(used, at)
		}
		return !slices.ContainsFunc(m.none, func(class int) bool { _, ok := p.beside(class, i, nil); return ok })
	})
}

// beside returns where a class has a word near word i that is none of the used ones.
func (p places) beside(class, i int, used []int) (int, bool) {
	all := p[class]
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
