package litesearch

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"townclerk/knowledge"
	vec "townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
)

var _ hybrid.Engine = (*Store)(nil)

// Load reads the current revision, its vectors included.
func (s *Store) Load(ctx context.Context) (hybrid.Loaded, error) {
	tx, err := s.db.Read.BeginTx(ctx, nil)
	if err != nil {
		return hybrid.Loaded{}, wrap("load the current revision", err)
	}
	defer tx.Rollback()
	var out hybrid.Loaded
	if out.Manifest, err = manifest(ctx, tx); err == nil {
		err = read(ctx, tx, &out)
	}
	return out, wrap(fmt.Sprintf("load revision %d", out.Manifest.Revision), err)
}

// read loads the live passages and their vectors.
func read(ctx context.Context, tx *sql.Tx, l *hybrid.Loaded) error {
	versions := map[knowledge.VersionID]knowledge.Version{}
	err := each(ctx, tx, func(scan func(...any) error) error {
		v, err := scanVersion(scan)
		versions[v.ID] = v
		return err
	}, "SELECT "+versionColumns+" FROM live l JOIN versions v ON v.id = l.version WHERE l.until IS NULL")
	if err != nil {
		return err
	}
	l.Vectors = &vec.Flat{}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var p knowledge.Passage
		var headings string
		var packed []byte
		err := scan(&p.Version, &p.Ordinal, &headings, &p.Anchor, &p.Range.Start, &p.Range.End, &p.Header.Start, &p.Header.End, &packed)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(headings), &p.Headings); err != nil {
			return err
		}
		vector, err := vec.Unpack(packed)
		if err != nil {
			return fmt.Errorf("passage %d of %s: %w", p.Ordinal, p.Version, err)
		}
		_ = l.Vectors.Add(vector) // one that is missing or does not fit leaves them incomplete
		v := versions[p.Version]
		p.Fill(&v)
		l.Passages = append(l.Passages, p)
		return nil
	}, `SELECT p.version, p.ordinal, p.headings, p.anchor, p.start_byte, p.end_byte, p.header_start, p.header_end, x.vector
		FROM live l JOIN passages p ON p.version = l.version
		LEFT JOIN vectors x ON x.encoder = $1 AND x.key = p.key
		WHERE l.until IS NULL ORDER BY l.document, p.ordinal`, l.Manifest.Encoder)
	if l.Vectors.Len() == len(l.Passages) {
		l.Dims = l.Vectors.Dims()
	}
	return err
}
