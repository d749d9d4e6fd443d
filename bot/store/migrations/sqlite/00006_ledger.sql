-- +goose Up

-- The record. Row idx is the tree's leaf idx: line is what is hashed, the other columns
-- are for looking it up. event is the number of the row in events or ticket_events that
-- the entry is of; NULL where it is of none.
CREATE TABLE ledger_entries (
    idx     INTEGER PRIMARY KEY NOT NULL,
    type    TEXT NOT NULL,
    subject TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    event   INTEGER,
    line    TEXT NOT NULL,
    UNIQUE (subject, seq)
) STRICT;

CREATE INDEX ledger_entries_alone ON ledger_entries (type, idx) WHERE event IS NULL;

-- The hashes of the tree, in the order of golang.org/x/mod/sumdb/tlog.
CREATE TABLE ledger_hashes (
    position INTEGER PRIMARY KEY NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- The one row that everybody locks who writes: how many entries there are, and the time
-- of the last.
CREATE TABLE ledger_head (
    id   INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    size INTEGER NOT NULL,
    at   INTEGER NOT NULL
) STRICT;

INSERT INTO ledger_head (id, size, at) VALUES (1, 0, 0);

-- What was signed, numbered from 1.
CREATE TABLE ledger_checkpoints (
    number INTEGER PRIMARY KEY NOT NULL,
    size   INTEGER NOT NULL UNIQUE,
    note   TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER ledger_entries_keep_content BEFORE UPDATE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_entries_keep_rows BEFORE DELETE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries are append-only');
END;
-- +goose StatementEnd

-- This also stops INSERT OR REPLACE, which deletes without a DELETE trigger.
-- +goose StatementBegin
CREATE TRIGGER ledger_entries_in_order BEFORE INSERT ON ledger_entries
WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM ledger_entries)
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries are numbered without gaps');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_hashes_keep_content BEFORE UPDATE ON ledger_hashes
BEGIN
    SELECT RAISE(ABORT, 'ledger_hashes are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_hashes_keep_rows BEFORE DELETE ON ledger_hashes
BEGIN
    SELECT RAISE(ABORT, 'ledger_hashes are append-only');
END;
-- +goose StatementEnd

-- This also stops INSERT OR REPLACE, which deletes without a DELETE trigger.
-- +goose StatementBegin
CREATE TRIGGER ledger_hashes_in_order BEFORE INSERT ON ledger_hashes
WHEN NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM ledger_hashes)
BEGIN
    SELECT RAISE(ABORT, 'ledger_hashes are numbered without gaps');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_checkpoints_keep_content BEFORE UPDATE ON ledger_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'ledger_checkpoints are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_checkpoints_keep_rows BEFORE DELETE ON ledger_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'ledger_checkpoints are append-only');
END;
-- +goose StatementEnd

-- This also stops INSERT OR REPLACE, which deletes without a DELETE trigger.
-- +goose StatementBegin
CREATE TRIGGER ledger_checkpoints_in_order BEFORE INSERT ON ledger_checkpoints
WHEN NEW.number <> (SELECT coalesce(max(number) + 1, 1) FROM ledger_checkpoints)
BEGIN
    SELECT RAISE(ABORT, 'ledger_checkpoints are numbered without gaps');
END;
-- +goose StatementEnd
