package guard

import (
	"embed"
	"io/fs"
	"sync"

	"townclerk/bot/guard/sign"
)

// Hazard is a kind of danger that a message speaks of; each has help lines of
// its own.
type Hazard string

// The hazards. None is the zero value.
const (
	None      Hazard = ""
	Emergency Hazard = "emergency" // fire, gas, somebody's life
	SelfHarm  Hazard = "self-harm"
	Violence  Hazard = "violence" // suffered, seen, or threatened
	Abuse     Hazard = "abuse"
	Distress  Hazard = "distress" // despair, panic, a sick mind, without a word of dying
)

// Danger returns the hazard that a message speaks of: the first result of DangerIn.
func Danger(message string) (hazard Hazard) { hazard, _ = DangerIn(message); return }

// DangerIn returns the hazard that a message speaks of and the language that it does so
// in ("es"), or None and "". Of several hazards it is the first in the order above, but
// all their pills that the writer took are SelfHarm. English, Spanish, French, German,
// Portuguese, Polish, Arabic and Chinese are read. It looks for somebody who is in danger
// or threatens, not for the words: "suicide prevention walk" and "kill weeds" are none.
// Where it errs, it errs towards saying where help is.
func DangerIn(message string) (hazard Hazard, language string) {
	kind, language := dangers().Kind(Clean(message))
	return Hazard(kind), language
}

// Door is where a message belongs that no document can answer.
type Door string

// The doors. NoDoor is the zero value: a question.
const (
	NoDoor   Door = ""
	OwnCase  Door = "own case"  // what only the agency's staff can see or do: "has my application been approved"
	Advice   Door = "advice"    // what only a professional or an official may say: "should I sue"
	OffTopic Door = "off topic" // what no agency is for: poems, opinions, what the machine feels
)

// DoorOf returns the door that a message belongs to. English, Spanish, French and
// German are read. A question that is asked in general ("how do I check my
// application's status") is one, whatever else it speaks of: where it errs, it errs
// towards looking for an answer.
func DoorOf(message string) Door {
	kind, _ := doors().Kind(Clean(message))
	return Door(kind)
}

//go:embed signs/*.txt doors/*.txt
var signs embed.FS

var (
	dangers = atFirstUse("signs", string(Emergency), string(SelfHarm), string(Violence), string(Abuse), string(Distress))
	doors   = atFirstUse("doors", string(OwnCase), string(Advice), string(OffTopic))
)

// atFirstUse reads a folder's signs when they are first asked for: it takes a moment,
// and most commands never do.
func atFirstUse(folder string, kinds ...string) func() *sign.Set {
	return sync.OnceValue(func() *sign.Set {
		files, err := fs.Sub(signs, folder)
		if err == nil {
			var s *sign.Set
			if s, err = sign.Read(files, kinds...); err == nil {
				return s
			}
		}
		panic(err) // they are compiled in
	})
}
