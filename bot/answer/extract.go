package answer

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// Limits of an extractive answer.
const (
	maxWords     = 120 // of all sentences together
	maxUnits     = 4
	sourceHits   = 4    // passages that sentences are taken from
	nearBest     = 0.75 // a passage takes part from this share of the best one's score
	keepFrom     = 0.7  // a unit is kept from this share of the best unit's score
	passageShare = 0.3  // weight of the passage's score in a unit's
	ownShare     = 0.5  // and only if its own words fit at least half as well as the best unit's
	typeBonus    = 0.1  // for holding the kind of thing that is asked for
	firstBonus   = 0.03 // for opening its passage
)

// extract picks the sentences that answer from the best passages. It returns
// them in reading order, the best passage's page first.
func extract(q retrieval.Query, hits []retrieval.Hit, versions map[knowledge.VersionID]*knowledge.Version, rank Ranker) []bot.Sentence {
	units := collect(hits, versions)
	if len(units) == 0 {
		return nil
	}
	score(q, hits, units, rank)
	chosen := choose(units, roomFor(q.Text))
	slices.SortFunc(chosen, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(pageRank(units, hits, a), pageRank(units, hits, b)),
			cmp.Compare(units[a].block, units[b].block), cmp.Compare(a, b))
	})
	var out []bot.Sentence
	for _, i := range chosen {
		out = append(out, units[i].sentence())
	}
	return out
}

// collect cuts the passages that are nearly as good as the best into units.
func collect(hits []retrieval.Hit, versions map[knowledge.VersionID]*knowledge.Version) []unit {
	var units []unit
	seen := map[string]bool{}
	for i := range hits[:min(len(hits), sourceHits)] {
		h := &hits[i]
		v := versions[h.Passage.Version]
		if v == nil || h.Scores.Fused < nearBest*hits[0].Scores.Fused {
			continue
		}
		for _, u := range unitsOf(v, &h.Passage, i, len(units)) {
			u.never = u.words > maxWords || seen[u.text] && !strings.HasSuffix(u.text, ":") || u.intro == 0 && dangling.MatchString(u.text) // kept for the numbering
			seen[u.text] = true
			units = append(units, u)
		}
	}
	return units
}

// score rates each unit: how well its own words fit the question, how well its
// passage does, and whether it holds what is asked for.
func score(q retrieval.Query, hits []retrieval.Hit, units []unit, rank Ranker) {
	texts := make([]knowledge.Passage, len(units))
	for i, u := range units {
		p := &hits[u.hit].Passage
		texts[i] = knowledge.Passage{Source: p.Source, Headings: p.Headings, Text: u.text, Ordinal: i}
		texts[i].Document, texts[i].Version = p.Document, p.Version
	}
	asked := kindsAsked(q.Text)
	best := max(hits[0].Scores.Fused, 1e-9)
	for i, s := range rank.Rank(ownWords(q), texts) {
		u := &units[i]
		u.own = s
		u.score = s - passageShare*(1-hits[u.hit].Scores.Fused/best)
		for _, k := range asked {
			if k.found.MatchString(u.text) {
				u.score += typeBonus
			}
		}
		if i == 0 || units[i-1].passage != u.passage {
			u.score += firstBonus
		}
		if strings.HasSuffix(u.text, ":") || strings.HasSuffix(u.text, "?") {
			u.score -= typeBonus // it leads in, it does not answer
		}
	}
}

// choose takes units by score until the answer is full, each with what it
// cannot be understood without.
func choose(units []unit, most room) []int {
	order := make([]int, len(units))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(units[b].score, units[a].score) })
	best, fits := units[order[0]].score, units[order[0]].own
	taken, words := map[int]bool{}, 0
	for _, i := range order {
		if units[i].never || len(taken) > 0 && units[i].own < ownShare*fits {
			continue
		}
		if len(taken) >= maxUnits || units[i].score < keepFrom*best && len(taken) > 0 {
			break
		}
		beside := company(units, i, most.of(units[i].kind))
		if len(beside) == 1 && strings.HasSuffix(units[i].text, ":") {
			continue // it leads in to nothing
		}
		var need []int
		cost := 0
		for _, j := range beside {
			if !taken[j] && !units[j].never {
				need = append(need, j)
				cost += units[j].words
			}
		}
		if words+cost > most.words {
			continue
		}
		words += cost
		for _, j := range need {
			taken[j] = true
		}
	}
	var out []int
	for i := range taken {
		out = append(out, i)
	}
	return out
}

// company returns a unit with those that it needs beside it: the lead-in of a
// list or table, the sentence that "it" or "this" points to, and the exception
// that limits it.
func company(units []unit, i, most int) []int {
	out := []int{i}
	if intro := units[i].intro; intro > 0 {
		out = append(out, intro-1)
	}
	if i > 0 && follows(units, i) && pointsBack.MatchString(units[i].text) {
		out = append(out, i-1)
	}
	near := family(units, i, most)
	if len(near) == 0 && strings.HasSuffix(units[i].text, ":") { // it says nothing without what it leads in to
		for j := i + 1; j < len(units) && units[j].intro == i+1; j++ {
			near = append(near, j)
		}
	}
	out = append(out, near...)
	for _, last := range []int{i, slices.Max(out)} {
		if last+1 < len(units) && limited(units, last+1) && !slices.Contains(out, last+1) {
			out = append(out, last+1)
		}
	}
	return out
}

// limited reports whether unit i is a paragraph that limits the one before it.
func limited(units []unit, i int) bool {
	a, b := &units[i-1], &units[i]
	return a.passage == b.passage && b.kind == knowledge.Paragraph && b.block-a.block <= 1 && limits.MatchString(b.text)
}

// family returns the other units of the same short paragraph, list or table,
// with its lead-in: a rule with its conditions, a price with the others. It is
// empty where they are more than that many words together.
func family(units []unit, i, most int) []int {
	related := func(j int) bool {
		a, b := &units[i], &units[j]
		if a.passage != b.passage || a.kind != b.kind {
			return a.intro > 0 && j == a.intro-1
		}
		return a.block == b.block || a.kind != knowledge.Paragraph && a.intro == b.intro && (a.intro > 0 || a.kind == knowledge.Row)
	}
	var out []int
	words := units[i].words
	for j := range units {
		if j != i && related(j) {
			out = append(out, j)
			words += units[j].words
		}
	}
	if words > most {
		return nil
	}
	return out
}

// follows reports whether unit i stands directly after unit i-1 in running text.
func follows(units []unit, i int) bool {
	a, b := &units[i-1], &units[i]
	return a.passage == b.passage && b.kind == knowledge.Paragraph && a.kind == b.kind && b.block-a.block <= 1
}

// ownWords is the question with less of what it leans on: the passages are
// found, and within them its own words say which sentence is meant.
func ownWords(q retrieval.Query) retrieval.Query {
	context := q.Context
	q.Context = nil
	for _, c := range context {
		q.Context = append(q.Context, retrieval.Weighted{Text: c.Text, Weight: 0.3 * c.Weight})
	}
	return q
}

var (
	dangling   = regexp.MustCompile(`(?:[,;] ?|\b)(?:or|and|o|y)$`)
	pointsBack = regexp.MustCompile(`^(?i:it|this|that|these|those|they|he|she|such|otherwise|in that case|if so|if not|then|también|esto|ello|este|esta)\b`)
	limits     = regexp.MustCompile(`^(?i:unless|except|however|but|only|this does not|it does not|exceptions?|note:|excepto|salvo|pero|sin embargo)\b`)
)

func pageRank(units []unit, hits []retrieval.Hit, i int) int {
	for j := range hits {
		if hits[j].Passage.Version == units[i].version.ID {
			return j
		}
	}
	return len(hits)
}

// kind is a kind of thing that a question asks for, and how a sentence that
// holds one looks. Without one of a kind that is needed there is no answer.
type kind struct {
	asked, found *regexp.Regexp
	needed       *regexp.Regexp // the question can be met by nothing else; nil: it can
}

var kinds = []kind{
	{
		regexp.MustCompile(`(?i)\b(how much|cost|costs|price|fee|fees|fine|charge|pay|cheap|expensive|dear|cuánto|cuanto|costo|cuesta|precio|tarifa)\b`),
		regexp.MustCompile(`[$£€]\s?\d|\d\s?(?:dollars|pounds|euros|percent|%)|(?i:\bfree\b|\bno (?:\w+ )?(?:charge|fee|cost)|gratis|gratuit)`),
		regexp.MustCompile(`(?i)\bhow much (?:is|are|does|do|will|would|to)\b|\b(?:price|cost|fee) (?:of|for)\b|\bcuánto (?:cuesta|cuestan|vale|es)\b`),
	},
	{
		regexp.MustCompile(`(?i)\b(when|what time|what day|hours|open|close|closed|deadline|due|how long|how soon|how late|until|how many (?:days|weeks|months)|cuándo|cuando|hora|horario|plazo)\b`),
		regexp.MustCompile(`(?i)\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty) (?:working |business |calendar )?(?:minutes?|hours?|days?|weeks?|months?|years?)\b|\b(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b`),
		nil,
	},
	{
		regexp.MustCompile(`(?i)\b(phone|call|telephone|number|contact|ring|who do i|teléfono|llamar)\b`),
		regexp.MustCompile(`\(?\d{3}\)?[ .\-]\d{3}[.\-]\d{4}|\b0\d{3,4} \d{3} ?\d{3,4}|\S+@\S+\.\S+`),
		regexp.MustCompile(`(?i)\b(?:phone|telephone) number\b|\bwhat number\b|\bnúmero de teléfono\b`),
	},
	{
		regexp.MustCompile(`(?i)\b(how many|how big|how tall|how high|how far|how old|limit|maximum|minimum|cuántos|cuántas)\b`),
		regexp.MustCompile(`(?i)\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred)\b`),
		regexp.MustCompile(`(?i)\bhow (?:many|tall|high|far)\b|\bcuánt[oa]s\b`),
	},
	{
		regexp.MustCompile(`(?i)\b(where|address|location|dónde|donde|dirección)\b`),
		regexp.MustCompile(`\d+ [A-Z]\w+ (?:[A-Z]\w+ )?(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Way|Boulevard|Plaza|Square|Court)\b|(?i:\broom \w+|\bat the \w+|\bcity hall\b|\bonline\b)`),
		nil,
	},
}

// lacking reports whether the question needs a kind of thing that none of the
// sentences holds: a price, a number.
func lacking(question string, sentences []bot.Sentence) bool {
	for _, k := range kinds {
		if k.needed == nil || !k.needed.MatchString(question) {
			continue
		}
		if !slices.ContainsFunc(sentences, func(s bot.Sentence) bool { return k.found.MatchString(s.Text) }) {
			return true
		}
	}
	return false
}

func kindsAsked(question string) []kind {
	var out []kind
	for _, k := range kinds {
		if k.asked.MatchString(question) {
			out = append(out, k)
		}
	}
	return out
}
