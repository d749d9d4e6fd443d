// Command verify checks a Townclerk log from outside, with nothing of Townclerk's own:
//
//	verify https://example.gov/ledger VKEY INDEX [OLD-CHECKPOINT-FILE]
//
// It fetches the checkpoint and tiles, proves that entry INDEX is in the tree, and that
// the tree of a checkpoint that was kept earlier is part of it. The formats are C2SP's.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}

// run panics wherever something does not hold, and makes an error of it.
func run(out io.Writer, args []string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	log, key, index := log(args[0]), must(note.NewVerifier(args[1])), must(strconv.ParseInt(args[2], 10, 64))
	tree := open(must(log.fetch("checkpoint")), key)
	hashes := tlog.TileHashReader(tree, log) // holds every tile against the root
	proof, line := must(tlog.ProveRecord(tree.N, index, hashes)), log.entry(tree.N, index)
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(line)); err != nil {
		return err
	}
	fmt.Fprintf(out, "entry %d of %d is in the tree %v: %s\n", index, tree.N, tree.Hash, line)
	if len(args) > 3 {
		old := open(must(os.ReadFile(args[3])), key)
		if err := tlog.CheckTree(must(tlog.ProveTree(tree.N, old.N, hashes)), tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("the log was rewritten: its first %d entries are others: %w", old.N, err)
		}
		fmt.Fprintf(out, "the tree of %d entries is part of it\n", old.N)
	}
	return nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// open checks a checkpoint's signature and reads size and root.
func open(signed []byte, key note.Verifier) tlog.Tree {
	lines := strings.Split(must(note.Open(signed, note.VerifierList(key))).Text, "\n")
	if lines[0] != key.Name() {
		panic("the checkpoint is of another log")
	}
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: must(tlog.ParseHash(lines[2]))}
}

// log is the address of a log. It reads tiles for package tlog.
type log string

func (l log) fetch(path string) ([]byte, error) {
	resp := must(http.Get(string(l) + "/" + path))
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 32<<20))
}

// entry reads an entry out of its bundle, where each stands behind its length.
func (l log) entry(size, index int64) []byte {
	data, err := l.fetch(path(tlog.Tile{H: 8, L: -1, N: index / 256, W: int(min(256, size-index/256*256))}))
	for must(data, err); index%256 > 0; index-- {
		data = data[2+int(binary.BigEndian.Uint16(data)):]
	}
	return data[2:][:binary.BigEndian.Uint16(data)]
}

// path is tlog's, but for the height, which is always 8.
func path(t tlog.Tile) string {
	return "tile/" + strings.Replace(strings.TrimPrefix(t.Path(), "tile/8/"), "data/", "entries/", 1)
}

func (log) Height() int                     { return 8 }
func (log) SaveTiles([]tlog.Tile, [][]byte) {}

func (l log) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		all = append(all, must(l.fetch(path(t))))
	}
	return all, nil
}
