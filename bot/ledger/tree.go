package ledger

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Edge is the right edge of a tree: the roots of its full subtrees, the widest
// first. It is all that appending needs, at most 63 hashes. The zero value is the
// empty tree. A copy of an Edge goes on to share memory with it: use one of the two.
type Edge struct {
	size  int64
	nodes []tlog.Hash
}

// ReadEdge reads the right edge of a tree of that size with one call of r.
func ReadEdge(size int64, r tlog.HashReader) (*Edge, error) {
	if size < 0 {
		return nil, fmt.Errorf("read a tree's edge: its size is %d", size)
	}
	var at []int64
	for level := 62; level >= 0; level-- {
		if n := size >> level; n&1 == 1 {
			at = append(at, tlog.StoredHashIndex(level, n-1))
		}
	}
	if len(at) == 0 {
		return &Edge{}, nil
	}
	nodes, err := r.ReadHashes(at)
	if err != nil {
		return nil, fmt.Errorf("read the edge of a tree of %d entries: %w", size, err)
	}
	if len(nodes) != len(at) {
		return nil, fmt.Errorf("read the edge of a tree of %d entries: %d hashes instead of %d", size, len(nodes), len(at))
	}
	return &Edge{size, nodes}, nil
}

// Size returns how many entries the tree has.
func (e *Edge) Size() int64 { return e.size }

// Append adds an entry by its leaf hash and appends to stored the hashes to store for
// it: the leaf's and those of the subtrees that it completes. The first of them has
// the position tlog.StoredHashIndex(0, n), where n is the entry's index.
func (e *Edge) Append(stored []tlog.Hash, leaf tlog.Hash) []tlog.Hash {
	stored, e.nodes = append(stored, leaf), append(e.nodes, leaf)
	for range bits.TrailingZeros64(uint64(e.size) + 1) {
		last := len(e.nodes) - 1
		e.nodes[last-1] = tlog.NodeHash(e.nodes[last-1], e.nodes[last])
		e.nodes = e.nodes[:last]
		stored = append(stored, e.nodes[last-1])
	}
	e.size++
	return stored
}

// Root returns the root of the tree.
func (e *Edge) Root() tlog.Hash {
	if e.size == 0 {
		return emptyRoot()
	}
	root := e.nodes[len(e.nodes)-1]
	for i := len(e.nodes) - 2; i >= 0; i-- {
		root = tlog.NodeHash(e.nodes[i], root)
	}
	return root
}

// emptyRoot is the root of the tree without entries.
func emptyRoot() tlog.Hash {
	root, err := tlog.TreeHash(0, nil)
	if err != nil {
		panic(err) // it reads nothing
	}
	return root
}

// Batch is what a batch of entries adds to a log.
type Batch struct {
	// Size and Root are those of the tree with the batch.
	Size int64
	Root tlog.Hash
	// First is the position of the first of Hashes; the others follow it.
	First  int64
	Hashes []tlog.Hash
}

// Append computes what entries add to a tree of that size. It calls r once, however
// many they are: whoever holds the lock on the log's head appends for everybody who
// waits. It changes nothing.
func Append(size int64, lines [][]byte, r tlog.HashReader) (Batch, error) {
	edge, err := ReadEdge(size, r)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{First: tlog.StoredHashCount(size)}
	for _, line := range lines {
		b.Hashes = edge.Append(b.Hashes, tlog.RecordHash(line))
	}
	b.Size, b.Root = edge.Size(), edge.Root()
	return b, nil
}

// Memory is the stored hashes of a tree, by position.
type Memory []tlog.Hash

var _ tlog.HashReader = Memory(nil)

// ReadHashes returns the hashes at these positions.
func (m Memory) ReadHashes(at []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(at))
	for i, position := range at {
		if position < 0 || position >= int64(len(m)) {
			return nil, fmt.Errorf("no hash is stored at position %d, there are %d", position, len(m))
		}
		hashes[i] = m[position]
	}
	return hashes, nil
}
