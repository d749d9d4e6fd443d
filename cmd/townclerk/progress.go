package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"townclerk/knowledge/ingest"
)

// progress shows how far a sync is: a bar that is drawn over itself on a
// terminal, a line for each step anywhere else.
type progress struct {
	w        io.Writer
	terminal bool
	step     ingest.Step
	drawn    bool
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (p *progress) show(now ingest.Progress) {
	if !p.terminal {
		if now.Step != p.step {
			fmt.Fprintf(p.w, "%s …\n", now.Step)
		}
		p.step = now.Step
		return
	}
	p.drawn = true
	const width = 30
	line := fmt.Sprintf("%s %d", now.Step, now.Done)
	if now.Total > 0 {
		full := width * now.Done / now.Total
		line = fmt.Sprintf("%s [%s%s] %d of %d", now.Step, strings.Repeat("#", full), strings.Repeat(".", width-full), now.Done, now.Total)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// done clears the bar.
func (p *progress) done() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
