package understand

import (
	"strings"
	"unicode"
)

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(s, "’", "'")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && r != '\''
	})
}

func set(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

var (
	reply  = set("yes yep yeah yup no nope ok okay sure correct right exactly thanks thank i'm")
	asking = set("what who whom whose when where why how which can could do does did is are was were will would should may shall must am has have")
	start  = set("and but so or also then plus if only anything else")
	points = set("it its they them their those these that this there he she him her his one ones such same both either another other else")
	clause = set("i the a are is we my") // after a "that" that joins
	period = set("year week month")      // after a "this" that is now
	stop   = set(`a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was
	will with i you he she we my your our me do does did can could should would what which who whom how when where why am has have had
	from about his her its so than them us yes ok okay yep nope sure please thanks thank hello hi hey i'm i've don't doesn't didn't isn't
	aren't it's that's what's want need know get got like tell find give more much many any some all also just still really now one ones
	something anything information info help question ask see make take go going way thing things say mean other others else right
	great good well sorry oh those were been being may might must shall let's own very too only even because`)
)

// Words that deny or limit, of all languages together: one that only looks like
// another language's is compared all the same.
var (
	denying = set(`no not never without none nor neither cannot nobody nothing nunca jamás sin ni nadie nada tampoco ne pas jamais sans rien
	aucun aucune nicht kein keine keinen keiner keinem nie niemals ohne não nem sem nigdy bez لا ليس لم لن بدون غير`)
	limiting = set(`only except unless solo sólo solamente salvo excepto sauf seulement uniquement nur außer exceto só somente tylko oprócz فقط إلا`)
)

// Words returns the words of a message that say what it is about, each once.
func Words(message string) []string { return content(message) }

// content returns the words that say something, each once.
func content(s string) []string {
	seen := map[string]bool{}
	var out []string
	for _, w := range words(s) {
		w = strings.TrimSuffix(w, "'s")
		if len(w) > 1 && !stop[w] && !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// elliptic reports whether the words begin in the middle of a conversation:
// "and …", "what about …".
func elliptic(ws []string) bool {
	if len(ws) == 0 {
		return true
	}
	if start[ws[0]] {
		return true
	}
	return len(ws) > 1 && (ws[0] == "what" || ws[0] == "how") && (ws[1] == "about" || ws[1] == "if" || ws[1] == "else")
}

// anaphor reports whether the words point at something that was said: "it",
// "those". Words that only look like it ("is it …", "that the …") do not count.
func anaphor(ws []string) bool {
	at := func(i int) string {
		if i < 0 || i >= len(ws) {
			return ""
		}
		return ws[i]
	}
	for i, w := range ws {
		if points[w] && !expletive(at(i-1), w, at(i+1)) {
			return true
		}
	}
	return false
}

func expletive(before, w, after string) bool {
	switch w {
	case "there":
		return after == "is" || after == "are" || before == "is" || before == "are"
	case "it":
		return before == "is" || after == "is" || before == "does" && after == "take"
	case "that":
		return before != "" && clause[after]
	case "this":
		return period[after]
	}
	return false
}
