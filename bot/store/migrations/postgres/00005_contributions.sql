-- +goose Up

-- The same tables and columns as on SQLite.

-- Replies that are offered as pages. A contribution's row is a summary of its steps and
-- changes with each of them.
CREATE TABLE contributions (
    id         TEXT COLLATE "C" PRIMARY KEY,
    ticket     TEXT COLLATE "C" NOT NULL REFERENCES tickets (id),
    department TEXT COLLATE "C" NOT NULL,
    language   TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'rejected', 'withdrawn')),
    version    BIGINT NOT NULL,
    offered_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX contributions_one ON contributions (ticket) WHERE state IN ('draft', 'approved');
CREATE INDEX contributions_state ON contributions (state, offered_at);

CREATE TABLE contribution_steps (
    contribution TEXT COLLATE "C" NOT NULL REFERENCES contributions (id),
    seq          BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    PRIMARY KEY (contribution, seq)
);

CREATE TABLE contribution_texts (
    contribution TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,
    sealed       BYTEA NOT NULL,
    PRIMARY KEY (contribution, seq),
    FOREIGN KEY (contribution, seq) REFERENCES contribution_steps (contribution, seq)
);

ALTER TABLE contribution_texts ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TRIGGER contribution_steps_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON contribution_steps
    FOR EACH STATEMENT EXECUTE FUNCTION events_keep();
ALTER TABLE contribution_steps ENABLE ALWAYS TRIGGER contribution_steps_keep;

-- +goose StatementBegin
CREATE FUNCTION contribution_steps_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM contribution_steps WHERE contribution = NEW.contribution) THEN
        RAISE EXCEPTION 'contribution_steps are numbered without gaps' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER contribution_steps_in_order BEFORE INSERT ON contribution_steps
    FOR EACH ROW EXECUTE FUNCTION contribution_steps_in_order();
