// Package store keeps conversations and the events of their turns. It is the
// only package that knows their tables, and the only one that can read what
// they hold.
//
// # The schema in words
//
// A conversation has an identifier, the language of its page, and the times at
// which it was created and erased. Beside it, in a table of their own, lie its
// two secrets: the SHA-256 of its token, and its random 256-bit data key, sealed
// under a key derived from the master key with the conversation's identifier as
// associated data. A turn belongs to a conversation and is numbered in it from 1;
// its row is a summary (deadline, outcome) and changes once, when the turn ends.
// At most one turn of a conversation is open. An event belongs to a turn, is
// numbered in it from 1 without gaps, and never changes: triggers refuse updates,
// deletions, replacements and events out of order. The event's row holds its
// facts as canonical JSON and a commitment for each free-text field. The text
// lies apart, in an opening, which can be deleted while the event stays.
//
// # Sealing
//
// An opening is AES-256-GCM over a fresh random 256-bit salt and the text; its
// associated data are conversation, turn, event and field, so that an opening
// that is moved to another place does not open. The commitment is
// HMAC-SHA-256(salt, "townclerk/commitment/v1" 0x00 field 0x00 text): who is given
// salt and text can check it; without the salt not even a guessed text can be
// confirmed. That is why the salt lies inside of the ciphertext and not beside
// it: with the salts in the clear a thief of the file could try likely questions
// against the commitments. Every text is checked against its commitment each
// time it is read.
//
// The client's message key may be guessable text. It is stored as an HMAC under
// a key derived from the data key, so duplicates are found while the conversation
// lives, and after erasure nothing can be tried against it. It cannot be read
// back: Turn.Key is set only by Open.
//
// A ticket is to its events what a turn is to its own: its row is a summary, which
// changes with each event, and the events never change. Their texts are sealed in the
// same way, under the key of the ticket's conversation.
//
// An address that a citizen leaves is sealed under a random key of its own, which is
// wrapped under a key derived from the master key with the ticket's identifier as
// associated data. So it can be erased by itself, and neither the conversation's key
// nor a ticket's event has to do with it. What came in from outside is sealed under a
// key derived from the master key, with its source and identifier as associated data.
//
// What staff contribute as a page is sealed under a key derived from the master key,
// with the contribution and the step as associated data; it has no key of its own. Once it
// is approved it is also among the pages, which are public and not sealed.
//
// So that a question that is asked again needs no model, it can be remembered which
// turn answers it. Of the question an HMAC is kept, under a key derived from the
// master key, as another conversation has to find it. It goes with the revision, and
// when its conversation is erased.
//
// # The record
//
// Each event of a turn or a ticket is an entry of the record too, made in the same
// transaction (package ledger): its commitments, those of its facts that are on the
// record's list, and a hash of the event's row. The entry's line lies in ledger_entries,
// which triggers keep as they keep events, and the hashes of the tree beside it. Erase
// and ForgetAddress add an erasure entry for each turn and ticket. Audit hands everything
// to package audit, which finds what was changed behind this package's back, up to the
// last checkpoint; ledger.md says against whom that helps. Rows of conversations, turns,
// tickets and deliveries are summaries and not part of it.
//
// # Who sees what
//
// With the file but not the master key: how many conversations there are and in
// which language, when turns happened, how long they took and how they ended, the
// facts, the names and lengths of the text fields; of tickets the department, who did
// what and when, and where sinks keep them; when messages came in from outside, under
// which identifiers, and how long they are. Nothing that anybody typed or was shown, and no token that opens anything. Who can also write the file can
// hide or roll back rows (the ledger is what finds that out), but not alter a
// text or move it to another place without an error when it is read.
//
// With the master key: everything that was not erased.
//
// # What erasure means
//
// Erase first closes the conversation's tickets with an event that tells sinks to
// remove what they hold. It deletes the openings and what is remembered, and replaces the token's hash
// and the wrapped data key by zeros, also those of its tickets' addresses; events,
// facts and commitments stay. Drafts of contributions from its tickets are rejected, and
// their texts deleted; approved ones are the agency's own, and stay. The key is
// what counts: a ciphertext without its key is nothing. Then the engine clears the
// old rows away. Where a reader of an old state is in the way that fails; the
// conversation is then erased but not "scrubbed", Erase says so, and Reap tries
// again, also after a crash. What "clears away" means depends on the engine.
//
// ForgetAddress does the same for the address of one ticket. A key that another one
// takes the place of is cleared away by the next Erase, ForgetAddress or Reap. The body
// of a message from outside that was dealt with becomes zeros too, but it has no key of
// its own, and what the engine keeps of it is not cleared away at once.
//
// SQLite overwrites the openings too (secure_delete), but does not promise to wipe
// every copy of a row that it moved while it balanced its pages. Rows of
// conversation_keys and address_keys are all of one size, are never deleted and so never moved
// after they were written, and an update overwrites them where they lie. Old
// pages also live on in the write-ahead log, so Erase ends with a checkpoint that
// truncates it.
//
// Postgres never overwrites a row: it writes a new one beside it. Erase therefore
// ends with a VACUUM of the tables, after which no SQL reads the old rows.
// Their bytes may stay in the free space of a page until another row takes it (of
// 300 conversations 30 were erased: no wrapped key was left in the tables' files,
// but a quarter of the ciphertexts), and in the write-ahead log until its files
// are used again (every key was there). Who must be rid of the former runs VACUUM
// FULL on conversation_keys, openings, ticket_openings, address_keys, addresses and
// contribution_texts at a quiet hour; it locks them meanwhile.
// What is found in either place is still sealed under the master key, which is
// not in the database: keep it out of what holds the log. The user of the database
// must be allowed to VACUUM, which the owner of the tables is; else Erase and Reap
// say what to grant.
//
// On both engines out of reach: backups, archives of the write-ahead log, replicas
// that lag, snapshots of the file system, blocks that a flash disk has set aside,
// and who has copied both data and master key before.
//
// # Concurrency
//
// All methods may be called at the same time, also from several processes on one
// database. Every write first takes one lock: on SQLite that of the file, on Postgres
// that of the record's head. So writes come one after the other on all servers, which
// a log without gaps needs, and none waits for another in a circle. Those that a process
// has at the same time share a transaction and its commit (group.go).
//
// Where a method returns an error, nothing of what it was asked to write is there,
// with one exception that no database can avoid: a commit whose result is lost. On
// Postgres that one is known by pgdb.ErrCommitUnknown.
package store

import (
	"context"
	"crypto/cipher"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

//go:embed migrations
var migrations embed.FS

// MigrationTable lists the migrations that were applied.
const MigrationTable = "bot_migrations"

// Migrations returns those of this package's tables for an engine: "sqlite" or
// "postgres".
func Migrations(dialect string) fs.FS {
	files, _ := fs.Sub(migrations, "migrations/"+dialect) // fails only for a name that is no path
	return files
}

// Store is conversations in a database.
type Store struct {
	db    Database
	wrap  cipher.AEAD // seals data keys
	asked []byte      // key for what is stored of questions
	now   func() time.Time

	wrapAddress cipher.AEAD // seals the keys of addresses
	mail        cipher.AEAD // seals what came in from outside
	tries       []byte      // key for what is stored of tries to sign in

	contributions cipher.AEAD // seals the texts of contributions

	postgres bool // rows need locks
	group    group
}

// New brings the schema up to date and returns a Store. It fails with
// ErrWrongKey where the database was created with another master key, and then
// with ErrMoving where a move to the database is not finished. A nil now
// is time.Now. The caller closes db, and calls Reap once at the start and then
// regularly.
func New(ctx context.Context, db Database, master Key, now func() time.Time) (*Store, error) {
	if master == (Key{}) {
		return nil, errors.New("open the conversations: the master key is empty")
	}
	if now == nil {
		now = time.Now
	}
	if err := db.Migrate(ctx, Migrations(db.Dialect()), MigrationTable); err != nil {
		return nil, err
	}
	wrap, err := newAEAD(master[:], "townclerk/wrap/v1")
	if err != nil {
		return nil, err
	}
	asked, err := derive(master[:], "townclerk/asked/v1")
	if err != nil {
		return nil, err
	}
	wrapAddress, err := newAEAD(master[:], "townclerk/wrap-address/v1")
	if err != nil {
		return nil, err
	}
	mail, err := newAEAD(master[:], "townclerk/mail/v1")
	if err != nil {
		return nil, err
	}
	tries, err := derive(master[:], "townclerk/tries/v1")
	if err != nil {
		return nil, err
	}
	contributions, err := newAEAD(master[:], "townclerk/contributions/v1")
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, wrap: wrap, asked: asked, now: now, wrapAddress: wrapAddress, mail: mail, tries: tries, contributions: contributions,
		postgres: db.Dialect() == "postgres"}
	if err := s.checkKey(ctx, master); err != nil {
		return nil, fmt.Errorf("open the conversations in %v: %w", db, err)
	}
	if err := s.checkWhole(ctx); err != nil {
		return nil, fmt.Errorf("open the conversations in %v: %w", db, err)
	}
	if err := s.backfill(ctx); err != nil {
		return nil, fmt.Errorf("open the conversations in %v: %w", db, err)
	}
	return s, nil
}
