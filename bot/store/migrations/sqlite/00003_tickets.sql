-- +goose Up

-- A ticket's row is a summary of its events and changes with each of them.
-- due, next_at and over_at are NULL where there is none.
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

CREATE UNIQUE INDEX tickets_one_live ON tickets (conversation) WHERE over_at IS NULL AND alert = 0;
CREATE INDEX tickets_conversation ON tickets (conversation);
CREATE INDEX tickets_opened ON tickets (opened_at);
CREATE INDEX tickets_department ON tickets (department, opened_at);
CREATE INDEX tickets_next ON tickets (next_at) WHERE over_at IS NULL;

-- The origin is what made the event outside; where nothing did it is random, behind a
-- tilde, and finds the event again after a commit whose result was lost.
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

-- +goose StatementBegin
CREATE TRIGGER ticket_events_keep_content BEFORE UPDATE ON ticket_events
BEGIN
    SELECT RAISE(ABORT, 'ticket_events are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ticket_events_keep_rows BEFORE DELETE ON ticket_events
BEGIN
    SELECT RAISE(ABORT, 'ticket_events are append-only');
END;
-- +goose StatementEnd

-- This also stops INSERT OR REPLACE, which deletes without a DELETE trigger what has
-- the same key or the same origin.
-- +goose StatementBegin
CREATE TRIGGER ticket_events_in_order BEFORE INSERT ON ticket_events
WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM ticket_events WHERE ticket = NEW.ticket)
  OR (NEW.kind = 'opened') <> (NEW.seq = 1)
  OR EXISTS (SELECT 1 FROM ticket_events WHERE ticket = NEW.ticket AND origin = NEW.origin)
BEGIN
    SELECT RAISE(ABORT, 'ticket_events of a ticket: opened, then others; numbered without gaps, one of an origin');
END;
-- +goose StatementEnd

-- How far a sink is with a ticket's events. Of the ticket's version, done have arrived;
-- the next one is tried at next_at, which lies ahead while somebody is at it.
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

CREATE INDEX deliveries_next ON deliveries (sink, next_at, ticket) WHERE done < version;
CREATE UNIQUE INDEX deliveries_place ON deliveries (sink, channel, thread) WHERE thread <> '';

-- The keys of addresses: rows of fixed size that are never deleted. To forget an
-- address overwrites its key with zeros in place. unscrubbed: what the key was before
-- may still be in old pages.
CREATE TABLE address_keys (
    ticket     TEXT PRIMARY KEY NOT NULL REFERENCES tickets (id),
    wrapped    BLOB NOT NULL CHECK (length(wrapped) = 60),
    unscrubbed INTEGER NOT NULL CHECK (unscrubbed IN (0, 1))
) STRICT;

CREATE INDEX address_keys_unscrubbed ON address_keys (ticket) WHERE unscrubbed = 1;

CREATE TABLE addresses (
    ticket TEXT PRIMARY KEY NOT NULL REFERENCES address_keys (ticket),
    sealed BLOB NOT NULL
) STRICT;

-- What came in from outside. What was dealt with has zeros for a body.
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

CREATE INDEX received_pending ON received (source, at, id) WHERE done_at IS NULL;
CREATE INDEX received_done ON received (done_at) WHERE done_at IS NOT NULL;

-- What is done once on all servers; first is random and tells who was.
CREATE TABLE once_marks (
    name  TEXT PRIMARY KEY NOT NULL,
    at    INTEGER NOT NULL,
    first TEXT NOT NULL
) STRICT;
