package pgsearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgvector/pgvector-go"

	"townclerk/internal/pgdb"
	"townclerk/knowledge"
	vec "townclerk/retrieval/embed"
)

// commitTimeout bounds a commit, which does not end with its caller's context.
const commitTimeout = 30 * time.Second

// write runs fn in a transaction that holds head, and commits it. A change may
// load and index for long: only ctx bounds its statements.
func (s *Store) write(ctx context.Context, op string, fn func(pgx.Tx, knowledge.Revision) error) error {
	return s.withConn(ctx, op, func(c *pgx.Conn) error {
		tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
		if err != nil {
			return err
		}
		defer tx.Rollback(context.WithoutCancel(ctx)) // does nothing after a commit
		if _, err := tx.Exec(ctx, "SELECT set_config('statement_timeout', '0', true)"); err != nil {
			return err
		}
		var r knowledge.Revision
		if err := tx.QueryRow(ctx, "SELECT revision FROM head FOR NO KEY UPDATE").Scan(&r); err != nil {
			return err
		}
		if err := fn(tx, r); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		end, stop := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
		defer stop()
		return commitError(tx.Commit(end))
	})
}

// commitError tells a commit that was not done from one that may have been: a
// server that answers with an error and goes on has not committed.
func commitError(err error) error {
	if err == nil || errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, pgx.ErrTxClosed) {
		return err
	}
	var server *pgconn.PgError
	if errors.As(err, &server) && server.SeverityUnlocalized == "ERROR" && server.Code != "40003" && !strings.HasPrefix(server.Code, "08") {
		return err
	}
	return fmt.Errorf("%w (%w)", pgdb.ErrCommitUnknown, err)
}

// Apply switches to the next revision in one transaction. An index that is needed
// from now on is built in it. After pgdb.ErrCommitUnknown the manifest tells
// whether it was done.
func (s *Store) Apply(ctx context.Context, c knowledge.Change) (knowledge.Revision, error) {
	op := fmt.Sprintf("apply the change to revision %d", c.Base)
	if err := checkPages(c.Publish); err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	err := s.write(ctx, op, func(tx pgx.Tx, r knowledge.Revision) error {
		if r != c.Base {
			return knowledge.ErrConflict
		}
		return s.apply(ctx, tx, c)
	})
	if err != nil {
		return 0, err
	}
	return c.Base + 1, nil
}

// checkPages refuses pages that could not be searched.
func checkPages(pages []knowledge.Page) error {
	documents, versions := map[knowledge.DocumentID]bool{}, map[knowledge.VersionID]bool{}
	dims := 0
	for _, p := range pages {
		v := p.Version
		if err := p.Storable(); err != nil {
			return err
		}
		if documents[v.Document] || versions[v.ID] {
			return fmt.Errorf("page %s is there twice", v.Document)
		}
		documents[v.Document], versions[v.ID] = true, true
		if len(p.Vectors) != len(p.Passages) || len(p.Passages) == 0 {
			return fmt.Errorf("page %s has %d passages and %d vectors", v.Document, len(p.Passages), len(p.Vectors))
		}
		for _, x := range p.Vectors {
			if dims == 0 {
				dims = len(x)
			}
			if len(x) != dims || dims == 0 {
				return fmt.Errorf("page %s has a vector of %d dimensions, the first one has %d", v.Document, len(x), dims)
			}
		}
	}
	return nil
}

func (s *Store) apply(ctx context.Context, tx pgx.Tx, c knowledge.Change) error {
	m, err := current(ctx, tx)
	if err != nil {
		return err
	}
	if m.Encoder != "" && m.Encoder != c.Encoder {
		if m, err = manifest(ctx, tx); err != nil {
			return err
		}
		if err := c.CheckEncoder(m); err != nil {
			return err
		}
	}
	w := writer{ctx: ctx, tx: tx, change: c, revision: c.Base + 1}
	for _, step := range []func() error{w.head(s.now), w.retire, w.versions, w.live, w.vectors(m.Encoder)} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := s.prune(ctx, tx, c.Encoder); err != nil || w.set.id == 0 {
		return err
	}
	return s.grown(ctx, tx, &w.set)
}

// writer takes the steps of one change.
type writer struct {
	ctx      context.Context
	tx       pgx.Tx
	change   knowledge.Change
	revision knowledge.Revision
	set      set
	touched  [][]byte // keys of passages that were retired
}

func (w *writer) head(now func() time.Time) func() error {
	return func() error {
		b := &pgx.Batch{}
		b.Queue("UPDATE head SET revision = $1", w.revision)
		b.Queue("INSERT INTO revisions (id, at, encoder) VALUES ($1, $2, $3)", w.revision, now().UnixMicro(), w.change.Encoder)
		if w.change.Model != nil {
			b.Queue("INSERT INTO models (fingerprint, state) VALUES ($1, $2) ON CONFLICT DO NOTHING", w.change.Encoder, w.change.Model)
		}
		return w.tx.SendBatch(w.ctx, b).Close()
	}
}

// retire ends what was live of the documents that are retired or published.
func (w *writer) retire() error {
	documents := slices.Clone(w.change.Retire)
	for _, p := range w.change.Publish {
		documents = append(documents, p.Version.Document)
	}
	documents = slices.DeleteFunc(documents, func(d knowledge.DocumentID) bool { return !storable(string(d)) })
	rows, err := w.tx.Query(w.ctx, `WITH ended AS (
			UPDATE live SET until = $1 WHERE until IS NULL AND document = ANY($2) RETURNING version
		) SELECT DISTINCT p.key FROM ended e JOIN passages p ON p.version = e.version`, w.revision, documents)
	if err != nil {
		return err
	}
	w.touched, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
	return err
}

// versions writes the versions that are new and their passages.
func (w *writer) versions() error {
	known, err := w.known()
	if err != nil {
		return err
	}
	var versions, passages [][]any
	for i := range w.change.Publish {
		p := &w.change.Publish[i]
		if stored := known[p.Version.ID]; stored != nil {
			if !slices.Equal(stored, passageKeys(p.Passages)) {
				return fmt.Errorf("version %s of %s is stored with other passages; a version never changes", p.Version.ID, p.Version.Document)
			}
			continue
		}
		row, err := versionRow(p.Version)
		if err != nil {
			return err
		}
		versions = append(versions, row)
		for j := range p.Passages {
			if row, err = passageRow(&p.Passages[j]); err != nil {
				return err
			}
			passages = append(passages, row)
		}
	}
	err = w.copy("versions", versions, "id", "document", "url", "title", "description", "language", "department", "reviewed", "review_by", "ends", "text", "blocks")
	if err != nil {
		return err
	}
	return w.copy("passages", passages, "version", "ordinal", "headings", "anchor", "start_byte", "end_byte", "header_start", "header_end", "key")
}

// copy loads rows, if any.
func (w *writer) copy(table string, rows [][]any, columns ...string) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := w.tx.CopyFrom(w.ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
	return err
}

// known returns what the passages of stored versions are told apart by, in order.
func (w *writer) known() (map[knowledge.VersionID][]string, error) {
	ids := make([]knowledge.VersionID, len(w.change.Publish))
	for i, p := range w.change.Publish {
		ids[i] = p.Version.ID
	}
	out := map[knowledge.VersionID][]string{}
	var v knowledge.VersionID
	var p knowledge.Passage
	var key []byte
	return out, each(w.ctx, w.tx, []any{&v, &p.Range.Start, &p.Range.End, &p.Header.Start, &p.Header.End, &key}, func() error {
		out[v] = append(out[v], fmt.Sprint(p.Range, p.Header, key))
		return nil
	}, `SELECT version, start_byte, end_byte, header_start, header_end, key FROM passages
		WHERE version = ANY($1) ORDER BY version, ordinal`, ids)
}

func passageKeys(ps []knowledge.Passage) []string {
	var out []string
	for i := range ps {
		key := ps[i].Key()
		out = append(out, fmt.Sprint(ps[i].Range, ps[i].Header, key[:]))
	}
	return out
}

func versionRow(v knowledge.Version) ([]any, error) {
	blocks, err := json.Marshal(v.Blocks)
	return []any{v.ID, v.Document, v.URL, v.Title, v.Description, v.Language, v.Department,
		knowledge.Day(v.Reviewed), knowledge.Day(v.ReviewBy), knowledge.Day(v.Ends), v.Text, string(blocks)}, err
}

func passageRow(p *knowledge.Passage) ([]any, error) {
	key := p.Key()
	headings, err := json.Marshal(p.Headings)
	return []any{p.Version, p.Ordinal, string(headings), p.Anchor, p.Range.Start, p.Range.End, p.Header.Start, p.Header.End, key[:]}, err
}

func (w *writer) live() error {
	rows := make([][]any, len(w.change.Publish))
	for i, p := range w.change.Publish {
		rows[i] = []any{p.Version.Document, p.Version.ID, w.revision}
	}
	return w.copy("live", rows, "document", "version", "since")
}

// vectors writes the vectors that the set does not hold, and brings those that it
// holds up to what is live.
func (w *writer) vectors(before string) func() error {
	return func() (err error) {
		if w.set, err = findSet(w.ctx, w.tx, w.change.Encoder); err != nil {
			return err
		}
		if len(w.change.Publish) > 0 {
			if err := w.ensureSet(len(w.change.Publish[0].Vectors[0])); err != nil {
				return err
			}
		}
		if w.set.id == 0 {
			return nil
		}
		fresh, keys, err := w.fresh()
		if err != nil {
			return err
		}
		if before != w.change.Encoder { // the set may have been left alone for revisions
			err = w.set.refresh(w.ctx, w.tx, "")
		} else {
			err = w.set.refresh(w.ctx, w.tx, "WHERE t.key = ANY($1)", append(w.touched, keys...))
		}
		if err != nil {
			return err
		}
		return w.copy(w.set.table(), fresh, "key", "live", "language", "departments", "vector")
	}
}

func (w *writer) ensureSet(dims int) (err error) {
	if w.set.id == 0 {
		w.set, err = addSet(w.ctx, w.tx, w.change.Encoder, dims)
		return err
	}
	if w.set.dims != dims {
		return fmt.Errorf("the vectors have %d dimensions; those of the encoder have %d", dims, w.set.dims)
	}
	return nil
}

// fresh returns the rows of the published passages' vectors that the set does not
// hold, and the keys of those that it holds.
func (w *writer) fresh() (rows [][]any, held [][]byte, err error) {
	var keys []knowledge.Key
	at := map[knowledge.Key]int{} // in rows
	for _, p := range w.change.Publish {
		for i := range p.Passages {
			key := p.Passages[i].Key()
			if at[key] == 0 {
				v := slices.Clone(p.Vectors[i])
				vec.Round(v)
				keys = append(keys, key)
				rows = append(rows, []any{key[:], true, p.Version.Language, []string(nil), pgvector.NewHalfVector(v)})
				at[key] = len(rows)
			}
			row := rows[at[key]-1]
			if d := row[3].([]string); !slices.Contains(d, p.Version.Department) {
				row[3] = append(d, p.Version.Department)
			}
		}
	}
	have, err := w.tx.Query(w.ctx, "SELECT key FROM "+w.set.table()+" WHERE key = ANY($1)", raw(keys))
	if err != nil {
		return nil, nil, err
	}
	if held, err = pgx.CollectRows(have, pgx.RowTo[[]byte]); err != nil {
		return nil, nil, err
	}
	for _, k := range held {
		rows[at[knowledge.Key(k)]-1] = nil
	}
	return slices.DeleteFunc(rows, func(r []any) bool { return r == nil }), held, nil
}
