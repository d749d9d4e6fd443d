package pgsearch

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"townclerk/knowledge"
	vec "townclerk/retrieval/embed"
)

// Keep stores vectors ahead of the change that needs them: in the encoder's set,
// not live. The change that publishes their passages brings them to life.
func (s *Store) Keep(ctx context.Context, encoder string, passages []knowledge.Passage, vectors [][]float32) error {
	if len(vectors) != len(passages) || len(passages) == 0 {
		return fmt.Errorf("keep vectors: there are %d passages and %d vectors", len(passages), len(vectors))
	}
	return s.write(ctx, "keep vectors", func(tx pgx.Tx, _ knowledge.Revision) error {
		w := writer{ctx: ctx, tx: tx}
		var err error
		if w.set, err = findSet(ctx, tx, encoder); err != nil {
			return err
		}
		w.change.Encoder = encoder
		b := &pgx.Batch{}
		for i := range passages {
			if err := w.ensureSet(len(vectors[i])); err != nil {
				return err
			}
			key, v := passages[i].Key(), slices.Clone(vectors[i])
			vec.Round(v)
			b.Queue("INSERT INTO "+w.set.table()+" (key, live, language, departments, vector) VALUES ($1, false, $2, '{}', $3) ON CONFLICT DO NOTHING",
				key[:], passages[i].Language, pgvector.NewHalfVector(v))
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return s.keptAhead(ctx, tx, w.set)
	})
}
