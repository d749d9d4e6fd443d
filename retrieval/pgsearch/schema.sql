-- The schema after all migrations and a first set of vectors, of 64 dimensions.
-- Written by: go test ./retrieval/pgsearch -run Schema -update

CREATE TABLE head (
    one BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (one),
    CHECK (one)
);

CREATE TABLE live (
    document TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (document, since),
    FOREIGN KEY (since) REFERENCES revisions(id),
    FOREIGN KEY (until) REFERENCES revisions(id),
    FOREIGN KEY (version) REFERENCES versions(id)
);

CREATE TABLE models (
    fingerprint TEXT COLLATE "C" NOT NULL,
    state BYTEA NOT NULL,
    PRIMARY KEY (fingerprint)
);

CREATE TABLE passages (
    version TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL,
    headings TEXT NOT NULL,
    anchor TEXT NOT NULL,
    start_byte BIGINT NOT NULL,
    end_byte BIGINT NOT NULL,
    header_start BIGINT NOT NULL,
    header_end BIGINT NOT NULL,
    key BYTEA NOT NULL,
    PRIMARY KEY (version, ordinal),
    CHECK ((length(key) = 32)),
    FOREIGN KEY (version) REFERENCES versions(id)
);

CREATE TABLE revisions (
    id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    encoder TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE vector_sets (
    id INTEGER NOT NULL,
    encoder TEXT COLLATE "C" NOT NULL,
    dims INTEGER NOT NULL,
    indexed BOOLEAN NOT NULL,
    kept_ahead BIGINT,
    PRIMARY KEY (id),
    CHECK ((dims > 0)),
    UNIQUE (encoder)
);

CREATE TABLE vectors_1 (
    key BYTEA NOT NULL,
    live BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    departments TEXT[] NOT NULL,
    vector HALFVEC(64) NOT NULL,
    PRIMARY KEY (key),
    CHECK ((length(key) = 32))
) WITH (fillfactor=90);

CREATE TABLE versions (
    id TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT NOT NULL,
    department TEXT NOT NULL,
    reviewed TEXT NOT NULL,
    text TEXT NOT NULL,
    blocks TEXT NOT NULL,
    review_by TEXT NOT NULL,
    ends TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX live_now ON live USING btree (document) WHERE (until IS NULL);

CREATE INDEX live_version ON live USING btree (version) WHERE (until IS NULL);

CREATE INDEX passages_key ON passages USING btree (key);

CREATE INDEX vectors_1_hnsw ON vectors_1 USING hnsw (vector halfvec_cosine_ops) WHERE live;
