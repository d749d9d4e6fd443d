package parse

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The parsers that we use take time or memory out of all proportion for pages
// made for that. These are refused before they are parsed, by estimates that no
// page written for people comes near.

// reopens reports an HTML page that makes a parser copy unclosed formatting
// elements (<p><font><font>…<p>…<p>…) without end.
func reopens(page []byte) bool {
	var open []string // start tags of formatting elements that may be open: name, NUL, tag
	var tables []int  // length of open at each open table
	copies, tags := 0, 0
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		t := z.Next()
		if t == html.ErrorToken {
			return false
		}
		if t != html.StartTagToken && t != html.EndTagToken {
			continue
		}
		raw := z.Raw() // before TagName, which moves on
		name, _ := z.TagName()
		a := atom.Lookup(name)
		tags++
		switch {
		case formatting(a) && t == html.StartTagToken:
			if tag := string(name) + "\x00" + string(raw); len(open) < 600 && twins(open, tag) < 3 {
				open = append(open, tag)
			}
		case formatting(a):
			open = withoutLast(open, string(name)+"\x00")
		case a == atom.Table && t == html.StartTagToken:
			tables = append(tables, len(open))
		case a == atom.Table && len(tables) > 0:
			open, tables = open[:min(len(open), tables[len(tables)-1])], tables[:len(tables)-1]
		case (a == atom.Td || a == atom.Th) && len(tables) > 0:
			open = open[:min(len(open), tables[len(tables)-1])]
		default:
			copies += len(open)
		}
		if copies > 1<<20+4*tags {
			return true
		}
	}
}

func formatting(a atom.Atom) bool {
	switch a {
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small,
		atom.Strike, atom.Strong, atom.Tt, atom.U:
		return true
	}
	return false
}

// twins counts the tags equal to tag, of which a parser keeps three at most.
func twins(open []string, tag string) int {
	n := 0
	for _, o := range open {
		if o == tag {
			n++
		}
	}
	return n
}

func withoutLast(open []string, prefix string) []string {
	for i := len(open) - 1; i >= 0; i-- {
		if len(open[i]) >= len(prefix) && open[i][:len(prefix)] == prefix {
			return append(open[:i], open[i+1:]...)
		}
	}
	return open
}

// Limits of a Markdown page.
const (
	maxContainers = 100     // quotes and lists that one line opens
	maxColumns    = 500     // of a table
	maxIndent     = 1000    // columns of white space before text
	maxScan       = 1 << 31 // bytes that are looked at for the ends of links
)

// explodes returns ErrNested or ErrGrows for a Markdown page that takes more
// time than its length warrants.
func explodes(page []byte) error {
	links, length, scanned := 0, 0, 0
	for line := range bytes.Lines(page) {
		indent, containers := opens(line)
		if indent > maxIndent || containers > maxContainers {
			return ErrNested
		}
		if bytes.Count(line, []byte("|")) > maxColumns && len(bytes.Trim(line, "|:- \t\n")) == 0 {
			return ErrGrows
		}
		if len(bytes.TrimSpace(line)) == 0 {
			links, length = 0, 0
			continue
		}
		before := links * length
		links += bytes.Count(line, []byte("]("))
		length += len(line)
		if scanned += links*length - before; scanned > maxScan {
			return ErrGrows
		}
	}
	return nil
}

// opens returns the white space and the markers of quotes and lists that a line
// begins with.
func opens(line []byte) (indent, containers int) {
	for i, c := range line {
		switch {
		case c == ' ':
			indent++
		case c == '\t':
			indent += 4
		case c == '>':
			containers++
		case bytes.IndexByte([]byte("-+*.):"), c) >= 0:
			if i+1 < len(line) && (line[i+1] == ' ' || line[i+1] == '\t') {
				containers++
			}
		case '0' <= c && c <= '9':
		default:
			return indent, containers
		}
	}
	return indent, containers
}
