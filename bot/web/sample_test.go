package web

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"townclerk/knowledge"
)

// A builder makes a version's text and blocks, as knowledge/parse does.
type builder struct {
	text   strings.Builder
	blocks []knowledge.Block
	anchor string
}

func (b *builder) add(kind knowledge.BlockKind, level int, text string) *knowledge.Block {
	if b.text.Len() > 0 {
		b.text.WriteByte('\n')
	}
	start := b.text.Len()
	b.text.WriteString(text)
	b.blocks = append(b.blocks, knowledge.Block{Kind: kind, Level: level, Anchor: b.anchor,
		Range: knowledge.Range{Start: start, End: b.text.Len()}})
	return &b.blocks[len(b.blocks)-1]
}

func (b *builder) row(header int, cells ...string) int {
	k := b.add(knowledge.Row, 0, strings.Join(cells, "\t"))
	at := k.Range.Start
	for _, c := range cells {
		k.Cells = append(k.Cells, knowledge.Range{Start: at, End: at + len(c)})
		at += len(c) + 1
	}
	k.Header, k.IsHeader = header, header == 0
	return len(b.blocks)
}

func sampleVersion() knowledge.Version {
	var b builder
	b.add(knowledge.Heading, 1, "Birth certificates")
	b.add(knowledge.Paragraph, 0, "The clerk issues copies of birth certificates. You can apply in person or by mail. Ünïcode is fine.")
	b.add(knowledge.Heading, 4, "What you need")
	b.add(knowledge.Item, 1, "A photo identification:")
	b.add(knowledge.Item, 2, "a passport, or")
	b.add(knowledge.Item, 2, "a driver’s licence")
	b.add(knowledge.Item, 1, "The form BC-1")
	b.anchor = "fees"
	b.add(knowledge.Heading, 2, "Fees")
	h := b.row(0, "Document", "Fee", "")
	b.row(h, "Birth certificate", "$15", "per copy")
	b.row(h, "Search <without> copy", "$5", "")
	term := len(b.blocks) + 1
	b.add(knowledge.Term, 0, "Certified copy")
	b.add(knowledge.Definition, 0, "A copy with the seal of the city.").Header = term
	b.add(knowledge.Preformatted, 0, "City Clerk\n1 Main Street")
	return knowledge.Version{ID: "0123456789abcdef0123456789abcdef", Text: b.text.String(), Blocks: b.blocks,
		Source: knowledge.Source{Document: "https://old.riverton.example/birth", URL: "https://old.riverton.example/birth",
			Title: "Birth certificates", Language: "en", Department: "City Clerk", Reviewed: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)}}
}

// hostileVersion has the hostile strings in every kind of block and every field.
func hostileVersion() knowledge.Version {
	var b builder
	for _, s := range mustHostile() {
		b.anchor = s
		b.add(knowledge.Heading, 2, s)
		b.add(knowledge.Paragraph, 0, s)
		b.add(knowledge.Item, 1, s)
		h := b.row(0, s, s)
		b.row(h, s, s)
		b.add(knowledge.Term, 0, s)
		b.add(knowledge.Definition, 0, s)
		b.add(knowledge.Preformatted, 0, s)
	}
	bad := `"><script>alert(1)</script>`
	return knowledge.Version{ID: "ffffffffffffffffffffffffffffffff", Text: b.text.String(), Blocks: b.blocks,
		Source: knowledge.Source{URL: "javascript:alert(1)", Title: bad, Language: bad, Department: bad}}
}

func mustHostile() []string {
	all, err := readHostile("testdata/hostile.jsonl")
	if err != nil {
		panic(err)
	}
	return all
}

// readHostile reads the field "text" of each line.
func readHostile(name string) (all []string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		all = append(all, line.Text)
	}
	return all, lines.Err()
}

// hostile returns our own strings and, where TOWNCLERK_DATA leads to them, the
// big list.
func hostile(t *testing.T) []string {
	all := mustHostile()
	if dir := os.Getenv("TOWNCLERK_DATA"); dir != "" {
		more, err := readHostile(dir + "/guard/strings.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, more...)
	}
	return all
}
