// Package tile gives a log's tree and entries the form of C2SP's tlog-tiles, so that
// public tools can read them: hash tiles of height 8 at tile/<L>/<N>[.p/<W>] and
// bundles of entries at tile/entries/<N>[.p/<W>].
//
// x/mod's tiles are the same but for their paths, which name the height. A bundle is
// a tlog.Tile of level -1.
package tile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

const (
	height = 8
	// Width is how many hashes or entries a full tile has.
	Width = 1 << height
	// Entries is the level of bundles of entries.
	Entries = -1
)

// The errors of tiles.
var (
	ErrPath   = errors.New("no path of a tile")
	ErrNone   = errors.New("the tree has no such tile")
	ErrBundle = errors.New("no bundle of entries")
)

// At returns the tile of a level (Entries for bundles), in the tree of that size, that
// holds the n-th hash or entry of the level: the full one where there is one.
func At(level int, n, size int64) tlog.Tile {
	t := tlog.Tile{H: height, L: level, N: n / Width}
	t.W = int(min(Width, count(level, size)-t.N*Width))
	return t
}

// count returns how many hashes a level has in a tree of that size.
func count(level int, size int64) int64 { return size >> (height * max(level, 0)) }

// Path returns the path of a tile of height 8.
func Path(t tlog.Tile) string {
	return strings.Replace("tile/"+strings.TrimPrefix(t.Path(), "tile/8/"), "tile/data/", "tile/entries/", 1)
}

// ParsePath returns the tile of a path: exactly those that Path returns.
func ParsePath(path string) (tlog.Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if bundle, is := strings.CutPrefix(rest, "entries/"); is {
		rest = "data/" + bundle
	}
	t, err := tlog.ParseTilePath("tile/8/" + rest)
	if !ok || err != nil || t.L > 63 || t.N < 0 || t.N >= 1<<(63-height) || Path(t) != path {
		return tlog.Tile{}, fmt.Errorf("%w: %.60q", ErrPath, path)
	}
	return t, nil
}

// Exists reports whether the tree of that size has the tile, or a wider one of its place.
func Exists(t tlog.Tile, size int64) bool {
	return t.H == height && t.N < 1<<(63-height) && t.W > 0 && t.N*Width+int64(t.W) <= count(t.L, size)
}

// Hashes returns the bytes of a hash tile in the tree of that size, or ErrNone.
func Hashes(t tlog.Tile, size int64, r tlog.HashReader) ([]byte, error) {
	if t.L < 0 || !Exists(t, size) {
		return nil, fmt.Errorf("%w: %s of %d entries", ErrNone, Path(t), size)
	}
	return tlog.ReadTileData(t, r)
}

// Bundle returns the bytes of a bundle of entries.
func Bundle(lines [][]byte) ([]byte, error) {
	var b []byte
	for _, line := range lines {
		if len(line) > ledger.MaxLine {
			return nil, fmt.Errorf("%w: an entry has %d bytes", ErrBundle, len(line))
		}
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(line))), line...)
	}
	return b, nil
}

// ParseBundle returns the entries of a bundle of that width; they share its memory.
func ParseBundle(b []byte, width int) ([][]byte, error) {
	var lines [][]byte
	for len(b) >= 2 {
		n := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; n > len(b) {
			return nil, fmt.Errorf("%w: it is cut off", ErrBundle)
		}
		lines, b = append(lines, b[:n:n]), b[n:]
	}
	if len(b) != 0 || len(lines) != width {
		return nil, fmt.Errorf("%w: it has %d entries and %d bytes more, not %d entries", ErrBundle, len(lines), len(b), width)
	}
	return lines, nil
}

// Reader reads the hashes of a checkpoint's tree from tiles that fetch gets by their
// path, and holds all of them against the checkpoint's root. Where a partial tile
// cannot be had the full one is tried, for a log may have dropped the part.
func Reader(c ledger.Checkpoint, fetch func(path string) ([]byte, error)) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tiles(fetch))
}

type tiles func(path string) ([]byte, error)

func (tiles) Height() int                     { return height }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (fetch tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(wanted))
	for i, t := range wanted {
		data, err := fetch(Path(t))
		if err != nil && t.W < Width {
			full := t
			full.W = Width
			if wide, again := fetch(Path(full)); again == nil && len(wide) == Width*tlog.HashSize {
				data, err = wide[:t.W*tlog.HashSize], nil
			}
		}
		if err != nil {
			return nil, fmt.Errorf("fetch %s: %w", Path(t), err)
		}
		all[i] = data
	}
	return all, nil
}
