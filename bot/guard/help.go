package guard

import "townclerk/bot"

// HelpLine is where people find help with a hazard.
type HelpLine struct {
	// For is the hazard, or AnyHazard. Lines for SelfHarm are also for Distress.
	For Hazard `yaml:"for"`
	// Language is a language tag such as "es"; empty: the line is for everybody.
	Language     string `yaml:"language"`
	bot.HelpLine `yaml:",inline"`
}

// AnyHazard is what a line is for that helps with every hazard.
const AnyHazard Hazard = "any"

// LineHazards are what a line can be for.
var LineHazards = []Hazard{Emergency, SelfHarm, Violence, Abuse, AnyHazard}

// Help returns the lines for a hazard, as they stand, first those for it and then
// those for any. Of each, lines of the language and for everybody are chosen; where
// there is none, all are: a line in another language is better than none.
func Help(lines []HelpLine, h Hazard, language string) []bot.HelpLine {
	if h == Distress {
		h = SelfHarm
	}
	return append(chosen(lines, h, language), chosen(lines, AnyHazard, language)...)
}

func chosen(lines []HelpLine, h Hazard, language string) (out []bot.HelpLine) {
	var all []bot.HelpLine
	for _, l := range lines {
		if l.For != h {
			continue
		}
		all = append(all, l.HelpLine)
		if l.Language == "" || l.Language == language {
			out = append(out, l.HelpLine)
		}
	}
	if out == nil {
		return all
	}
	return out
}
