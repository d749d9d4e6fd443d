-- The schema after all migrations. Written by: go test ./bot/store -run Schema -update

CREATE TABLE accounts (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL UNIQUE,
    display     TEXT NOT NULL,
    roles       TEXT NOT NULL,
    departments TEXT NOT NULL,
    disabled    INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    password    TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE address_keys (
    ticket     TEXT PRIMARY KEY NOT NULL REFERENCES tickets (id),
    wrapped    BLOB NOT NULL CHECK (length(wrapped) = 60),
    unscrubbed INTEGER NOT NULL CHECK (unscrubbed IN (0, 1))
) STRICT;

CREATE TABLE addresses (
    ticket TEXT PRIMARY KEY NOT NULL REFERENCES address_keys (ticket),
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE attempts (
    who   BLOB NOT NULL CHECK (length(who) = 32),
    at    INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    PRIMARY KEY (who, at, nonce)
) STRICT;

CREATE TABLE bot_meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE contribution_steps (
    contribution TEXT NOT NULL REFERENCES contributions (id),
    seq          INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    PRIMARY KEY (contribution, seq)
) STRICT;

CREATE TABLE contribution_texts (
    contribution TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    sealed       BLOB NOT NULL,
    PRIMARY KEY (contribution, seq),
    FOREIGN KEY (contribution, seq) REFERENCES contribution_steps (contribution, seq)
) STRICT;

CREATE TABLE contributions (
    id         TEXT PRIMARY KEY NOT NULL,
    ticket     TEXT NOT NULL REFERENCES tickets (id),
    department TEXT NOT NULL,
    language   TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'rejected', 'withdrawn')),
    version    INTEGER NOT NULL,
    offered_at INTEGER NOT NULL
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

CREATE TABLE deliveries (
    ticket   TEXT NOT NULL REFERENCES tickets (id),
    sink     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    done     INTEGER NOT NULL CHECK (done BETWEEN 0 AND version),
    channel  TEXT NOT NULL,
    thread   TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    PRIMARY KEY (ticket, sink)
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

CREATE TABLE invitations (
    account    TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id),
    digest     BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_checkpoints (
    number INTEGER PRIMARY KEY NOT NULL,
    size   INTEGER NOT NULL UNIQUE,
    note   TEXT NOT NULL
) STRICT;

CREATE TABLE ledger_entries (
    idx     INTEGER PRIMARY KEY NOT NULL,
    type    TEXT NOT NULL,
    subject TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    event   INTEGER,
    line    TEXT NOT NULL,
    UNIQUE (subject, seq)
) STRICT;

CREATE TABLE ledger_hashes (
    position INTEGER PRIMARY KEY NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE ledger_head (
    id   INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    size INTEGER NOT NULL,
    at   INTEGER NOT NULL
) STRICT;

CREATE TABLE once_marks (
    name  TEXT PRIMARY KEY NOT NULL,
    at    INTEGER NOT NULL,
    first TEXT NOT NULL
) STRICT;

CREATE TABLE openings (
    turn   TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    field  TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (turn, seq, field),
    FOREIGN KEY (turn, seq) REFERENCES events (turn, seq)
) STRICT;

CREATE TABLE received (
    source   TEXT NOT NULL,
    id       TEXT NOT NULL,
    at       INTEGER NOT NULL,
    body     BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    done_at  INTEGER,
    PRIMARY KEY (source, id)
) STRICT;

CREATE TABLE remembered (
    revision INTEGER NOT NULL,
    key      BLOB NOT NULL CHECK (length(key) = 32),
    turn     TEXT NOT NULL REFERENCES turns (id),
    PRIMARY KEY (revision, key)
) STRICT;

CREATE TABLE sessions (
    digest   BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    account  TEXT NOT NULL REFERENCES accounts (id),
    begun_at INTEGER NOT NULL,
    used_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE spending (
    day        TEXT NOT NULL,
    call       TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (day, call),
    CHECK ((expires_at IS NULL) = (call = ''))
) STRICT;

CREATE TABLE ticket_events (
    ticket      TEXT NOT NULL REFERENCES tickets (id),
    seq         INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    origin      TEXT NOT NULL,
    facts       TEXT NOT NULL,
    commitments TEXT NOT NULL,
    PRIMARY KEY (ticket, seq),
    UNIQUE (ticket, origin)
) STRICT;

CREATE TABLE ticket_openings (
    ticket TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    field  TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (ticket, seq, field),
    FOREIGN KEY (ticket, seq) REFERENCES ticket_events (ticket, seq)
) STRICT;

CREATE TABLE tickets (
    id            TEXT PRIMARY KEY NOT NULL,
    conversation  TEXT NOT NULL REFERENCES conversations (id),
    turn          TEXT NOT NULL UNIQUE REFERENCES turns (id),
    department    TEXT NOT NULL,
    state         TEXT NOT NULL,
    version       INTEGER NOT NULL,
    claimant_kind TEXT NOT NULL,
    claimant_id   TEXT NOT NULL,
    language      TEXT NOT NULL,
    opened_at     INTEGER NOT NULL,
    alert         INTEGER NOT NULL CHECK (alert IN (0, 1)),
    due           INTEGER,
    next_at       INTEGER,
    over_at       INTEGER,
    CHECK ((over_at IS NULL) = (state NOT IN ('closed', 'expired')))
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

CREATE INDEX address_keys_unscrubbed ON address_keys (ticket) WHERE unscrubbed = 1;

CREATE INDEX attempts_at ON attempts (at);

CREATE TRIGGER contribution_steps_in_order BEFORE INSERT ON contribution_steps
WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM contribution_steps WHERE contribution = NEW.contribution)
BEGIN
    SELECT RAISE(ABORT, 'contribution_steps are numbered without gaps');
END;

CREATE TRIGGER contribution_steps_keep_content BEFORE UPDATE ON contribution_steps
BEGIN
    SELECT RAISE(ABORT, 'contribution_steps are append-only');
END;

CREATE TRIGGER contribution_steps_keep_rows BEFORE DELETE ON contribution_steps
BEGIN
    SELECT RAISE(ABORT, 'contribution_steps are append-only');
END;

CREATE UNIQUE INDEX contributions_one ON contributions (ticket) WHERE state IN ('draft', 'approved');

CREATE INDEX contributions_state ON contributions (state, offered_at);

CREATE INDEX conversations_unscrubbed ON conversations (id)
    WHERE erased_at IS NOT NULL AND scrubbed_at IS NULL;

CREATE INDEX deliveries_next ON deliveries (sink, next_at, ticket) WHERE done < version;

CREATE UNIQUE INDEX deliveries_place ON deliveries (sink, channel, thread) WHERE thread <> '';

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

CREATE TRIGGER ledger_checkpoints_in_order BEFORE INSERT ON ledger_checkpoints
WHEN NEW.number <> (SELECT coalesce(max(number) + 1, 1) FROM ledger_checkpoints)
BEGIN
    SELECT RAISE(ABORT, 'ledger_checkpoints are numbered without gaps');
END;

CREATE TRIGGER ledger_checkpoints_keep_content BEFORE UPDATE ON ledger_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'ledger_checkpoints are append-only');
END;

CREATE TRIGGER ledger_checkpoints_keep_rows BEFORE DELETE ON ledger_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'ledger_checkpoints are append-only');
END;

CREATE INDEX ledger_entries_alone ON ledger_entries (type, idx) WHERE event IS NULL;

CREATE TRIGGER ledger_entries_in_order BEFORE INSERT ON ledger_entries
WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM ledger_entries)
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries are numbered without gaps');
END;

CREATE TRIGGER ledger_entries_keep_content BEFORE UPDATE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries are append-only');
END;

CREATE TRIGGER ledger_entries_keep_rows BEFORE DELETE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries are append-only');
END;

CREATE TRIGGER ledger_hashes_in_order BEFORE INSERT ON ledger_hashes
WHEN NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM ledger_hashes)
BEGIN
    SELECT RAISE(ABORT, 'ledger_hashes are numbered without gaps');
END;

CREATE TRIGGER ledger_hashes_keep_content BEFORE UPDATE ON ledger_hashes
BEGIN
    SELECT RAISE(ABORT, 'ledger_hashes are append-only');
END;

CREATE TRIGGER ledger_hashes_keep_rows BEFORE DELETE ON ledger_hashes
BEGIN
    SELECT RAISE(ABORT, 'ledger_hashes are append-only');
END;

CREATE INDEX received_done ON received (done_at) WHERE done_at IS NOT NULL;

CREATE INDEX received_pending ON received (source, at, id) WHERE done_at IS NULL;

CREATE INDEX remembered_turn ON remembered (turn);

CREATE INDEX sessions_account ON sessions (account);

CREATE INDEX sessions_begun ON sessions (begun_at);

CREATE TRIGGER ticket_events_in_order BEFORE INSERT ON ticket_events
WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM ticket_events WHERE ticket = NEW.ticket)
  OR (NEW.kind = 'opened') <> (NEW.seq = 1)
  OR EXISTS (SELECT 1 FROM ticket_events WHERE ticket = NEW.ticket AND origin = NEW.origin)
BEGIN
    SELECT RAISE(ABORT, 'ticket_events of a ticket: opened, then others; numbered without gaps, one of an origin');
END;

CREATE TRIGGER ticket_events_keep_content BEFORE UPDATE ON ticket_events
BEGIN
    SELECT RAISE(ABORT, 'ticket_events are append-only');
END;

CREATE TRIGGER ticket_events_keep_rows BEFORE DELETE ON ticket_events
BEGIN
    SELECT RAISE(ABORT, 'ticket_events are append-only');
END;

CREATE INDEX tickets_conversation ON tickets (conversation);

CREATE INDEX tickets_department ON tickets (department, opened_at);

CREATE INDEX tickets_next ON tickets (next_at) WHERE over_at IS NULL;

CREATE UNIQUE INDEX tickets_one_live ON tickets (conversation) WHERE over_at IS NULL AND alert = 0;

CREATE INDEX tickets_opened ON tickets (opened_at);

CREATE INDEX turns_deadline ON turns (deadline) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX turns_one_open ON turns (conversation) WHERE ended_at IS NULL;

CREATE INDEX turns_opened ON turns (opened_at);
