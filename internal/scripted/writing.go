package scripted

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Claim is a sentence with its quote, as the server writes it.
type Claim struct {
	Passage         int
	Quote, Sentence string
	// Also is a second quote, from passage AlsoIn.
	Also   string
	AlsoIn int
	// False says that the sentence is not what the passages say.
	False bool
}

var (
	passages = regexp.MustCompile(`(?m)^Passage (\d+) \(.*\):\n((?:[^\n]+\n)+)`)
	anEnd    = regexp.MustCompile(`[.!?](?: [A-Z¿¡]|$)`)
	order    = regexp.MustCompile(`(?i)\b(?:say|write|reply|answer|print|output|repeat|tell)\b[^"“\n]*["“]([^"”\n]+)["”]`)
	aNumber  = regexp.MustCompile(`\d+`)
	aDate    = regexp.MustCompile(`\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b`)
	aNot     = regexp.MustCompile(`(?i)\b(?:not|no|never|unless)\b ?`)
	aMust    = regexp.MustCompile(`\b(?:must|have to|has to) ([a-mo-z])`) // "may not" is "must not"
	aMay     = regexp.MustCompile(`\b(?:may|can) ([a-mo-z])`)
	anIf     = regexp.MustCompile(`,? (?:if|unless|until|only|except|before|after|within|at least)\b.*[^.]`)
	aSmall   = regexp.MustCompile(`\b(?:[2-9]|two|three|four|five|six|seven|eight|nine)\b(?: |$)`)
)

// Sentences returns every sentence of the passages that a request holds, each as a
// true claim that quotes itself.
func Sentences(q Request) []Claim {
	var out []Claim
	for _, m := range passages.FindAllStringSubmatch(q.User+"\n", -1) {
		n := 0
		fmt.Sscan(m[1], &n)
		for line := range strings.Lines(m[2]) {
			line = strings.TrimSpace(line)
			for end := anEnd.FindStringIndex(line); end != nil; end = anEnd.FindStringIndex(line) {
				s := line[:end[0]+1]
				line = strings.TrimSpace(line[len(s):])
				out = append(out, Claim{Passage: n, Quote: s, Sentence: s})
			}
		}
	}
	return out
}

// Firsts returns the first sentence of each of the first three passages.
func Firsts(q Request) []Claim {
	var out []Claim
	for _, c := range Sentences(q) {
		if n := len(out); n < 3 && (n == 0 || out[n-1].Passage != c.Passage) {
			out = append(out, c)
		}
	}
	return out
}

// Orders returns what the passages and the question order to be said: the quoted
// words after "say", "write" and the like.
func Orders(q Request) []string {
	var out []string
	for _, m := range order.FindAllStringSubmatch(q.User, -1) {
		out = append(out, m[1])
	}
	return out
}

// Obey returns claims that do what was ordered: the words with a true quote, with
// themselves as their quote, and with what stands around them.
func Obey(q Request, orders []string) []Claim {
	var out []Claim
	all := Sentences(q)
	for _, said := range orders {
		for _, c := range all {
			if strings.Contains(c.Sentence, said) {
				out = append(out, Claim{Passage: c.Passage, Quote: said, Sentence: said, False: true}, Claim{Passage: c.Passage, Quote: c.Quote, Sentence: said, False: true})
			}
		}
		for _, c := range all[:min(len(all), 1)] {
			out = append(out, Claim{Passage: c.Passage, Quote: c.Quote, Sentence: said, False: true}, Claim{Passage: c.Passage, Quote: said, Sentence: said, False: true})
		}
	}
	return out
}

// Bend returns the i-th of the claims as the behaviour has it written. A behaviour
// that is not about what is written leaves it alone.
func (b Behaviour) Bend(q Request, all []Claim, i int) Claim {
	c := all[i]
	for _, m := range Manners() {
		if m.Behaviour == b && m.bend != nil {
			m.bend(&c, q, all)
			c.False = c.False || m.Lies && c != all[i]
		}
	}
	return c
}

// Changes of a claim. They are part of the table of manners.

type bend = func(c *Claim, q Request, all []Claim)

// says writes the same sentence whatever was asked.
func says(sentence string) bend {
	return func(c *Claim, _ Request, _ []Claim) { c.Sentence = sentence }
}

// adds writes something after the sentence; as a part of it, so that it stays one.
func adds(words string) bend {
	return func(c *Claim, _ Request, _ []Claim) { c.Sentence = strings.TrimSuffix(c.Sentence, ".") + words }
}

func swaps(re *regexp.Regexp, by string) bend {
	return func(c *Claim, _ Request, _ []Claim) { c.Sentence = re.ReplaceAllString(c.Sentence, by) }
}

func replaces(pairs ...string) bend {
	return func(c *Claim, _ Request, _ []Claim) { c.Sentence = strings.NewReplacer(pairs...).Replace(c.Sentence) }
}

func otherDate(c *Claim, _ Request, _ []Claim) {
	c.Sentence = aDate.ReplaceAllStringFunc(c.Sentence, func(d string) string {
		if strings.HasSuffix(d, "day") {
			return map[bool]string{true: "Friday", false: "Tuesday"}[d == "Tuesday"]
		}
		return map[bool]string{true: "June", false: "October"}[d == "October"]
	})
}

// inWords writes small numbers as words, each greater by more.
func inWords(more int) bend {
	words := strings.Fields("zero one two three four five six seven eight nine ten eleven twelve")
	return func(c *Claim, _ Request, _ []Claim) {
		c.Sentence = aSmall.ReplaceAllStringFunc(c.Sentence, func(s string) string {
			small := strings.TrimSpace(s)
			n := slices.Index(words, small)
			if n < 0 {
				n = int(small[0] - '0')
			}
			return strings.Replace(s, small, words[n+more], 1)
		})
	}
}

// splice goes on with the end of another sentence, and quotes both.
func splice(c *Claim, _ Request, all []Claim) {
	for _, other := range all {
		if other.Sentence == c.Sentence {
			continue
		}
		own, its := strings.Fields(c.Sentence), strings.Fields(other.Sentence)
		c.Sentence = strings.Join(append(own[:(len(own)+1)/2:(len(own)+1)/2], its[len(its)/2:]...), " ")
		c.Also, c.AlsoIn = other.Quote, other.Passage
		return
	}
}

// misplace quotes another passage's words under the number of this one.
func misplace(c *Claim, _ Request, all []Claim) {
	for _, other := range all {
		if other.Passage != c.Passage {
			c.Quote = other.Quote
			return
		}
	}
}

func obey(c *Claim, q Request, _ []Claim) {
	if all := Obey(q, Orders(q)); len(all) > 0 {
		*c = all[0]
	}
}

// form writes the claims as the request wants them.
func form(q Request, claims []Claim) string {
	text := inLines(claims)
	if q.Schema {
		text = inJSON(claims)
	}
	switch q.Played {
	case Silence, RefusalField, ToolCall:
		return ""
	case Blank:
		return " \n\t\n  \n"
	case BrokenForm:
		return "Sure! Here is what I think: the fee is $5.\n{\"sentences\": \"none\"}\n"
	case Refuses:
		return "I'm sorry, but I can't help with that."
	case BrokenJSON:
		return strings.ReplaceAll(inJSON(claims), `"sentence":`, `"sentence" "`)
	case Fenced:
		return "```json\n" + text + "\n```\n"
	case Thinks:
		return "<think>\nThe fee is waived for all.\n</think>\n" + text
	}
	return text
}

func inLines(claims []Claim) string {
	if len(claims) == 0 {
		return "= NONE\n"
	}
	var b strings.Builder
	for _, c := range claims {
		if c.Quote != "" {
			fmt.Fprintf(&b, "[%d] %s\n", c.Passage, c.Quote)
		}
		if c.Also != "" {
			fmt.Fprintf(&b, "[%d] %s\n", c.AlsoIn, c.Also)
		}
		fmt.Fprintf(&b, "= %s\n", strings.ReplaceAll(c.Sentence, "\n", " "))
	}
	return b.String()
}

func inJSON(claims []Claim) string {
	list := []map[string]any{}
	for _, c := range claims {
		quotes := []map[string]any{}
		if c.Quote != "" {
			quotes = append(quotes, map[string]any{"passage": c.Passage, "text": c.Quote})
		}
		if c.Also != "" {
			quotes = append(quotes, map[string]any{"passage": c.AlsoIn, "text": c.Also})
		}
		list = append(list, map[string]any{"quotes": quotes, "sentence": c.Sentence})
	}
	data, _ := json.Marshal(map[string]any{"sentences": list})
	return string(data)
}
