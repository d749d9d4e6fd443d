-- +goose Up

-- What the language model costs, in millionths of the currency: a row for each
-- day, whose call is empty, and one for each call under way, which is released
-- when it expires.
CREATE TABLE spending (
    day        TEXT COLLATE "C" NOT NULL,
    call       TEXT COLLATE "C" NOT NULL,
    amount     BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (day, call),
    CHECK ((expires_at IS NULL) = (call = ''))
);

-- Which turn answers a question that is asked again. The key is an HMAC of the
-- question and of everything that the answer depends on.
CREATE TABLE remembered (
    revision BIGINT NOT NULL,
    key      BYTEA NOT NULL CHECK (length(key) = 32),
    turn     TEXT COLLATE "C" NOT NULL REFERENCES turns (id),
    PRIMARY KEY (revision, key)
);

CREATE INDEX remembered_turn ON remembered (turn);

-- For counting the questions of a day.
CREATE INDEX turns_opened ON turns (opened_at);
