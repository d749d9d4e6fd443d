package parse

import (
	"strings"

	"townclerk/knowledge"
)

// builder collects blocks in reading order. Blocks are separated by a newline
// in the text, a row's cells by a tab.
type builder struct {
	text   strings.Builder
	blocks []knowledge.Block
	anchor string
	leaves int // given to the next block
	guess  int // the last block plus one where it is only taken for a heading
}

// add appends a block of one text and returns its index, or -1 where nothing
// is left after cleaning.
func (b *builder) add(kind knowledge.BlockKind, level int, text string) int {
	text = clean(text)
	if text == "" {
		return -1
	}
	if kind == knowledge.Heading {
		b.settle(level)
	}
	start := b.open()
	b.text.WriteString(text)
	return b.append(knowledge.Block{Kind: kind, Level: level, Range: knowledge.Range{Start: start, End: b.text.Len()}})
}

// addGuess appends a paragraph that reads like a heading. It becomes a
// paragraph again where nothing stands under it.
func (b *builder) addGuess(level int, text string) {
	if i := b.add(knowledge.Heading, level, text); i >= 0 {
		b.guess = i + 1
	}
}

// settle decides about a guessed heading right before a heading of the level,
// or before the end (level 0).
func (b *builder) settle(level int) {
	if b.guess == 0 || b.guess != len(b.blocks) {
		return
	}
	if last := &b.blocks[b.guess-1]; level <= last.Level {
		last.Kind, last.Level = knowledge.Paragraph, 0
	}
}

// addRow appends a table row of clean cells, or nothing where all are empty.
func (b *builder) addRow(cells []string, header int, isHeader bool) int {
	if strings.Join(cells, "") == "" {
		return -1
	}
	start := b.open()
	block := knowledge.Block{Kind: knowledge.Row, Header: header, IsHeader: isHeader}
	for i, c := range cells {
		if i > 0 {
			b.text.WriteByte('\t')
		}
		at := b.text.Len()
		b.text.WriteString(c)
		block.Cells = append(block.Cells, knowledge.Range{Start: at, End: b.text.Len()})
	}
	block.Range = knowledge.Range{Start: start, End: b.text.Len()}
	return b.append(block)
}

func (b *builder) append(block knowledge.Block) int {
	block.Anchor, block.Leaves = b.anchor, b.leaves
	b.leaves = 0
	b.blocks = append(b.blocks, block)
	return len(b.blocks) - 1
}

// leave ends the sections of headings of the level and deeper.
func (b *builder) leave(level int) {
	if b.leaves == 0 || level < b.leaves {
		b.leaves = level
	}
}

func (b *builder) open() int {
	if b.text.Len() > 0 {
		b.text.WriteByte('\n')
	}
	return b.text.Len()
}

func (b *builder) finish() (string, []knowledge.Block) {
	b.settle(0)
	return b.text.String(), b.blocks
}
