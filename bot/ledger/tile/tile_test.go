package tile_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/tile"
)

func grown(t testing.TB, n int) (ledger.Memory, ledger.Checkpoint) {
	t.Helper()
	var all [][]byte
	for i := range n {
		all = append(all, fmt.Appendf(nil, "entry %d", i))
	}
	b, err := ledger.Append(0, all, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Hashes, ledger.Checkpoint{Origin: "example.gov/ledger", Size: b.Size, Root: b.Root}
}

func TestPaths(t *testing.T) {
	for path, want := range map[string]tlog.Tile{
		"tile/0/000":                               {H: 8, L: 0, N: 0, W: 256},
		"tile/0/000.p/1":                           {H: 8, L: 0, N: 0, W: 1},
		"tile/63/x001/x234/067.p/255":              {H: 8, L: 63, N: 1234067, W: 255},
		"tile/entries/x001/x234/067":               {H: 8, L: -1, N: 1234067, W: 256},
		"tile/entries/999.p/112":                   {H: 8, L: -1, N: 999, W: 112},
		"tile/8/x001/000":                          {H: 8, L: 8, N: 1000, W: 256},
		"tile/1/x036/x028/x797/018/963":            {},
		"tile/0/x036/x028/x797/x018/x963/967":      {H: 8, L: 0, N: 36028797018963967, W: 256},
		"tile/0/x036/x028/x797/x018/x963/968":      {}, // its entries are beyond 2^63
		"tile/0/x018/x446/x744/x073/x709/x551/616": {},
		"": {}, "tile": {}, "tile/": {}, "tile/0": {}, "tile/0/": {}, "/tile/0/000": {}, "tile/0/000/": {},
		"tile/data/000": {}, "tile/entries": {}, "tile/entries/0/000": {}, "tile/8/0/000": {}, "tile/-1/000": {},
		"tile/00/000": {}, "tile/64/000": {}, "tile/0/0": {}, "tile/0/0000": {}, "tile/0/x000/001": {}, "tile/0/x001": {},
		"tile/0/000.p/0": {}, "tile/0/000.p/256": {}, "tile/0/000.p/01": {}, "tile/0/000.p": {}, "tile/0/000.p/": {},
		"tile/0/-01": {}, "tile/0/+01": {}, "tile/0/../000": {}, "tile/0/000.p/1/": {}, "tile//000": {},
	} {
		got, err := tile.ParsePath(path)
		if got != want || (want == tlog.Tile{}) != errors.Is(err, tile.ErrPath) {
			t.Errorf("%q: %+v %v", path, got, err)
		}
		if err == nil && tile.Path(got) != path {
			t.Errorf("%q: path %q", path, tile.Path(got))
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"tile/0/000", "tile/entries/x001/000.p/7", "tile/8/0/000", "tile/data/000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if got, err := tile.ParsePath(path); err == nil && (tile.Path(got) != path || got.N < 0 || got.W < 1 || got.W > tile.Width) {
			t.Fatalf("%q is read as %+v, %q", path, got, tile.Path(got))
		}
	})
}

// The tree of 70,000 entries that C2SP describes.
func TestTilesOfTheSpecification(t *testing.T) {
	const size = 70_000
	for _, c := range []struct {
		tile tlog.Tile
		ok   bool
	}{
		{tlog.Tile{H: 8, L: 0, N: 272, W: 256}, true}, {tlog.Tile{H: 8, L: 0, N: 273, W: 112}, true},
		{tlog.Tile{H: 8, L: 0, N: 273, W: 113}, false}, {tlog.Tile{H: 8, L: 0, N: 274, W: 1}, false},
		{tlog.Tile{H: 8, L: 1, N: 0, W: 256}, true}, {tlog.Tile{H: 8, L: 1, N: 1, W: 17}, true},
		{tlog.Tile{H: 8, L: 1, N: 1, W: 18}, false}, {tlog.Tile{H: 8, L: 2, N: 0, W: 1}, true},
		{tlog.Tile{H: 8, L: 2, N: 0, W: 2}, false}, {tlog.Tile{H: 8, L: 3, N: 0, W: 1}, false},
		{tlog.Tile{H: 8, L: -1, N: 273, W: 112}, true}, {tlog.Tile{H: 8, L: -1, N: 273, W: 113}, false},
		{tlog.Tile{H: 8, L: 63, N: 0, W: 1}, false}, {tlog.Tile{H: 8, L: 0, N: 1 << 62, W: 256}, false},
		{tlog.Tile{H: 8, L: 0, N: 0, W: 0}, false}, {tlog.Tile{H: 7, L: 0, N: 0, W: 1}, false},
	} {
		if tile.Exists(c.tile, size) != c.ok {
			t.Errorf("%+v exists: %v", c.tile, !c.ok)
		}
	}
	if got := tile.At(tile.Entries, size-1, size); tile.Path(got) != "tile/entries/273.p/112" {
		t.Errorf("the last bundle is %s", tile.Path(got))
	}
	if got := tile.At(1, 3, size); tile.Path(got) != "tile/1/000" {
		t.Errorf("a full tile is %s", tile.Path(got))
	}
}

// Proofs come out of tiles as out of the stored hashes; a changed tile is noticed.
func TestReader(t *testing.T) {
	for _, size := range []int{1, 255, 256, 257, 1000, 66_000} {
		hashes, c := grown(t, size)
		var fetched []string
		fetch := func(path string) ([]byte, error) {
			parsed, err := tile.ParsePath(path)
			if err != nil {
				return nil, err
			}
			fetched = append(fetched, path)
			return tile.Hashes(parsed, c.Size, hashes)
		}
		for _, i := range []int64{0, int64(size / 3), int64(size - 1)} {
			want, err := tlog.ProveRecord(c.Size, i, hashes)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tlog.ProveRecord(c.Size, i, tile.Reader(c, fetch))
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("entry %d of %d: %v", i, size, err)
			}
		}
		for _, path := range slices.Compact(slices.Sorted(slices.Values(fetched))) {
			lie := func(p string) ([]byte, error) {
				data, err := fetch(p)
				if err == nil && p == path {
					data[len(data)/2] ^= 4
				}
				return data, err
			}
			if _, err := tlog.ProveRecord(c.Size, int64(size/3), tile.Reader(c, lie)); err == nil && read(t, c, fetch, size/3, path) {
				t.Errorf("%d entries: a bit in %s is not noticed", size, path)
			}
		}
	}
}

// read reports whether a tile is needed for a proof.
func read(t *testing.T, c ledger.Checkpoint, fetch func(string) ([]byte, error), i int, path string) (needed bool) {
	note := func(p string) ([]byte, error) {
		needed = needed || p == path
		return fetch(p)
	}
	if _, err := tlog.ProveRecord(c.Size, int64(i), tile.Reader(c, note)); err != nil {
		t.Fatal(err)
	}
	return needed
}

// A part that was dropped when the tile became full is read from the full one.
func TestReaderFallsBack(t *testing.T) {
	_, old := grown(t, 100)
	hashes, now := grown(t, 600)
	fetch := func(path string) ([]byte, error) {
		parsed, err := tile.ParsePath(path)
		if err != nil || parsed.W < tile.Width && parsed.N*tile.Width+tile.Width <= now.Size {
			return nil, errors.New("gone")
		}
		return tile.Hashes(parsed, now.Size, hashes)
	}
	if _, err := tlog.ProveRecord(old.Size, 3, tile.Reader(old, fetch)); err != nil {
		t.Error(err)
	}
	if _, err := tlog.ProveRecord(now.Size, 3, tile.Reader(now, func(string) ([]byte, error) { return nil, errors.New("down") })); err == nil {
		t.Error("nothing can be fetched, and there is a proof")
	}
}

func TestHashesRefuses(t *testing.T) {
	hashes, c := grown(t, 300)
	for _, no := range []tlog.Tile{{H: 8, L: -1, N: 0, W: 1}, {H: 8, L: 0, N: 1, W: 45}, {H: 8, L: 1, N: 0, W: 2}} {
		if _, err := tile.Hashes(no, c.Size, hashes); !errors.Is(err, tile.ErrNone) {
			t.Errorf("%s: %v", tile.Path(no), err)
		}
	}
}

func TestBundles(t *testing.T) {
	lines := [][]byte{[]byte("a"), {}, bytes.Repeat([]byte("b"), 300)}
	b, err := tile.Bundle(lines)
	if err != nil || !strings.HasPrefix(string(b), "\x00\x01a\x00\x00\x01\x2cbbb") {
		t.Fatalf("%.20q %v", b, err)
	}
	if got, err := tile.ParseBundle(b, 3); err != nil || fmt.Sprint(got) != fmt.Sprint(lines) {
		t.Errorf("%v %v", got, err)
	}
	for name, wrong := range map[string][]byte{"cut": b[:len(b)-1], "cut in a length": append(bytes.Clone(b), 0), "one more": append(bytes.Clone(b), 0, 0), "none": nil} {
		if _, err := tile.ParseBundle(wrong, 3); !errors.Is(err, tile.ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tile.Bundle([][]byte{make([]byte, 1<<16)}); !errors.Is(err, tile.ErrBundle) {
		t.Errorf("an entry that is too long: %v", err)
	}
}

func FuzzParseBundle(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x00"), 2)
	f.Fuzz(func(t *testing.T, b []byte, width int) {
		lines, err := tile.ParseBundle(b, width)
		if err != nil {
			return
		}
		if again, err := tile.Bundle(lines); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q: %q %v", b, again, err)
		}
	})
}
