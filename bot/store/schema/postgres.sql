-- The schema after all migrations. Written by: go test ./bot/store -run Schema -update

CREATE TABLE bot_meta (
    name TEXT COLLATE "C" NOT NULL,
    value BYTEA NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE conversation_keys (
    conversation TEXT COLLATE "C" NOT NULL,
    token_hash BYTEA NOT NULL,
    wrapped BYTEA NOT NULL,
    PRIMARY KEY (conversation),
    FOREIGN KEY (conversation) REFERENCES conversations(id),
    CHECK ((length(token_hash) = 32)),
    CHECK ((length(wrapped) = 60))
);

CREATE TABLE conversations (
    id TEXT COLLATE "C" NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    erased_at BIGINT,
    scrubbed_at BIGINT,
    PRIMARY KEY (id),
    CHECK (((scrubbed_at IS NULL) OR (erased_at IS NOT NULL)))
);

CREATE TABLE events (
    turn TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    facts TEXT NOT NULL,
    commitments TEXT NOT NULL,
    PRIMARY KEY (turn, seq),
    FOREIGN KEY (turn) REFERENCES turns(id)
);

CREATE TABLE openings (
    turn TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    sealed BYTEA STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (turn, seq, field),
    FOREIGN KEY (turn, seq) REFERENCES events(turn, seq)
);

CREATE TABLE remembered (
    revision BIGINT NOT NULL,
    key BYTEA NOT NULL,
    turn TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (revision, key),
    CHECK ((length(key) = 32)),
    FOREIGN KEY (turn) REFERENCES turns(id)
);

CREATE TABLE spending (
    day TEXT COLLATE "C" NOT NULL,
    call TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (day, call),
    CHECK (((expires_at IS NULL) = (call = ''::text)))
);

CREATE TABLE turns (
    id TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL,
    key_mac BYTEA NOT NULL,
    opened_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT,
    PRIMARY KEY (id),
    CHECK (((ended_at IS NULL) = (outcome IS NULL))),
    FOREIGN KEY (conversation) REFERENCES conversations(id),
    UNIQUE (conversation, key_mac),
    UNIQUE (conversation, ordinal),
    CHECK ((length(key_mac) = 32))
);

CREATE INDEX conversations_unscrubbed ON conversations USING btree (id) WHERE ((erased_at IS NOT NULL) AND (scrubbed_at IS NULL));

CREATE UNIQUE INDEX events_one_ended ON events USING btree (turn) WHERE (kind = 'ended'::text);

CREATE INDEX remembered_turn ON remembered USING btree (turn);

CREATE INDEX turns_deadline ON turns USING btree (deadline) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX turns_one_open ON turns USING btree (conversation) WHERE (ended_at IS NULL);

CREATE INDEX turns_opened ON turns USING btree (opened_at);

CREATE OR REPLACE FUNCTION events_in_order()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM events WHERE turn = NEW.turn)
        OR (NEW.kind = 'opened') <> (NEW.seq = 1)
        OR (NEW.kind = 'feedback') <> EXISTS (SELECT 1 FROM events WHERE turn = NEW.turn AND kind = 'ended') THEN
        RAISE EXCEPTION 'events of a turn: opened, any, ended, feedback; numbered without gaps'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION events_keep()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE TRIGGER events_in_order BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_in_order();

CREATE TRIGGER events_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_keep();
ALTER TABLE events ENABLE ALWAYS TRIGGER events_keep;
