// Corpus writes the pages, passages and questions of the benchmark. The same seed
// gives the same bytes.
//
//	corpus -out DIR -passages 100000
//
// DIR/pages holds Markdown pages, a passage under each heading, as an agency would
// publish them. DIR/passages.jsonl holds the same passages for programs without a
// parser, and DIR/conversations.jsonl what is asked.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	out := flag.String("out", "", "folder to write into")
	passages := flag.Int("passages", 100_000, "how many passages")
	conversations := flag.Int("conversations", 50_000, "how many conversations")
	seed := flag.Uint64("seed", 1, "of everything")
	flag.Parse()
	if *out == "" {
		log.Fatal("corpus: -out is missing")
	}
	if err := write(*out, *passages, *conversations, *seed); err != nil {
		log.Fatalf("corpus: %v", err)
	}
}

const perPage = 5 // passages

func write(dir string, passages, conversations int, seed uint64) error {
	t := newTown(seed)
	if err := writeLines(filepath.Join(dir, "passages.jsonl"), func(put func(any) error) error {
		for n := 0; n*perPage < passages; n++ {
			p := t.page(min(perPage, passages-n*perPage))
			if err := p.write(dir, n); err != nil {
				return err
			}
			for _, s := range p.sections {
				if err := put(passage{Page: n, Text: p.title + "\n" + s.heading + "\n\n" + s.text}); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return writeLines(filepath.Join(dir, "conversations.jsonl"), func(put func(any) error) error {
		for range conversations {
			if err := put(t.conversation()); err != nil {
				return err
			}
		}
		return nil
	})
}

// passage is a line of passages.jsonl.
type passage struct {
	Page int    `json:"page"`
	Text string `json:"text"`
}

// write puts the page into a folder of a thousand.
func (p *page) write(dir string, n int) error {
	folder := filepath.Join(dir, "pages", fmt.Sprintf("%02d", n/1000))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", p.title)
	for _, s := range p.sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.heading, s.text)
	}
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.md", n)), []byte(b.String()), 0o644)
}

// writeLines writes a file of JSON lines.
func writeLines(path string, fill func(put func(any) error) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return fill(e.Encode)
}
