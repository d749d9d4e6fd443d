// Package sign tells what kind a message is by signs: phrases of people, kept in
// files that one can read, a folder for a question and in it a file for each
// language. A line is a pattern (regular expressions of Go's syntax) of lower-case
// words without accents, with a blank where any other character stood:
//
//	<kin> = mother|father          a list; <kin> stands for it in patterns
//	spelled = suicide|ambulance    words that are also read with one slip in them
//	[calm]                         phrases that are taken out before the rest is read
//	[abuse]                        the signs of a kind, a pattern a line
//	!<kin> hits                    a sign even in a calm phrase, looked for before all others
//	<kin> ~ hits                   two of them, at most six words apart, whichever is first
//	{hit} = hits|punch*            a class of words that mean alike, four in a row at most
//	{kin} {hit} !{game}            a mix: a word of each class, in any order, near one another,
//	                               and near the first of them none of the class behind !
//
// A pattern stands as whole words, one that begins with ^ at the message's beginning.
// Each Chinese character is a word, so blanks part it from a bracket. \w is of a Latin
// letter, \S of any. A message that says the same in any other way is not recognised.
package sign

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Set is the signs of some kinds in every language. It is safe for concurrent use.
type Set struct {
	calm    []phrase
	kinds   []kind
	classes classes
	spelled []string
}

// kind has its signs: those that are looked for when the calm phrases are out, and
// those that always are.
type kind struct {
	name          string
	signs, always []phrase
	mixes         []mix
}

// Read reads the files, one a language and named for it ("es.txt"). The kinds are the
// names in brackets, in the order in which they are looked for. Every file has signs of every kind.
func Read(files fs.FS, kinds ...string) (*Set, error) {
	names, err := fs.Glob(files, "*.txt")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("read the signs: there are none (%v)", err)
	}
	s := &Set{classes: newClasses()}
	for _, k := range kinds {
		s.kinds = append(s.kinds, kind{name: k})
	}
	for _, name := range names {
		file, err := fs.ReadFile(files, name)
		if err == nil {
			err = s.add(string(file), strings.TrimSuffix(name, ".txt"))
		}
		if err != nil {
			return nil, fmt.Errorf("read the signs of %s: %w", path.Base(name), err)
		}
	}
	return s, nil
}

// add adds a language's file.
func (s *Set) add(file, language string) error {
	patterns, spelled := sections(file)
	s.spelled = append(s.spelled, spelled...)
	for _, line := range patterns["{"] {
		s.classes.add(line, language)
	}
	var err error
	if s.calm, err = appendPhrases(s.calm, language, patterns["calm"], `+ `); err != nil {
		return err
	}
	for i := range s.kinds {
		k := &s.kinds[i]
		if patterns[k.name] == nil {
			return fmt.Errorf("it has none of %q", k.name)
		}
		if k.signs, err = appendPhrases(k.signs, language, patterns[k.name], `(?: |$)`); err != nil {
			return err
		}
		for _, line := range patterns["{"+k.name] {
			m, err := s.classes.newMix(line, language)
			if err != nil {
				return err
			}
			k.mixes = append(k.mixes, m)
		}
		if k.always, err = appendPhrases(k.always, language, patterns["!"+k.name], `(?: |$)`); err != nil {
			return err
		}
	}
	return nil
}

func appendPhrases(phrases []phrase, language string, patterns []string, end string) ([]phrase, error) {
	for _, p := range patterns {
		compiled, err := newPhrase(`(?:`+p+`)`+end, language)
		if err != nil {
			return nil, err
		}
		phrases = append(phrases, compiled)
	}
	return phrases, nil
}

// sections returns the patterns below each name in brackets, lists filled in, and the
// words that are also read with a slip.
func sections(file string) (patterns map[string][]string, spelled []string) {
	patterns = map[string][]string{}
	var section string
	var lists []string
	for line := range strings.Lines(chinese.ReplaceAllStringFunc(file, apart)) {
		line = strings.TrimSpace(line)
		name, words, isList := strings.Cut(line, " = ")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '{' && isList:
			patterns["{"] = append(patterns["{"], line)
		case line[0] == '{':
			patterns["{"+section] = append(patterns["{"+section], line)
		case isList && name == "spelled":
			spelled = strings.Split(words, "|")
		case isList:
			lists = append(lists, name, "(?:"+strings.NewReplacer(lists...).Replace(words)+")")
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			to := section
			line = strings.NewReplacer(lists...).Replace(line)
			if rest, always := strings.CutPrefix(line, "!"); always {
				line, to = rest, "!"+section
			}
			if a, b, near := strings.Cut(line, " ~ "); near {
				line = fmt.Sprintf(`(?:%[1]s (?:\S+ ){0,6}%[2]s|%[2]s (?:\S+ ){0,6}%[1]s)`, "(?:"+a+")", "(?:"+b+")")
			}
			if rest, first := strings.CutPrefix(line, "^"); first {
				line = "^ " + rest
			} else {
				line = " " + line
			}
			patterns[to] = append(patterns[to], line)
		}
	}
	return patterns, spelled
}

var chinese = regexp.MustCompile(`\p{Han}+`)

// apart puts a blank between the characters.
func apart(characters string) string { return strings.Join(strings.Split(characters, ""), " ") }

// Kind returns the first kind that the message has a sign of, and the language of that
// sign; "" and "" for none.
func (s *Set) Kind(message string) (kind, language string) {
	text := plain(message)
	kind, language = s.find(text)
	if right := s.respell(text); kind == "" && right != text {
		return s.find(right)
	}
	return kind, language
}

func (s *Set) find(text string) (kind, language string) {
	for _, k := range s.kinds {
		if language, ok := languageIn(k.always, text); ok {
			return k.name, language
		}
	}
	for _, c := range s.calm {
		if c.maybeIn(text) {
			text = c.pattern.ReplaceAllString(text, " ")
		}
	}
	for _, k := range s.kinds {
		if language, ok := languageIn(k.signs, text); ok {
			return k.name, language
		}
	}
	places := s.classes.find(text)
	for _, k := range s.kinds {
		if at := slices.IndexFunc(k.mixes, func(m mix) bool { return m.in(places) }); at >= 0 {
			return k.name, k.mixes[at].language
		}
	}
	return "", ""
}

// languageIn returns the language of the first phrase that the text has.
func languageIn(phrases []phrase, text string) (language string, ok bool) {
	at := slices.IndexFunc(phrases, func(p phrase) bool { return p.in(text) })
	if at < 0 {
		return "", false
	}
	return phrases[at].language, true
}

// respell puts the words right that are one slip away from a word of the files.
func (s *Set) respell(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		one := single(w)
		at := slices.IndexFunc(s.spelled, func(right string) bool { return slip(one, single(right)) })
		if at >= 0 && !slices.Contains(s.spelled, w) {
			words[i] = s.spelled[at]
		}
	}
	return strings.Join(words, " ")
}

// slip reports whether a letter too many, too few, wrong, or two of them swapped,
// make one word of the other.
func slip(a, b string) bool {
	if len(a) > len(b)+1 || len(b) > len(a)+1 {
		return false
	}
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// single writes each letter once that is doubled.
func single(word string) string {
	for i := 1; i < len(word); i++ {
		if word[i] == word[i-1] {
			return string(slices.Compact([]byte(word)))
		}
	}
	return word
}

// letters are those that have no accent to be taken away but are written either way.
var letters = strings.NewReplacer("ß", "ss", "ł", "l", "ى", "ي", "ة", "ه", "ـ", "")

// plain returns a message's words in lower case, without accents, with one blank
// around and between them. An apostrophe parts words.
func plain(message string) string {
	var b strings.Builder
	b.WriteByte(' ')
	last := ' '
	for _, r := range letters.Replace(norm.NFKD.String(strings.ToLower(message))) {
		if unicode.IsMark(r) {
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = ' '
		}
		if last != ' ' && (r == ' ' || unicode.Is(unicode.Han, r) || unicode.Is(unicode.Han, last)) {
			b.WriteByte(' ')
		}
		if r != ' ' {
			b.WriteRune(r)
		}
		last = r
	}
	if last != ' ' {
		b.WriteByte(' ')
	}
	return b.String()
}
