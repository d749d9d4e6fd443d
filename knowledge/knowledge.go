// Package knowledge is the vocabulary of what an agency has published:
// documents, their immutable versions, and the passages that are searched.
//
// A Document is a page and lives as long as its address. A Version is what the
// page said at one time; it never changes and is named by a hash of its bytes.
// A Passage is a stretch of one version, small enough to be an answer's
// evidence. A Revision is the set of versions that is live at one moment: a
// question is answered from exactly one revision.
//
// Nothing in this package does I/O. The packages below it read pages
// (knowledge/source), turn them into versions (knowledge/parse), cut them
// (knowledge/chunk) and bring them into a Store (knowledge/ingest).
package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"
)

// DocumentID is a page's lasting identity: its canonical address.
type DocumentID string

// VersionID names one immutable version of a document: the first 128 bits, in
// hexadecimal, of a SHA-256 over the raw bytes, the parser's version and what
// the parser was told (the address, so that two pages with the same bytes stay
// two versions). It is known before the page is parsed.
type VersionID string

// PassageID names a passage: its version's identifier, a dot and its ordinal.
type PassageID string

// Revision numbers the states of the live set, counting from 1. Zero means
// that nothing was ever ingested.
type Revision int64

// Range is a half-open range of UTF-8 byte offsets into Version.Text.
type Range struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Len returns the number of bytes in the range.
func (r Range) Len() int { return r.End - r.Start }

// Within reports whether r is a well-formed, non-empty part of a text of n bytes.
func (r Range) Within(n int) bool { return 0 <= r.Start && r.Start < r.End && r.End <= n }

// Overlap returns the number of bytes that r and o share.
func (r Range) Overlap(o Range) int { return max(0, min(r.End, o.End)-max(r.Start, o.Start)) }

// BlockKind says what a block of a version is on the page.
type BlockKind uint8

// The kinds of blocks. Headings structure the text, all others carry it.
const (
	Paragraph BlockKind = iota
	Heading
	Item       // list item, without its nested lists
	Row        // table row; Block.Cells holds its cells
	Term       // dt of a definition list
	Definition // dd of a definition list
	Preformatted
)

// Block is one structural piece of a version's text. Blocks are in reading
// order and do not overlap.
type Block struct {
	Kind  BlockKind `json:"kind"`
	Range Range     `json:"range"`
	// Level is a heading's level (1 to 6) or a list item's depth (from 1).
	Level int `json:"level,omitempty"`
	// Anchor is the id of the nearest element at or before the block that the
	// live page can be opened at; empty at the top.
	Anchor string `json:"anchor,omitempty"`
	// Cells are the ranges of a row's cells, empty cells included.
	Cells []Range `json:"cells,omitempty"`
	// Header is, for a row, the index of the table's last header row above it in
	// Version.Blocks plus one; for a definition, that of its term. Zero: none.
	Header int `json:"header,omitempty"`
	// Link marks a list item that is nothing but a link: it names another page
	// and says nothing itself.
	Link bool `json:"link,omitempty"`
	// IsHeader marks a header row.
	IsHeader bool `json:"is_header,omitempty"`
	// Leaves, where it is not zero, ends the sections of headings of that level
	// and deeper: the block stands behind a part of the page that folds, under
	// the heading above it.
	Leaves int `json:"leaves,omitempty"`
}

// Source is what is known of a page beside its text.
type Source struct {
	Document    DocumentID `json:"document"`
	URL         string     `json:"url"`
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Language    string     `json:"language"` // BCP 47 primary subtag, "en" when unknown
	Department  string     `json:"department,omitempty"`
	Reviewed    time.Time  `json:"reviewed,omitzero"`
	// ReviewBy is when the page is to be looked at again, Ends the last day on which
	// it applies. Zero: the page does not say.
	ReviewBy time.Time `json:"review_by,omitzero"`
	Ends     time.Time `json:"ends,omitzero"`
}

// Day writes a day as 2006-01-02; the zero time gives "".
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// ParseDay reads what Day wrote.
func ParseDay(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, s)
}

// Version is a document as it was at one time.
type Version struct {
	ID VersionID
	Source
	// Text is the canonical text: NFC, no invisible characters, the blocks'
	// texts separated by a newline, a row's cells by a tab.
	Text   string
	Blocks []Block
}

// Passage is a stretch of a version that is searched and cited.
type Passage struct {
	ID      PassageID
	Version VersionID
	Source
	Ordinal int
	// Headings is the path of headings above the passage, outermost first,
	// without the page's title.
	Headings []string
	Anchor   string
	Range    Range
	// Header is the table's header row when the passage begins with rows, or the
	// term when it begins with a definition, and that lies outside Range; empty
	// otherwise, and where it is too long to be repeated.
	Header Range
	// Text is Version.Text[Range], with the header's text in front where Header
	// is set.
	Text string
}

// Key addresses what an encoder sees of the passage, so that an unchanged
// passage is not encoded again when its page changes around it.
type Key [32]byte

// Context returns the words that the passage stands under: its page's title
// and its headings, in lines.
func (p *Passage) Context() string {
	return strings.Join(append([]string{p.Title}, p.Headings...), "\n")
}

// Fill sets what follows from the version and the passage's ranges: its
// identifier, source and text.
func (p *Passage) Fill(v *Version) {
	p.ID, p.Version, p.Source = NewPassageID(v.ID, p.Ordinal), v.ID, v.Source
	p.Text = v.Text[p.Range.Start:p.Range.End]
	if p.Header.Len() > 0 {
		p.Text = v.Text[p.Header.Start:p.Header.End] + "\n" + p.Text
	}
}

// EncoderText is what an Embedder is given of the passage: the context, an
// empty line, the text.
func (p *Passage) EncoderText() string { return p.Context() + "\n\n" + p.Text }

// Key returns the hash of everything that is encoded for the passage.
func (p *Passage) Key() Key {
	return sha256.Sum256([]byte(p.Language + "\x00" + p.EncoderText()))
}

// NewVersionID computes the identifier of the version that a parser makes of raw
// when it is told the given things.
func NewVersionID(raw []byte, told ...string) VersionID {
	h := sha256.New()
	fmt.Fprintf(h, "townclerk version\n%q\n", told)
	h.Write(raw)
	return VersionID(hex.EncodeToString(h.Sum(nil)[:16]))
}

// NewPassageID names the passage with the given ordinal in v.
func NewPassageID(v VersionID, ordinal int) PassageID {
	return PassageID(fmt.Sprintf("%s.%d", v, ordinal))
}

// Embedder turns texts into vectors of unit length. Vectors of two embedders
// are comparable only if their fingerprints are equal. Implementations are safe
// for concurrent use.
type Embedder interface {
	// Fingerprint names the model and everything that its vectors depend on.
	Fingerprint() string
	// Embed returns one vector per text, in order, all of one dimension.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// CheckVector says what is wrong with a vector that has to have dims numbers
// and unit length. The zero vector, of a text in which an encoder knows
// nothing, passes.
func CheckVector(v []float32, dims int) error {
	if len(v) != dims || dims == 0 {
		return fmt.Errorf("the embedding has %d dimensions, not %d", len(v), dims)
	}
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if square != 0 && !(math.Abs(square-1) < 0.05) { // false for what is no number
		return fmt.Errorf("the embedding has the length %.3g, not 1", math.Sqrt(square))
	}
	return nil
}

// Manifest lists what is live.
type Manifest struct {
	Revision Revision
	// Encoder is the fingerprint of the embedder of the revision's vectors, Model
	// its fitted state.
	Encoder string
	Model   []byte
	Live    map[DocumentID]VersionID
}

// Page is a version with its passages and, in the same order, their vectors.
type Page struct {
	Version  Version
	Passages []Passage
	Vectors  [][]float32
}

// Change is a step from one revision to the next. It is applied whole or not
// at all.
type Change struct {
	// Base is the revision that the change was computed against. Where the
	// store has moved on, applying fails with ErrConflict.
	Base Revision
	// Encoder is the fingerprint of the embedder of all live vectors from now on.
	// Where it differs from the base's, Publish holds every live document.
	Encoder string
	// Model is the embedder's fitted state, to be kept with the first revision
	// that uses it; nil for an embedder without any, or for the one in use.
	Model []byte
	// Publish brings in pages; the versions that were live before are retired.
	Publish []Page
	// Retire takes documents out of the live set. Their versions stay readable.
	Retire []DocumentID
}

// CheckEncoder refuses a change that would leave pages that are live without vectors
// of its encoder.
func (c *Change) CheckEncoder(m Manifest) error {
	if m.Encoder == "" || m.Encoder == c.Encoder {
		return nil
	}
	left := maps.Clone(m.Live)
	for _, d := range c.Retire {
		delete(left, d)
	}
	for _, p := range c.Publish {
		delete(left, p.Version.Document)
	}
	if len(left) > 0 {
		return fmt.Errorf("the embedding model changes but %d live pages are not encoded with the new one; run ingest --refit", len(left))
	}
	return nil
}

// Store keeps versions, passages and vectors, and switches revisions.
type Store interface {
	// Manifest returns what is live. Its Revision is zero before the first Apply.
	Manifest(ctx context.Context) (Manifest, error)
	// Vectors returns the vectors that the store holds for the encoder and any
	// of the keys. Keys that it does not hold are absent from the result.
	Vectors(ctx context.Context, encoder string, keys []Key) (map[Key][]float32, error)
	// Apply switches to the next revision and returns it. A change is refused
	// whole that is based on another revision (ErrConflict), that holds a page
	// twice, a page without passages or with other vectors than one for each of
	// them, vectors of another dimension than the encoder's, or a version that is
	// stored with other passages, and one that changes the encoder without
	// publishing every page that stays live. A version that was live before may be
	// published again. Retiring what is not live does nothing.
	Apply(ctx context.Context, c Change) (Revision, error)
	// Version returns a version, live or retired, or ErrNotFound.
	Version(ctx context.Context, id VersionID) (Version, error)
}

// Keeper takes vectors ahead of the change that needs them, so that what a slow
// or costly model gave is not lost with a sync that breaks off.
type Keeper interface {
	// Keep stores the vectors of passages, one for each, for Vectors to return.
	// They belong to no revision before a change publishes their passages. What
	// the store holds already stays as it is.
	Keep(ctx context.Context, encoder string, passages []Passage, vectors [][]float32) error
}

// Models opens the embedder of a manifest's vectors, or makes another one.
type Models interface {
	// Wants reports whether new vectors are still to be made by the encoder with
	// this fingerprint. Where they are not, the next sync encodes everything with
	// what Fit returns.
	Wants(fingerprint string) bool
	// Open returns the embedder with the given fingerprint. model is the fitted
	// state that was kept for it, nil where there is none.
	Open(ctx context.Context, fingerprint string, model []byte) (Embedder, error)
	// Fit returns an embedder for passages like these, and its state to be kept;
	// nil where it has none.
	Fit(ctx context.Context, like []Passage) (Embedder, []byte, error)
}

// ErrNotFound says that there is no such version.
var ErrNotFound = errors.New("not found")

// ErrConflict says that another sync switched the revision first. Nothing was
// changed; running the sync again starts from the new revision.
var ErrConflict = errors.New("another sync finished first; run this one again")
