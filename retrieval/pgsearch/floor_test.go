package pgsearch_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"townclerk/knowledge"
	vec "townclerk/retrieval/embed"
)

// floor brings a first change into bare tables, in one transaction: rows by COPY,
// then the indexes, the vectors' last. It checks nothing and refers to nothing. It
// returns the time that this took.
func floor(b *testing.B, address string, c knowledge.Change, dims int) time.Duration {
	b.Helper()
	db := connect(b, address, 1)
	runtime.GC()
	began := time.Now()
	err := pgx.BeginFunc(b.Context(), db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(b.Context(), fmt.Sprintf(floorTables, dims)); err != nil {
			return err
		}
		versions, passages, live, vectors := floorRows(b, c)
		for _, t := range []struct {
			name    string
			columns []string
			rows    [][]any
		}{
			{"versions", []string{"id", "document", "url", "title", "description", "language", "department", "reviewed", "text", "blocks"}, versions},
			{"passages", []string{"version", "ordinal", "headings", "anchor", "start_byte", "end_byte", "header_start", "header_end", "key"}, passages},
			{"live", []string{"document", "version", "since"}, live},
			{"vectors", []string{"key", "live", "language", "departments", "vector"}, vectors},
		} {
			if _, err := tx.CopyFrom(b.Context(), pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(t.rows)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(b.Context(), floorIndexes)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

const floorTables = `
	CREATE TABLE versions (id text COLLATE "C" NOT NULL, document text COLLATE "C", url text, title text, description text,
		language text, department text, reviewed text, text text, blocks text);
	CREATE TABLE passages (version text COLLATE "C" NOT NULL, ordinal bigint NOT NULL, headings text, anchor text,
		start_byte bigint, end_byte bigint, header_start bigint, header_end bigint, key bytea NOT NULL);
	CREATE TABLE live (document text COLLATE "C" NOT NULL, version text COLLATE "C", since bigint NOT NULL, until bigint);
	CREATE TABLE vectors (key bytea NOT NULL, live boolean NOT NULL, language text, departments text[], vector halfvec(%d) NOT NULL)`

// As much memory as Apply takes.
const floorIndexes = `
	SET LOCAL statement_timeout = 0;
	SET LOCAL maintenance_work_mem = '1024MB';
	ALTER TABLE versions ADD PRIMARY KEY (id);
	ALTER TABLE passages ADD PRIMARY KEY (version, ordinal);
	CREATE INDEX ON passages (key);
	ALTER TABLE live ADD PRIMARY KEY (document, since);
	CREATE UNIQUE INDEX ON live (document) WHERE until IS NULL;
	CREATE INDEX ON live (version) WHERE until IS NULL;
	ALTER TABLE vectors ADD PRIMARY KEY (key);
	CREATE INDEX ON vectors USING hnsw (vector halfvec_cosine_ops) WHERE live`

func floorRows(b *testing.B, c knowledge.Change) (versions, passages, live, vectors [][]any) {
	text := func(v any) string {
		out, err := json.Marshal(v)
		if err != nil {
			b.Fatal(err)
		}
		return string(out)
	}
	for _, page := range c.Publish {
		v := page.Version
		versions = append(versions, []any{v.ID, v.Document, v.URL, v.Title, v.Description, v.Language, v.Department, "", v.Text, text(v.Blocks)})
		live = append(live, []any{v.Document, v.ID, 1})
		for i, p := range page.Passages {
			key, vector := p.Key(), append([]float32{}, page.Vectors[i]...)
			vec.Round(vector)
			passages = append(passages, []any{p.Version, p.Ordinal, text(p.Headings), p.Anchor, p.Range.Start, p.Range.End, p.Header.Start, p.Header.End, key[:]})
			vectors = append(vectors, []any{key[:], true, v.Language, []string{v.Department}, pgvector.NewHalfVector(vector)})
		}
	}
	return versions, passages, live, vectors
}
