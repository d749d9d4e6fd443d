package syntax

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inflect notes the forms of the verbs of a list: their base form, and those with -s,
// -ed and -ing, each as the letter that tells it.
func inflect(verbs map[string]string) map[string]byte {
	out := map[string]byte{}
	for v := range verbs {
		stem, s := strings.TrimSuffix(v, "e"), v+"s"
		switch y, ends := strings.CutSuffix(v, "y"); {
		case ends && !strings.HasSuffix(y, "a") && !strings.HasSuffix(y, "e") && !strings.HasSuffix(y, "o"):
			s, stem = y+"ies", y+"i"
			out[v+"ing"] = 'g'
		case strings.HasSuffix(v, "s"), strings.HasSuffix(v, "sh"), strings.HasSuffix(v, "ch"), strings.HasSuffix(v, "x"), v == "go":
			s = v + "es"
		}
		last := v[len(v)-1:]
		out[stem+"ing"], out[stem+last+"ing"], out[stem+last+"ed"], out[stem+"ed"], out[s], out[v] = 'g', 'g', 'd', 'd', 's', 'b'
	}
	return out
}

// verb reports that a word tells what is done or how, and names nothing: a verb or
// adverb, or what is said of something behind "is". It goes by the word in front of
// it, by the token behind it, and in English by a list of verbs; in German nouns have
// capitals, in Spanish and French an ending and no article tell.
func (l *Lexicon) verb(r *Reading, text string, capital bool, next piece) bool {
	if l.Table["people"][text] != "" || l.Language == "de" && capital && next.Text != "sie" {
		return false
	}
	if l.Language == "de" {
		return true
	}
	var before Word
	if n := len(r.Words); n > 0 && len(r.Clauses) > 0 && r.Clauses[len(r.Clauses)-1].First < n {
		before = r.Words[n-1]
	}
	is := func(table string) bool { return before.Fact < 0 && l.Table[table][before.Text] != "" }
	form := l.verbs[text]
	switch {
	case is("determiners"):
		return false
	case l.Language != "en":
		return len(before.Tags) > 0 && before.Fact < 0 && slices.ContainsFunc(before.Tags, func(t string) bool { return t == "if" || t == "neg" || t == "who" || Modal(t) }) || slices.ContainsFunc(strings.Fields(l.Table["verbal"]["x"]), func(e string) bool { return strings.HasSuffix(text, e) }) || l.Table["verbal"][text] != ""
	case strings.HasSuffix(text, "ly"):
		return true
	case before.Text == "to" || before.Text == "please" || is("subject") || is("helpers") || len(before.Tags) > 0 && before.Fact < 0:
		counts := slices.ContainsFunc(before.Tags, func(t string) bool { return t == "without" || t == "all" || t == "every" })
		return !counts && before.Text != "no" || form == 'g' // "no", "all" and "without" stand in front of nouns
	case is("fronts"):
		return form == 'g'
	case before.Text == "" && capital && (l.Table["determiners"][next.Text] != "" || l.Table["pronouns"][next.Text] != ""): // "Boil the water"
		return true
	}
	tags := l.Table["tags"][next.Text]
	if form == 0 || l.Table["helpers"][next.Text] != "" || next.Text == "of" || strings.Contains(tags, "must") || strings.Contains(tags, "can") || strings.Contains(tags, "will") {
		return false
	}
	return before.Text != "" || form == 'b'
}

// finite reports a verb that a subject may stand in front of.
func (l *Lexicon) finite(w Word, r *Reading) bool {
	n := len(r.Words)
	if form := l.verbs[w.Text]; !w.Verb || n == 0 || form != 'b' && form != 's' {
		return false
	}
	before := r.Words[n-1]
	return !before.Verb && before.Text != "to" && !slices.ContainsFunc(before.Tags, func(t string) bool { return Modal(t) || t == "neg" }) && l.Table["fronts"][before.Text] == "" && !l.Helps(before.Text)
}

func capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// Opposite reports that two words that are compared say the contrary of each other.
func (l *Lexicon) Opposite(a, b string) bool {
	return a != "" && b != "" && a != b && slices.Contains(l.contrary[a], b)
}

// Akin reports that two verbs tell one event from two sides, or are near to each other.
func (l *Lexicon) Akin(a, b string) bool { return slices.Contains(l.akin[a], b) }

// pairs reads a list of pairs: of a stem, those that it is paired with.
func (l *Lexicon) pairs(list string) map[string][]string {
	out := map[string][]string{}
	names := map[string]bool{}
	for _, name := range l.Table["same"] {
		names[name] = true
	}
	stem := func(s string) string {
		if names[s] {
			return "~" + s
		}
		return l.Stem(s)
	}
	for phrase, name := range l.Table[list] {
		a, b := stem(name), stem(phrase)
		out[a], out[b] = append(out[a], b), append(out[b], a)
	}
	return out
}
