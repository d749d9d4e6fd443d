-- The schema after all migrations. Written by: go test ./bot/store -run Schema -update

CREATE TABLE bot_meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE conversation_keys (
    conversation TEXT PRIMARY KEY NOT NULL REFERENCES conversations (id),
    token_hash   BLOB NOT NULL CHECK (length(token_hash) = 32),
    wrapped      BLOB NOT NULL CHECK (length(wrapped) = 60)
) STRICT;

CREATE TABLE conversations (
    id          TEXT PRIMARY KEY NOT NULL,
    language    TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    erased_at   INTEGER,
    scrubbed_at INTEGER CHECK (scrubbed_at IS NULL OR erased_at IS NOT NULL)
) STRICT;

CREATE TABLE events (
    turn        TEXT NOT NULL REFERENCES turns (id),
    seq         INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    facts       TEXT NOT NULL,
    commitments TEXT NOT NULL,
    PRIMARY KEY (turn, seq)
) STRICT;

CREATE TABLE openings (
    turn   TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    field  TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (turn, seq, field),
    FOREIGN KEY (turn, seq) REFERENCES events (turn, seq)
) STRICT;

CREATE TABLE remembered (
    revision INTEGER NOT NULL,
    key      BLOB NOT NULL CHECK (length(key) = 32),
    turn     TEXT NOT NULL REFERENCES turns (id),
    PRIMARY KEY (revision, key)
) STRICT;

CREATE TABLE spending (
    day        TEXT NOT NULL,
    call       TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (day, call),
    CHECK ((expires_at IS NULL) = (call = ''))
) STRICT;

CREATE TABLE turns (
    id           TEXT PRIMARY KEY NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversations (id),
    ordinal      INTEGER NOT NULL,
    key_mac      BLOB NOT NULL CHECK (length(key_mac) = 32),
    opened_at    INTEGER NOT NULL,
    deadline     INTEGER NOT NULL,
    ended_at     INTEGER,
    outcome      TEXT,
    UNIQUE (conversation, ordinal),
    UNIQUE (conversation, key_mac),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;

CREATE INDEX conversations_unscrubbed ON conversations (id)
    WHERE erased_at IS NOT NULL AND scrubbed_at IS NULL;

CREATE TRIGGER events_in_order BEFORE INSERT ON events
WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM events WHERE turn = NEW.turn)
  OR (NEW.kind = 'opened') <> (NEW.seq = 1)
  OR (NEW.kind = 'feedback') <> EXISTS (SELECT 1 FROM events WHERE turn = NEW.turn AND kind = 'ended')
BEGIN
    SELECT RAISE(ABORT, 'events of a turn: opened, any, ended, feedback; numbered without gaps');
END;

CREATE TRIGGER events_keep_content BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_keep_rows BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE UNIQUE INDEX events_one_ended ON events (turn) WHERE kind = 'ended';

CREATE INDEX remembered_turn ON remembered (turn);

CREATE INDEX turns_deadline ON turns (deadline) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX turns_one_open ON turns (conversation) WHERE ended_at IS NULL;

CREATE INDEX turns_opened ON turns (opened_at);
