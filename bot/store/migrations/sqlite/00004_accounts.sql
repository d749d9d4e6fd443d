-- +goose Up

-- Who works with Townclerk. Roles and departments are JSON lists; the password is an
-- encoded hash, or empty.
CREATE TABLE accounts (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL UNIQUE,
    display     TEXT NOT NULL,
    roles       TEXT NOT NULL,
    departments TEXT NOT NULL,
    disabled    INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    password    TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

-- Of a token only its SHA-256 is kept.
CREATE TABLE invitations (
    account    TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id),
    digest     BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    digest   BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    account  TEXT NOT NULL REFERENCES accounts (id),
    begun_at INTEGER NOT NULL,
    used_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_begun ON sessions (begun_at);

-- Tries to sign in. Who is an HMAC: no address of anybody lies here.
CREATE TABLE attempts (
    who   BLOB NOT NULL CHECK (length(who) = 32),
    at    INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    PRIMARY KEY (who, at, nonce)
) STRICT;

CREATE INDEX attempts_at ON attempts (at);
