// Package ledger is the mathematics and the formats of the record: what an entry
// says, how entries make a tree, and what is signed about it. It knows no database
// and no network; storage hands it a tlog.HashReader.
//
// An entry is a line of canonical JSON (RFC 8785) and a leaf of a Merkle tree (RFC
// 6962; golang.org/x/mod/sumdb/tlog). A checkpoint is a signed statement of the
// tree's size and root. What is personal is not in an entry: a commitment stands for
// it, and its opening (text and salt) lies where it can be erased.
//
// Subpackages: jcs writes canonical JSON, tile serves the tree to public tools,
// receipt is what a citizen takes home, audit checks a whole log. docs/ledger.md has
// the formats byte for byte and says what they guarantee against whom.
package ledger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// Version is the version of the entries that Encode writes.
const Version = 1

// MaxLine is the length in bytes of the longest entry: tiles hold it in two bytes.
const MaxLine = 1<<16 - 1

// SaltSize is the length of a commitment's salt in bytes. A shorter salt and one with
// zeros after it make the same HMAC, so no other length is taken.
const SaltSize = 32

// Type says what an entry records.
type Type string

// The types of entries. The subject of the first seven is a turn or a ticket.
const (
	Opened        Type = "opened"        // a question was taken
	Shown         Type = "shown"         // sentences were released
	Corrected     Type = "corrected"     // something shown was corrected
	Ended         Type = "ended"         // a turn ended
	Feedback      Type = "feedback"      // a citizen said whether it helped
	Ticket        Type = "ticket"        // a ticket changed, or staff replied
	Erasure       Type = "erasure"       // texts of its subject are erased: see Scope
	Knowledge     Type = "knowledge"     // the live revision changed
	Configuration Type = "configuration" // configuration, prompt or model changed
	Access        Type = "access"        // an auditor saw clear text
	Key           Type = "key"           // the log's key changed
	Origin        Type = "origin"        // first of a log that follows another
	Hold          Type = "hold"          // a legal hold began or ended
	Sample        Type = "sample"        // a sample was drawn for review
)

// Entry is one thing that counts. Everything in it is kept for ever and may be read
// by anybody who audits the log.
type Entry struct {
	Type Type
	// Time is cut to the minute, in UTC.
	Time time.Time
	// Subject is what the entry is about: 128 random bits in lower-case hexadecimal.
	// It is never a conversation's identifier.
	Subject string
	// Seq counts the entries of a subject, from 1 without gaps.
	Seq int64
	// Outcome says how a turn or a ticket ended; empty elsewhere.
	Outcome string
	Hashes  Hashes
	// Facts hold nothing personal and no free text: names that Encode knows, values
	// that are bool, int, int64, float64 or a string of letters, digits and
	// ._:/@+=- without spaces. Parse returns whole numbers as int64.
	Facts map[string]any
	// Commitments stand for texts, by the name of their field.
	Commitments map[string]Commit
}

// Hashes name what an answer was made with, each by a short string; empty: none.
type Hashes struct {
	Model, Prompt, Corpus, Config string
}

// Commit is a commitment to a text.
type Commit [sha256.Size]byte

// Opening is what opens a commitment.
type Opening struct {
	Field string
	Salt  []byte
	// Text is the value exactly as it was recorded.
	Text []byte
}

// Opens reports whether the opening is that of the commitment.
func (o Opening) Opens(c Commit) bool {
	got := Commitment(o.Salt, o.Field, o.Text)
	return len(o.Salt) == SaltSize && hmac.Equal(got[:], c[:])
}

// NewSalt returns 256 fresh random bits.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt) // never fails: the runtime ends the process instead
	return salt
}

// Commitment returns the commitment to the value of a field:
// HMAC-SHA-256(salt, "townclerk/commitment/v1" 0x00 field 0x00 value). The field
// holds no zero byte; the value is the field's JSON exactly as it was recorded. Who
// has no salt cannot even confirm a value that they guess.
func Commitment(salt []byte, field string, value []byte) Commit {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte("townclerk/commitment/v1\x00" + field + "\x00"))
	mac.Write(value)
	return Commit(mac.Sum(nil))
}

// Scope is what an erasure covers: the commitments of earlier entries of its subject.
type Scope struct {
	Field string // only this field; empty: all
	Seq   int64  // only the entry with this number; 0: all
}

// The names of the facts that make an erasure's Scope.
const (
	FactField = "erased_field"
	FactSeq   = "erased_seq"
)

// FactRow is the name of the fact that holds the SHA-256, in hexadecimal, of the row
// that storage keeps beside the entry: what its facts say in full.
const FactRow = "row"

// Scope returns what an erasure entry covers.
func (e Entry) Scope() Scope {
	field, _ := e.Facts[FactField].(string)
	seq, _ := e.Facts[FactSeq].(int64)
	return Scope{field, seq}
}
