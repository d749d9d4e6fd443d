-- +goose Up

-- Replies that are offered as pages. A contribution's row is a summary of its steps and
-- changes with each of them.
CREATE TABLE contributions (
    id         TEXT PRIMARY KEY NOT NULL,
    ticket     TEXT NOT NULL REFERENCES tickets (id),
    department TEXT NOT NULL,
    language   TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'rejected', 'withdrawn')),
    version    INTEGER NOT NULL,
    offered_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX contributions_one ON contributions (ticket) WHERE state IN ('draft', 'approved');
CREATE INDEX contributions_state ON contributions (state, offered_at);

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

-- +goose StatementBegin
CREATE TRIGGER contribution_steps_keep_content BEFORE UPDATE ON contribution_steps
BEGIN
    SELECT RAISE(ABORT, 'contribution_steps are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER contribution_steps_keep_rows BEFORE DELETE ON contribution_steps
BEGIN
    SELECT RAISE(ABORT, 'contribution_steps are append-only');
END;
-- +goose StatementEnd

-- This also stops INSERT OR REPLACE, which deletes without a DELETE trigger.
-- +goose StatementBegin
CREATE TRIGGER contribution_steps_in_order BEFORE INSERT ON contribution_steps
WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM contribution_steps WHERE contribution = NEW.contribution)
BEGIN
    SELECT RAISE(ABORT, 'contribution_steps are numbered without gaps');
END;
-- +goose StatementEnd
