// Package understand decides, without a model, how far a question leans on
// what was said before it.
package understand

import (
	"math"
	"strings"

	"townclerk/retrieval"
)

// Turn is an earlier exchange of the conversation.
type Turn struct {
	Question string
	Answer   string
}

// Understanding is how a question is to be searched.
type Understanding struct {
	// Context are the earlier texts that the question leans on, latest first,
	// each with the weight of its words beside those of the question.
	Context []retrieval.Weighted
	// FollowUp reports whether the question cannot be understood alone.
	FollowUp bool
	// Reason names the rule that decided.
	Reason string
}

// Query returns the search for the question.
func (u Understanding) Query(question string) retrieval.Query {
	return retrieval.Query{Text: question, Context: u.Context}
}

// Rarity says how much a word tells apart: 0 for a word that is on every page
// or on none, 1 for one that is on a single page.
type Rarity func(word string) float64

// Params are being tuned.
var P = struct {
	Reply, Strong, Some, Weak float64
	DReply, DStrong, DWeak    float64
	AReply, AStrong, AWeak    float64
	S1, S2, Default           float64
	Overlap                   float64
}{1, .7, .4, .2, .9, .7, .5, .05, .1, 0, .8, 1.6, .6, .1}

// Context decides which earlier turns, oldest first, lend their words to the
// question. rarity may be nil.
func Context(question string, earlier []Turn, rarity Rarity) Understanding {
	if rarity == nil {
		rarity = func(string) float64 { return P.Default }
	}
	if len(earlier) == 0 {
		return Understanding{Reason: "first question"}
	}
	lean, decay, answer, reason := judge(question, earlier, rarity)
	u := Understanding{FollowUp: lean >= P.Strong, Reason: reason}
	w := lean
	for i := len(earlier) - 1; i >= 0; i-- {
		t := earlier[i]
		if a := answer * math.Pow(decay, float64(len(earlier)-1-i)); a >= .03 && strings.TrimSpace(t.Answer) != "" {
			u.Context = append(u.Context, retrieval.Weighted{Text: t.Answer, Weight: a})
		}
		if len(content(t.Question)) == 0 {
			continue // "yes", "thank you"
		}
		if w >= .03 {
			u.Context = append(u.Context, retrieval.Weighted{Text: t.Question, Weight: w})
		}
		w *= decay
	}
	return u
}

func judge(question string, earlier []Turn, rarity Rarity) (lean, decay, answer float64, reason string) {
	ws := words(question)
	own := content(question)
	said := 0.0
	for _, w := range own {
		said += rarity(w)
	}
	asks := strings.Contains(question, "?") || len(ws) > 0 && asking[ws[0]]
	asked := strings.HasSuffix(strings.TrimSpace(earlier[len(earlier)-1].Answer), "?")
	switch {
	case len(own) == 0:
		return P.Reply, P.DReply, P.AReply, "no words of its own"
	case len(ws) > 0 && reply[ws[0]] && !asks, asked && !asks:
		return P.Reply, P.DReply, P.AReply, "an answer to a question"
	case elliptic(ws):
		return P.Strong, P.DStrong, P.AStrong, "begins in the middle"
	case anaphor(ws) && said < P.S2:
		return P.Strong, P.DStrong, P.AStrong, "points back"
	case said < P.S1:
		return P.Strong, P.DStrong, P.AStrong, "says little"
	case anaphor(ws) || said < P.S2:
		return P.Some, P.DStrong, P.AWeak, "says some"
	}
	return P.Weak, P.DWeak, 0, "stands alone"
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(s, "’", "'")), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '\'' || r > 127)
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
	stop   = set(`a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was
	will with i you he she we my your our me do does did can could should would what which who whom how when where why am has have had
	from about his her its so than them us yes ok okay yep nope sure please thanks thank hello hi hey i'm i've don't doesn't didn't isn't
	aren't it's that's what's want need know get got like tell find give more much many any some all also just still really now one ones
	something anything information info help question ask see make take go going way thing things say mean other others else right
	great good well sorry oh those were been being may might must shall let's own very too only even because`)
)

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

func elliptic(ws []string) bool {
	if len(ws) == 0 {
		return true
	}
	if start[ws[0]] {
		return true
	}
	return len(ws) > 1 && (ws[0] == "what" || ws[0] == "how") && (ws[1] == "about" || ws[1] == "if" || ws[1] == "else")
}

func anaphor(ws []string) bool {
	for i, w := range ws {
		if !points[w] {
			continue
		}
		next := ""
		if i+1 < len(ws) {
			next = ws[i+1]
		}
		prev := ""
		if i > 0 {
			prev = ws[i-1]
		}
		switch {
		case w == "there" && (next == "is" || next == "are" || prev == "is" || prev == "are"):
		case w == "it" && (prev == "is" || next == "is" || prev == "does" && next == "take"):
		case w == "that" && i > 0 && (next == "i" || next == "the" || next == "a" || next == "are" || next == "is" || next == "we" || next == "my"):
		case w == "this" && (next == "year" || next == "week" || next == "month"):
		default:
			return true
		}
	}
	return false
}
