-- The schema after all migrations. Written by: go test ./bot/store -run Schema -update

CREATE TABLE accounts (
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    display TEXT NOT NULL,
    roles TEXT NOT NULL,
    departments TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CHECK ((disabled = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    UNIQUE (name)
);

CREATE TABLE address_keys (
    ticket TEXT COLLATE "C" NOT NULL,
    wrapped BYTEA NOT NULL,
    unscrubbed BIGINT NOT NULL,
    PRIMARY KEY (ticket),
    FOREIGN KEY (ticket) REFERENCES tickets(id),
    CHECK ((unscrubbed = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CHECK ((length(wrapped) = 60))
);

CREATE TABLE addresses (
    ticket TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (ticket),
    FOREIGN KEY (ticket) REFERENCES address_keys(ticket)
);

CREATE TABLE attempts (
    who BYTEA NOT NULL,
    at BIGINT NOT NULL,
    nonce TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (who, at, nonce),
    CHECK ((length(who) = 32))
);

CREATE TABLE bot_meta (
    name TEXT COLLATE "C" NOT NULL,
    value BYTEA NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE contribution_steps (
    contribution TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    PRIMARY KEY (contribution, seq),
    FOREIGN KEY (contribution) REFERENCES contributions(id)
);

CREATE TABLE contribution_texts (
    contribution TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    sealed BYTEA STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (contribution, seq),
    FOREIGN KEY (contribution, seq) REFERENCES contribution_steps(contribution, seq)
);

CREATE TABLE contributions (
    id TEXT COLLATE "C" NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text, 'rejected'::text, 'withdrawn'::text]))),
    FOREIGN KEY (ticket) REFERENCES tickets(id)
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

CREATE TABLE deliveries (
    ticket TEXT COLLATE "C" NOT NULL,
    sink TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    done BIGINT NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    thread TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    PRIMARY KEY (ticket, sink),
    CHECK (((done >= 0) AND (done <= version))),
    FOREIGN KEY (ticket) REFERENCES tickets(id)
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

CREATE TABLE invitations (
    account TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account),
    FOREIGN KEY (account) REFERENCES accounts(id),
    CHECK ((length(digest) = 32)),
    UNIQUE (digest)
);

CREATE TABLE ledger_checkpoints (
    number BIGINT NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (size)
);

CREATE TABLE ledger_entries (
    idx BIGINT NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    event BIGINT,
    line TEXT NOT NULL,
    PRIMARY KEY (idx),
    UNIQUE (subject, seq)
);

CREATE TABLE ledger_hashes (
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY ("position"),
    CHECK ((length(hash) = 32))
);

CREATE TABLE ledger_head (
    id BIGINT NOT NULL,
    size BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CHECK ((id = 1))
);

CREATE TABLE once_marks (
    name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    first TEXT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE openings (
    turn TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    sealed BYTEA STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (turn, seq, field),
    FOREIGN KEY (turn, seq) REFERENCES events(turn, seq)
);

CREATE TABLE received (
    source TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    body BYTEA STORAGE EXTERNAL NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    done_at BIGINT,
    PRIMARY KEY (source, id)
);

CREATE TABLE remembered (
    revision BIGINT NOT NULL,
    key BYTEA NOT NULL,
    turn TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (revision, key),
    CHECK ((length(key) = 32)),
    FOREIGN KEY (turn) REFERENCES turns(id)
);

CREATE TABLE sessions (
    digest BYTEA NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    begun_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (digest),
    FOREIGN KEY (account) REFERENCES accounts(id),
    CHECK ((length(digest) = 32))
);

CREATE TABLE spending (
    day TEXT COLLATE "C" NOT NULL,
    call TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (day, call),
    CHECK (((expires_at IS NULL) = (call = ''::text)))
);

CREATE TABLE ticket_events (
    ticket TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    facts TEXT NOT NULL,
    commitments TEXT NOT NULL,
    PRIMARY KEY (ticket, seq),
    FOREIGN KEY (ticket) REFERENCES tickets(id),
    UNIQUE (ticket, origin)
);

CREATE TABLE ticket_openings (
    ticket TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    sealed BYTEA STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (ticket, seq, field),
    FOREIGN KEY (ticket, seq) REFERENCES ticket_events(ticket, seq)
);

CREATE TABLE tickets (
    id TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    turn TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    claimant_kind TEXT NOT NULL,
    claimant_id TEXT NOT NULL,
    language TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    alert BIGINT NOT NULL,
    due BIGINT,
    next_at BIGINT,
    over_at BIGINT,
    PRIMARY KEY (id),
    CHECK ((alert = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CHECK (((over_at IS NULL) = (state <> ALL (ARRAY['closed'::text, 'expired'::text])))),
    FOREIGN KEY (conversation) REFERENCES conversations(id),
    FOREIGN KEY (turn) REFERENCES turns(id),
    UNIQUE (turn)
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

CREATE INDEX address_keys_unscrubbed ON address_keys USING btree (ticket) WHERE (unscrubbed = 1);

CREATE INDEX attempts_at ON attempts USING btree (at);

CREATE UNIQUE INDEX contributions_one ON contributions USING btree (ticket) WHERE (state = ANY (ARRAY['draft'::text, 'approved'::text]));

CREATE INDEX contributions_state ON contributions USING btree (state, offered_at);

CREATE INDEX conversations_unscrubbed ON conversations USING btree (id) WHERE ((erased_at IS NOT NULL) AND (scrubbed_at IS NULL));

CREATE INDEX deliveries_next ON deliveries USING btree (sink, next_at, ticket) WHERE (done < version);

CREATE UNIQUE INDEX deliveries_place ON deliveries USING btree (sink, channel, thread) WHERE (thread <> ''::text);

CREATE UNIQUE INDEX events_one_ended ON events USING btree (turn) WHERE (kind = 'ended'::text);

CREATE INDEX ledger_entries_alone ON ledger_entries USING btree (type, idx) WHERE (event IS NULL);

CREATE INDEX received_done ON received USING btree (done_at) WHERE (done_at IS NOT NULL);

CREATE INDEX received_pending ON received USING btree (source, at, id) WHERE (done_at IS NULL);

CREATE INDEX remembered_turn ON remembered USING btree (turn);

CREATE INDEX sessions_account ON sessions USING btree (account);

CREATE INDEX sessions_begun ON sessions USING btree (begun_at);

CREATE INDEX tickets_conversation ON tickets USING btree (conversation);

CREATE INDEX tickets_department ON tickets USING btree (department, opened_at);

CREATE INDEX tickets_next ON tickets USING btree (next_at) WHERE (over_at IS NULL);

CREATE UNIQUE INDEX tickets_one_live ON tickets USING btree (conversation) WHERE ((over_at IS NULL) AND (alert = 0));

CREATE INDEX tickets_opened ON tickets USING btree (opened_at);

CREATE INDEX turns_deadline ON turns USING btree (deadline) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX turns_one_open ON turns USING btree (conversation) WHERE (ended_at IS NULL);

CREATE INDEX turns_opened ON turns USING btree (opened_at);

CREATE OR REPLACE FUNCTION contribution_steps_in_order()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM contribution_steps WHERE contribution = NEW.contribution) THEN
        RAISE EXCEPTION 'contribution_steps are numbered without gaps' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$function$;

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

CREATE OR REPLACE FUNCTION ledger_keep()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION '% are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE OR REPLACE FUNCTION ticket_events_in_order()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM ticket_events WHERE ticket = NEW.ticket)
        OR (NEW.kind = 'opened') <> (NEW.seq = 1) THEN
        RAISE EXCEPTION 'ticket_events of a ticket: opened, then others; numbered without gaps'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$function$;

CREATE TRIGGER contribution_steps_in_order BEFORE INSERT ON contribution_steps FOR EACH ROW EXECUTE FUNCTION contribution_steps_in_order();

CREATE TRIGGER contribution_steps_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON contribution_steps FOR EACH STATEMENT EXECUTE FUNCTION events_keep();
ALTER TABLE contribution_steps ENABLE ALWAYS TRIGGER contribution_steps_keep;

CREATE TRIGGER events_in_order BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_in_order();

CREATE TRIGGER events_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_keep();
ALTER TABLE events ENABLE ALWAYS TRIGGER events_keep;

CREATE TRIGGER ledger_checkpoints_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep();
ALTER TABLE ledger_checkpoints ENABLE ALWAYS TRIGGER ledger_checkpoints_keep;

CREATE TRIGGER ledger_entries_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_keep;

CREATE TRIGGER ledger_hashes_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger_hashes FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep();
ALTER TABLE ledger_hashes ENABLE ALWAYS TRIGGER ledger_hashes_keep;

CREATE TRIGGER ticket_events_in_order BEFORE INSERT ON ticket_events FOR EACH ROW EXECUTE FUNCTION ticket_events_in_order();

CREATE TRIGGER ticket_events_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON ticket_events FOR EACH STATEMENT EXECUTE FUNCTION events_keep();
ALTER TABLE ticket_events ENABLE ALWAYS TRIGGER ticket_events_keep;
