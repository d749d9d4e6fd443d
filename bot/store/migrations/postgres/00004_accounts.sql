-- +goose Up

-- The same tables and columns as on SQLite.

-- Who works with Townclerk. Roles and departments are JSON lists; the password is an
-- encoded hash, or empty.
CREATE TABLE accounts (
    id          TEXT COLLATE "C" PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL UNIQUE,
    display     TEXT NOT NULL,
    roles       TEXT NOT NULL,
    departments TEXT NOT NULL,
    disabled    BIGINT NOT NULL CHECK (disabled IN (0, 1)),
    password    TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);

-- Of a token only its SHA-256 is kept.
CREATE TABLE invitations (
    account    TEXT COLLATE "C" PRIMARY KEY REFERENCES accounts (id),
    digest     BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
    expires_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    digest   BYTEA PRIMARY KEY CHECK (length(digest) = 32),
    account  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    begun_at BIGINT NOT NULL,
    used_at  BIGINT NOT NULL
);

CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_begun ON sessions (begun_at);

-- Tries to sign in. Who is an HMAC: no address of anybody lies here.
CREATE TABLE attempts (
    who   BYTEA NOT NULL CHECK (length(who) = 32),
    at    BIGINT NOT NULL,
    nonce TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (who, at, nonce)
);

CREATE INDEX attempts_at ON attempts (at);
