package sign

import (
	"strings"
	"testing"
	"testing/fstest"
)

const file = `# comment
{kin} = aunt|step uncle|neighbor*
{hit} = hits|beats up
{game} = chess
<kin> = mother|father
spelled = ambulance
[calm]
weed kill(?:er|s)
[danger]
{hit} {kin} {kin} !{game}
kill(?:s|ed)?
!the weed killer hurt
<kin> ~ hurt
ambulance
着火
احترق
lodz
[greeting]
^hello
`

func read(t testing.TB, content string) (*Set, error) {
	t.Helper()
	return Read(fstest.MapFS{"en.txt": {Data: []byte(content)}}, "danger", "greeting")
}

func TestKind(t *testing.T) {
	s, err := read(t, file)
	if err != nil {
		t.Fatal(err)
	}
	for message, want := range map[string]string{
		"he KILLS": "danger", "Héllo, kill": "danger", "hello": "greeting", "say hello": "", // the first kind; only at the beginning
		"weed killer": "", "weed killer, weed kills": "", "a weed killer kills": "danger", "the weed killer hurt": "danger",
		"killing": "", "skill": "", // whole words
		"有人着火了吗": "danger", "火了": "", "أَحْتَرِقُ": "danger", "ŁÓDŹ": "danger", // no blanks; marks; a letter with a stroke
		"my mother, he hurt": "danger", "hurt was my father": "danger", "mother a b c d e f g hurt": "",
		"my aunt hits her neighbors": "danger", "neighborhood aunt beats up": "danger", "my aunt hits": "", // two of kin
		"step uncle beats up aunt": "danger", "aunt hits step uncle at chess": "", "aunt hits a b c d e f g h i j k l m n o neighbor": "",
		"ambulanse": "danger", "abmulance": "danger", "ambullance": "danger", "ambulancess": "danger", "amblnce": "",
		"": "", "?!": "",
	} {
		if got, language := s.Kind(message); got != want || (language == "en") != (want != "") {
			t.Errorf("%q is %q in %q, want %q", message, got, language, want)
		}
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	for content, want := range map[string]string{
		"[danger]\nx":                 `en.txt: it has none of "greeting"`,
		"[danger]\n{kin} x\nhit\n":    "there is no class {kin}",
		"[danger]\n(\n[greeting]\nx":  "missing closing",
		"[calm]\n(\n[danger]\nx":      "missing closing",
		"[danger]\n\n[greeting]\nhey": `it has none of "danger"`,
	} {
		if _, err := read(t, content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
	if _, err := Read(fstest.MapFS{}, "danger"); err == nil {
		t.Error("no files are taken for signs")
	}
}

// Whatever a file holds, it is read or refused, and what was read does not fail.
func FuzzRead(f *testing.F) {
	f.Add(file, "hello mother")
	f.Add("[danger]\n^ ~ \n[greeting]\n<a> = <a>\n", "")
	f.Fuzz(func(t *testing.T, content, message string) {
		if s, err := read(t, content); err == nil {
			s.Kind(message)
		}
	})
}
