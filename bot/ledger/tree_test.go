package ledger_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

var soak = flag.Bool("soak", false, "flip every bit of every proof of the trees up to 1,000 entries")

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hexHMAC(key, b []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("townclerk/commitment/v1\x00question\x00"))
	mac.Write(b)
	return hex.EncodeToString(mac.Sum(nil))
}

func lines(n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = fmt.Appendf(nil, "entry %d", i)
	}
	return all
}

// grow appends to a tree in batches of the given size.
func grow(t testing.TB, all [][]byte, batch int) (hashes ledger.Memory, roots []tlog.Hash) {
	t.Helper()
	for n := 0; n < len(all); n += batch {
		b, err := ledger.Append(int64(n), all[n:min(n+batch, len(all))], hashes)
		if err != nil {
			t.Fatal(err)
		}
		if b.First != int64(len(hashes)) || b.Size != int64(min(n+batch, len(all))) {
			t.Fatalf("batch at %d begins at %d with %d stored and ends at %d", n, b.First, len(hashes), b.Size)
		}
		hashes, roots = append(hashes, b.Hashes...), append(roots, b.Root)
	}
	return hashes, roots
}

// However entries are batched, what is stored is what x/mod's tlog computes one by one.
func TestAppendIsTlogs(t *testing.T) {
	const n = 1000
	all := lines(n)
	var want ledger.Memory
	roots := make([]tlog.Hash, n+1)
	for i := range n + 1 {
		root, err := tlog.TreeHash(int64(i), want)
		if err != nil {
			t.Fatal(err)
		}
		if roots[i] = root; i < n {
			more, err := tlog.StoredHashes(int64(i), all[i], want)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, more...)
		}
	}
	for _, batch := range []int{1, 2, 3, 64, 333, n} {
		hashes, got := grow(t, all, batch)
		if fmt.Sprint(hashes) != fmt.Sprint(want) {
			t.Errorf("batches of %d: other hashes", batch)
		}
		for i, root := range got {
			if root != roots[min((i+1)*batch, n)] {
				t.Errorf("batches of %d: root %d is another", batch, i)
			}
		}
	}
	b, err := ledger.Append(0, nil, nil)
	if err != nil || b.Root != roots[0] || b.Size != 0 || len(b.Hashes) != 0 {
		t.Errorf("nothing appended to nothing: %+v %v", b, err)
	}
}

// One read of storage for a batch, of the edge alone.
func TestAppendReadsOnce(t *testing.T) {
	hashes, _ := grow(t, lines(777), 777)
	reads := 0
	r := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) { reads++; return hashes.ReadHashes(at) })
	if _, err := ledger.Append(777, lines(500), r); err != nil || reads != 1 {
		t.Errorf("%d reads, %v", reads, err)
	}
	broken := errors.New("disk")
	for name, r := range map[string]tlog.HashReaderFunc{
		"fails":    func([]int64) ([]tlog.Hash, error) { return nil, broken },
		"is short": func([]int64) ([]tlog.Hash, error) { return nil, nil },
	} {
		if _, err := ledger.Append(777, lines(1), r); err == nil {
			t.Errorf("a reader that %s is no error", name)
		}
	}
	if _, err := ledger.Append(-1, lines(1), hashes); err == nil {
		t.Error("a negative size is no error")
	}
}

// bits are the bits of a hash to flip: all in small trees and in a soak, else one.
func bits(size, i int) []int {
	if size > 128 && !*soak {
		return []int{(size*31 + i*17) % 256}
	}
	all := make([]int, 256)
	for b := range all {
		all[b] = b
	}
	return all
}

func flip(h *tlog.Hash, bit int) { h[bit/8] ^= 1 << (bit % 8) }

// Every proof in the trees of 1 to 1,000 entries holds, and none does with a bit of
// any of its hashes, of the leaf or of a root flipped, or with a hash too few or many.
func TestProofs(t *testing.T) {
	hashes, roots := grow(t, lines(1000), 1)
	for size := 1; size <= 1000; size++ {
		for _, i := range some(size) {
			checkRecord(t, hashes, roots[size-1], size, i)
			checkTree(t, hashes, roots[size-1], roots[i], size, i+1)
		}
	}
}

// some are places in a tree: all in small trees; else the ends, the middle and a few
// that change with the size.
func some(size int) []int {
	var at []int
	for i := range size {
		if size <= 32 || *soak && i%7 == size%7 || i == 0 || i == size-1 || i == size/2 || i == size*7919%size || i == (size*31)%997%size {
			at = append(at, i)
		}
	}
	return at
}

func checkRecord(t *testing.T, hashes ledger.Memory, root tlog.Hash, size, i int) {
	proof, err := tlog.ProveRecord(int64(size), int64(i), hashes)
	if err != nil {
		t.Fatal(err)
	}
	line := fmt.Appendf(nil, "entry %d", i)
	c := ledger.Checkpoint{Origin: "example.gov/ledger", Size: int64(size), Root: root}
	if err := c.Includes(int64(i), line, proof); err != nil {
		t.Fatalf("entry %d of %d: %v", i, size, err)
	}
	for h := range proof {
		for _, bit := range bits(size, h) {
			flip(&proof[h], bit)
			if c.Includes(int64(i), line, proof) == nil {
				t.Fatalf("entry %d of %d: bit %d of hash %d flipped, and it holds", i, size, bit, h)
			}
			flip(&proof[h], bit)
		}
	}
	for _, bit := range bits(size, i) {
		flip(&c.Root, bit)
		if c.Includes(int64(i), line, proof) == nil {
			t.Fatalf("entry %d of %d holds under another root", i, size)
		}
		flip(&c.Root, bit)
	}
	if c.Includes(int64(i), append(line, ' '), proof) == nil || c.Includes(int64(i), line, append(proof, root)) == nil ||
		len(proof) > 0 && c.Includes(int64(i), line, proof[1:]) == nil || i > 0 && c.Includes(int64(i-1), line, proof) == nil {
		t.Fatalf("entry %d of %d: a changed line, place or length of proof holds", i, size)
	}
}

func checkTree(t *testing.T, hashes ledger.Memory, root, oldRoot tlog.Hash, size, old int) {
	proof, err := tlog.ProveTree(int64(size), int64(old), hashes)
	if err != nil {
		t.Fatal(err)
	}
	known := ledger.Checkpoint{Origin: "example.gov/ledger", Size: int64(old), Root: oldRoot}
	now := ledger.Checkpoint{Origin: "example.gov/ledger", Size: int64(size), Root: root}
	holds := func() bool {
		_, err := ledger.CheckConsistency(known, now, proof)
		return err == nil
	}
	if !holds() {
		t.Fatalf("%d is not in %d", old, size)
	}
	all := []*tlog.Hash{&known.Root, &now.Root}
	for i := range proof {
		all = append(all, &proof[i])
	}
	for i, h := range all {
		for _, bit := range bits(size, i) {
			flip(h, bit)
			if holds() {
				t.Fatalf("%d in %d: bit %d of hash %d flipped, and it holds", old, size, bit, i)
			}
			flip(h, bit)
		}
	}
}

func TestMemory(t *testing.T) {
	hashes, _ := grow(t, lines(3), 1)
	for _, at := range []int64{-1, int64(len(hashes))} {
		if _, err := hashes.ReadHashes([]int64{at}); err == nil {
			t.Errorf("position %d is read", at)
		}
	}
}
