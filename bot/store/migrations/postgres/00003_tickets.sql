-- +goose Up

-- The same tables and columns as on SQLite.

-- A ticket's row is a summary of its events and changes with each of them.
-- due, next_at and over_at are NULL where there is none.
CREATE TABLE tickets (
    id            TEXT COLLATE "C" PRIMARY KEY,
    conversation  TEXT COLLATE "C" NOT NULL REFERENCES conversations (id),
    turn          TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES turns (id),
    department    TEXT COLLATE "C" NOT NULL,
    state         TEXT NOT NULL,
    version       BIGINT NOT NULL,
    claimant_kind TEXT NOT NULL,
    claimant_id   TEXT NOT NULL,
    language      TEXT NOT NULL,
    opened_at     BIGINT NOT NULL,
    alert         BIGINT NOT NULL CHECK (alert IN (0, 1)),
    due           BIGINT,
    next_at       BIGINT,
    over_at       BIGINT,
    CHECK ((over_at IS NULL) = (state NOT IN ('closed', 'expired')))
);

CREATE UNIQUE INDEX tickets_one_live ON tickets (conversation) WHERE over_at IS NULL AND alert = 0;
CREATE INDEX tickets_conversation ON tickets (conversation);
CREATE INDEX tickets_opened ON tickets (opened_at);
CREATE INDEX tickets_department ON tickets (department, opened_at);
CREATE INDEX tickets_next ON tickets (next_at) WHERE over_at IS NULL;

-- The origin is what made the event outside; where nothing did it is random, behind a
-- tilde, and finds the event again after a commit whose result was lost.
CREATE TABLE ticket_events (
    ticket      TEXT COLLATE "C" NOT NULL REFERENCES tickets (id),
    seq         BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    origin      TEXT COLLATE "C" NOT NULL,
    facts       TEXT NOT NULL,
    commitments TEXT NOT NULL,
    PRIMARY KEY (ticket, seq),
    UNIQUE (ticket, origin)
);

CREATE TABLE ticket_openings (
    ticket TEXT COLLATE "C" NOT NULL,
    seq    BIGINT NOT NULL,
    field  TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (ticket, seq, field),
    FOREIGN KEY (ticket, seq) REFERENCES ticket_events (ticket, seq)
);

-- Ciphertext does not compress, so do not try.
ALTER TABLE ticket_openings ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TRIGGER ticket_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_events
    FOR EACH STATEMENT EXECUTE FUNCTION events_keep();
ALTER TABLE ticket_events ENABLE ALWAYS TRIGGER ticket_events_keep;

-- +goose StatementBegin
CREATE FUNCTION ticket_events_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM ticket_events WHERE ticket = NEW.ticket)
        OR (NEW.kind = 'opened') <> (NEW.seq = 1) THEN
        RAISE EXCEPTION 'ticket_events of a ticket: opened, then others; numbered without gaps'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER ticket_events_in_order BEFORE INSERT ON ticket_events
    FOR EACH ROW EXECUTE FUNCTION ticket_events_in_order();

-- How far a sink is with a ticket's events. Of the ticket's version, done have arrived;
-- the next one is tried at next_at, which lies ahead while somebody is at it.
CREATE TABLE deliveries (
    ticket   TEXT COLLATE "C" NOT NULL REFERENCES tickets (id),
    sink     TEXT COLLATE "C" NOT NULL,
    version  BIGINT NOT NULL,
    done     BIGINT NOT NULL CHECK (done BETWEEN 0 AND version),
    channel  TEXT COLLATE "C" NOT NULL,
    thread   TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    next_at  BIGINT NOT NULL,
    PRIMARY KEY (ticket, sink)
);

CREATE INDEX deliveries_next ON deliveries (sink, next_at, ticket) WHERE done < version;
CREATE UNIQUE INDEX deliveries_place ON deliveries (sink, channel, thread) WHERE thread <> '';

-- The keys of addresses: rows of fixed size that are never deleted. To forget an
-- address overwrites its key with zeros in place. unscrubbed: what the key was before
-- may still be in old pages.
CREATE TABLE address_keys (
    ticket     TEXT COLLATE "C" PRIMARY KEY REFERENCES tickets (id),
    wrapped    BYTEA NOT NULL CHECK (length(wrapped) = 60),
    unscrubbed BIGINT NOT NULL CHECK (unscrubbed IN (0, 1))
);

CREATE INDEX address_keys_unscrubbed ON address_keys (ticket) WHERE unscrubbed = 1;

CREATE TABLE addresses (
    ticket TEXT COLLATE "C" PRIMARY KEY REFERENCES address_keys (ticket),
    sealed BYTEA NOT NULL
);

-- What came in from outside. What was dealt with has zeros for a body.
CREATE TABLE received (
    source   TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,
    body     BYTEA NOT NULL,
    attempts BIGINT NOT NULL,
    next_at  BIGINT NOT NULL,
    done_at  BIGINT,
    PRIMARY KEY (source, id)
);

ALTER TABLE received ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE INDEX received_pending ON received (source, at, id) WHERE done_at IS NULL;
CREATE INDEX received_done ON received (done_at) WHERE done_at IS NOT NULL;

-- What is done once on all servers; first is random and tells who was.
CREATE TABLE once_marks (
    name  TEXT COLLATE "C" PRIMARY KEY,
    at    BIGINT NOT NULL,
    first TEXT NOT NULL
);
