-- The schema that the migrations make. A test compares it.

CREATE TABLE live (
	document TEXT    NOT NULL,
	version  TEXT    NOT NULL REFERENCES versions,
	since    INTEGER NOT NULL REFERENCES revisions,
	until    INTEGER REFERENCES revisions,
	PRIMARY KEY (document, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
	fingerprint TEXT PRIMARY KEY,
	state       BLOB NOT NULL
) STRICT;

CREATE TABLE passages (
	version      TEXT    NOT NULL REFERENCES versions,
	ordinal      INTEGER NOT NULL,
	headings     TEXT    NOT NULL, -- JSON
	anchor       TEXT    NOT NULL,
	start_byte   INTEGER NOT NULL,
	end_byte     INTEGER NOT NULL,
	header_start INTEGER NOT NULL,
	header_end   INTEGER NOT NULL,
	key          BLOB    NOT NULL,
	PRIMARY KEY (version, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
	id      INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL, -- microseconds since 1970
	encoder TEXT NOT NULL
) STRICT;

CREATE TABLE vectors (
	encoder TEXT NOT NULL,
	key     BLOB NOT NULL,
	vector  BLOB NOT NULL, -- float16, little endian
	PRIMARY KEY (encoder, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE versions (
	id          TEXT PRIMARY KEY,
	document    TEXT NOT NULL,
	url         TEXT NOT NULL,
	title       TEXT NOT NULL,
	description TEXT NOT NULL,
	language    TEXT NOT NULL,
	department  TEXT NOT NULL,
	reviewed    TEXT NOT NULL, -- YYYY-MM-DD or empty
	text        TEXT NOT NULL,
	blocks      TEXT NOT NULL  -- JSON
, review_by TEXT NOT NULL DEFAULT '', ends TEXT NOT NULL DEFAULT '') STRICT;

CREATE UNIQUE INDEX live_now ON live (document) WHERE until IS NULL;
