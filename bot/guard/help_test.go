package guard

import (
	"fmt"
	"testing"

	"townclerk/bot"
)

func TestHelp(t *testing.T) {
	line := func(h Hazard, language, name string) HelpLine { return HelpLine{h, language, bot.HelpLine{Name: name}} }
	lines := []HelpLine{
		line(AnyHazard, "", "office"), line(SelfHarm, "en", "listen"), line(SelfHarm, "es", "escuchar"), line(Abuse, "en", "shelter"), line(Abuse, "", "police"),
	}
	for _, test := range []struct {
		hazard         Hazard
		language, want string
	}{
		{SelfHarm, "es", "[escuchar office]"},
		{Distress, "en", "[listen office]"},
		{SelfHarm, "fr", "[listen escuchar office]"}, // none of French: better all
		{Abuse, "en", "[shelter police office]"},
		{Abuse, "es", "[police office]"},
		{Violence, "en", "[office]"},
	} {
		var names []string
		for _, l := range Help(lines, test.hazard, test.language) {
			names = append(names, l.Name)
		}
		if got := fmt.Sprint(names); got != test.want {
			t.Errorf("%s in %s: %s, want %s", test.hazard, test.language, got, test.want)
		}
	}
	if got := Help(nil, Abuse, "en"); got != nil {
		t.Errorf("without lines: %v", got)
	}
}
