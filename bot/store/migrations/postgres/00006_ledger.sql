-- +goose Up

-- The same tables and columns as on SQLite.

-- The record. Row idx is the tree's leaf idx: line is what is hashed, the other columns
-- are for looking it up. event is the number of the row in events or ticket_events that
-- the entry is of; NULL where it is of none.
CREATE TABLE ledger_entries (
    idx     BIGINT PRIMARY KEY,
    type    TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    seq     BIGINT NOT NULL,
    event   BIGINT,
    line    TEXT NOT NULL,
    UNIQUE (subject, seq)
);

CREATE INDEX ledger_entries_alone ON ledger_entries (type, idx) WHERE event IS NULL;

-- The hashes of the tree, in the order of golang.org/x/mod/sumdb/tlog.
CREATE TABLE ledger_hashes (
    position BIGINT PRIMARY KEY,
    hash     BYTEA NOT NULL CHECK (length(hash) = 32)
);

-- The one row that everybody locks who writes: how many entries there are, and the time
-- of the last.
CREATE TABLE ledger_head (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL,
    at   BIGINT NOT NULL
);

INSERT INTO ledger_head (id, size, at) VALUES (1, 0, 0);

-- What was signed, numbered from 1.
CREATE TABLE ledger_checkpoints (
    number BIGINT PRIMARY KEY,
    size   BIGINT NOT NULL UNIQUE,
    note   TEXT NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION ledger_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER ledger_entries_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_keep;

CREATE TRIGGER ledger_hashes_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_hashes
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep();
ALTER TABLE ledger_hashes ENABLE ALWAYS TRIGGER ledger_hashes_keep;

CREATE TRIGGER ledger_checkpoints_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep();
ALTER TABLE ledger_checkpoints ENABLE ALWAYS TRIGGER ledger_checkpoints_keep;
