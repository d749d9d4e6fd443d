-- +goose Up

-- The same tables and columns as on SQLite, but for vectors: each set of them has
-- a table of its own. Identifiers compare by their bytes.

-- The current revision: one row. Who applies a change locks it.
CREATE TABLE head (
    one      BOOLEAN PRIMARY KEY CHECK (one),
    revision BIGINT NOT NULL
);

INSERT INTO head (one, revision) VALUES (true, 0);

-- What each revision's vectors were made with.
CREATE TABLE models (
    fingerprint TEXT COLLATE "C" PRIMARY KEY,
    state       BYTEA NOT NULL
);

CREATE TABLE revisions (
    id      BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL, -- microseconds since 1970
    encoder TEXT COLLATE "C" NOT NULL
);

-- Versions and their passages are written once and never changed or deleted.
CREATE TABLE versions (
    id          TEXT COLLATE "C" PRIMARY KEY,
    document    TEXT COLLATE "C" NOT NULL,
    url         TEXT NOT NULL,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    language    TEXT NOT NULL,
    department  TEXT NOT NULL,
    reviewed    TEXT NOT NULL, -- YYYY-MM-DD or empty
    text        TEXT NOT NULL,
    blocks      TEXT NOT NULL  -- JSON
);

CREATE TABLE passages (
    version      TEXT COLLATE "C" NOT NULL REFERENCES versions (id),
    ordinal      BIGINT NOT NULL,
    headings     TEXT NOT NULL, -- JSON
    anchor       TEXT NOT NULL,
    start_byte   BIGINT NOT NULL,
    end_byte     BIGINT NOT NULL,
    header_start BIGINT NOT NULL,
    header_end   BIGINT NOT NULL,
    key          BYTEA NOT NULL CHECK (length(key) = 32),
    PRIMARY KEY (version, ordinal)
);

CREATE INDEX passages_key ON passages (key);

-- A document's version is live from one revision until another.
CREATE TABLE live (
    document TEXT COLLATE "C" NOT NULL,
    version  TEXT COLLATE "C" NOT NULL REFERENCES versions (id),
    since    BIGINT NOT NULL REFERENCES revisions (id),
    until    BIGINT REFERENCES revisions (id),
    PRIMARY KEY (document, since)
);

CREATE UNIQUE INDEX live_now ON live (document) WHERE until IS NULL;
CREATE INDEX live_version ON live (version) WHERE until IS NULL;

-- The vectors of each encoder are in the table vectors_ID, which is made with the
-- set (sets.go).
CREATE TABLE vector_sets (
    id      INTEGER PRIMARY KEY,
    encoder TEXT COLLATE "C" NOT NULL UNIQUE,
    dims    INTEGER NOT NULL CHECK (dims > 0),
    indexed BOOLEAN NOT NULL -- its HNSW index is there
);
