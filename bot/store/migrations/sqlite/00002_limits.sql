-- +goose Up

-- What the language model costs, in millionths of the currency: a row for each
-- day, whose call is empty, and one for each call under way, which is released
-- when it expires.
CREATE TABLE spending (
    day        TEXT NOT NULL,
    call       TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (day, call),
    CHECK ((expires_at IS NULL) = (call = ''))
) STRICT;

-- Which turn answers a question that is asked again. The key is an HMAC of the
-- question and of everything that the answer depends on.
CREATE TABLE remembered (
    revision INTEGER NOT NULL,
    key      BLOB NOT NULL CHECK (length(key) = 32),
    turn     TEXT NOT NULL REFERENCES turns (id),
    PRIMARY KEY (revision, key)
) STRICT;

CREATE INDEX remembered_turn ON remembered (turn);

-- For counting the questions of a day.
CREATE INDEX turns_opened ON turns (opened_at);
