-- +goose Up

-- The same tables and columns as on SQLite. Identifiers compare by their bytes.

-- What the store knows of itself: key_check.
CREATE TABLE bot_meta (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Times are microseconds since 1970, UTC.
CREATE TABLE conversations (
    id          TEXT COLLATE "C" PRIMARY KEY,
    language    TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    erased_at   BIGINT,
    scrubbed_at BIGINT CHECK (scrubbed_at IS NULL OR erased_at IS NOT NULL)
);

CREATE INDEX conversations_unscrubbed ON conversations (id)
    WHERE erased_at IS NOT NULL AND scrubbed_at IS NULL;

CREATE TABLE conversation_keys (
    conversation TEXT COLLATE "C" PRIMARY KEY REFERENCES conversations (id),
    token_hash   BYTEA NOT NULL CHECK (length(token_hash) = 32),
    wrapped      BYTEA NOT NULL CHECK (length(wrapped) = 60)
);

CREATE TABLE turns (
    id           TEXT COLLATE "C" PRIMARY KEY,
    conversation TEXT COLLATE "C" NOT NULL REFERENCES conversations (id),
    ordinal      BIGINT NOT NULL,
    key_mac      BYTEA NOT NULL CHECK (length(key_mac) = 32),
    opened_at    BIGINT NOT NULL,
    deadline     BIGINT NOT NULL,
    ended_at     BIGINT,
    outcome      TEXT,
    UNIQUE (conversation, ordinal),
    UNIQUE (conversation, key_mac),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);

CREATE UNIQUE INDEX turns_one_open ON turns (conversation) WHERE ended_at IS NULL;
CREATE INDEX turns_deadline ON turns (deadline) WHERE ended_at IS NULL;

CREATE TABLE events (
    turn        TEXT COLLATE "C" NOT NULL REFERENCES turns (id),
    seq         BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    facts       TEXT NOT NULL,
    commitments TEXT NOT NULL,
    PRIMARY KEY (turn, seq)
);

CREATE UNIQUE INDEX events_one_ended ON events (turn) WHERE kind = 'ended';

CREATE TABLE openings (
    turn   TEXT COLLATE "C" NOT NULL,
    seq    BIGINT NOT NULL,
    field  TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (turn, seq, field),
    FOREIGN KEY (turn, seq) REFERENCES events (turn, seq)
);

-- Ciphertext does not compress, so do not try.
ALTER TABLE openings ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- +goose StatementBegin
CREATE FUNCTION events_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

-- A statement that would change nothing is refused too. ALWAYS: also where a
-- session plays a replica, for which other triggers do not fire.
CREATE TRIGGER events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_keep();
ALTER TABLE events ENABLE ALWAYS TRIGGER events_keep;

-- +goose StatementBegin
CREATE FUNCTION events_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM events WHERE turn = NEW.turn)
        OR (NEW.kind = 'opened') <> (NEW.seq = 1)
        OR (NEW.kind = 'feedback') <> EXISTS (SELECT 1 FROM events WHERE turn = NEW.turn AND kind = 'ended') THEN
        RAISE EXCEPTION 'events of a turn: opened, any, ended, feedback; numbered without gaps'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER events_in_order BEFORE INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION events_in_order();
