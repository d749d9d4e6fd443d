package parse

import (
	"strings"

	"townclerk/knowledge"
)

// builder collects blocks in reading order. Blocks are separated by a newline
// in the text, a row's cells by a tab.
type builder struct {
	text    strings.Builder
	blocks  []knowledge.Block
	anchor  string
	heading int // level of the last true heading
}

// add appends a block of one text and returns its index, or -1 where nothing
// is left after cleaning.
func (b *builder) add(kind knowledge.BlockKind, level int, text string) int {
	text = clean(text)
	if text == "" {
		return -1
	}
	start := b.open()
	b.text.WriteString(text)
	b.blocks = append(b.blocks, knowledge.Block{
		Kind: kind, Level: level, Anchor: b.anchor,
		Range: knowledge.Range{Start: start, End: b.text.Len()},
	})
	return len(b.blocks) - 1
}

// addRow appends a table row, or nothing where all cells are empty.
func (b *builder) addRow(cells []string, header int, isHeader bool) int {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(clean(c), "\n", " ")
	}
	if strings.Join(cells, "") == "" {
		return -1
	}
	start := b.open()
	block := knowledge.Block{Kind: knowledge.Row, Anchor: b.anchor, Header: header, IsHeader: isHeader}
	for i, c := range cells {
		if i > 0 {
			b.text.WriteByte('\t')
		}
		at := b.text.Len()
		b.text.WriteString(c)
		block.Cells = append(block.Cells, knowledge.Range{Start: at, End: b.text.Len()})
	}
	block.Range = knowledge.Range{Start: start, End: b.text.Len()}
	b.blocks = append(b.blocks, block)
	return len(b.blocks) - 1
}

func (b *builder) open() int {
	if b.text.Len() > 0 {
		b.text.WriteByte('\n')
	}
	return b.text.Len()
}

func (b *builder) finish() (string, []knowledge.Block) { return b.text.String(), b.blocks }
