package parse_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"townclerk/knowledge"
	"townclerk/knowledge/parse"
)

var update = flag.Bool("update", false, "write the golden files")

// The golden files show what people may compare with the page: what it says
// about itself, then each block with its kind.
func TestGolden(t *testing.T) {
	pages, err := filepath.Glob("testdata/*.[hm]*")
	if err != nil || len(pages) < 5 {
		t.Fatal(len(pages), err)
	}
	for _, name := range pages {
		if filepath.Ext(name) == ".golden" {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := parse.Parse(parse.Raw{Name: name, URL: "https://riverton.example.gov/a/b", Data: data})
		if err != nil {
			t.Fatal(err)
		}
		check(t, v)
		got, golden := show(v), name+".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from what the page gives (run with -update):\n%s", golden, got)
		}
	}
}

var kinds = map[knowledge.BlockKind]string{
	knowledge.Paragraph: "text", knowledge.Heading: "heading", knowledge.Item: "item", knowledge.Row: "row",
	knowledge.Term: "term", knowledge.Definition: "definition", knowledge.Preformatted: "pre",
}

func show(v knowledge.Version) string {
	var b strings.Builder
	reviewed := ""
	if !v.Reviewed.IsZero() {
		reviewed = v.Reviewed.Format(time.RFC3339)
	}
	fmt.Fprintf(&b, "url %s\ntitle %q\ndescription %q\nlanguage %s\ndepartment %q\nreviewed %s\n\n",
		v.URL, v.Title, v.Description, v.Language, v.Department, reviewed)
	anchor := ""
	for i, k := range v.Blocks {
		if k.Anchor != anchor {
			anchor = k.Anchor
			fmt.Fprintf(&b, "#%s\n", anchor)
		}
		fmt.Fprintf(&b, "%3d %s", i, kinds[k.Kind])
		if k.Level > 0 {
			fmt.Fprintf(&b, " %d", k.Level)
		}
		if k.IsHeader {
			b.WriteString(" header")
		}
		if k.Header > 0 {
			fmt.Fprintf(&b, " under %d", k.Header-1)
		}
		if k.Leaves > 0 {
			fmt.Fprintf(&b, " leaves %d", k.Leaves)
		}
		if k.Kind == knowledge.Row {
			for _, c := range k.Cells {
				fmt.Fprintf(&b, " | %s", v.Text[c.Start:c.End])
			}
			b.WriteString("\n")
			continue
		}
		fmt.Fprintf(&b, " %q\n", v.Text[k.Range.Start:k.Range.End])
	}
	return b.String()
}
