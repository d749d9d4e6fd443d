package pgsearch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// waitForSwitch is how long a set that is filled ahead of a switch may lie still
// before it counts as given up.
const waitForSwitch = 30 * 24 * time.Hour

// keptAhead notes that the set was written to ahead of a change.
func (s *Store) keptAhead(ctx context.Context, tx pgx.Tx, filled set) error {
	_, err := tx.Exec(ctx, "UPDATE vector_sets SET kept_ahead = $1 WHERE id = $2", s.now().UnixMicro(), filled.id)
	return err
}

// prune drops the sets that nobody will search any more. It keeps that of the
// current revision; that of the encoder before, which searches that began earlier
// still read and a switch back would want; and those that are being filled for a
// switch. Models stay: with a model and the passages a set can be made again.
func (s *Store) prune(ctx context.Context, tx pgx.Tx, current string) error {
	_, err := tx.Exec(ctx, "UPDATE vector_sets SET kept_ahead = NULL WHERE encoder = $1 AND kept_ahead IS NOT NULL", current)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT id FROM vector_sets WHERE encoder <> $1 AND coalesce(kept_ahead < $2, true)
		AND encoder IS DISTINCT FROM (SELECT encoder FROM revisions WHERE encoder <> $1 ORDER BY id DESC LIMIT 1)
		ORDER BY id`, current, s.now().Add(-waitForSwitch).UnixMicro())
	if err != nil {
		return err
	}
	old, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o set, err error) { return o, row.Scan(&o.id) })
	for _, o := range old {
		if err := drop(ctx, tx, o); err != nil {
			return err
		}
	}
	return err
}

// drop takes a set away, unless somebody reads it, a backup for instance: then it
// is left to the next change.
func drop(ctx context.Context, tx pgx.Tx, o set) error {
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			fmt.Sprintf("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT", o.table()),
			fmt.Sprintf("DROP TABLE %s", o.table()),
			fmt.Sprintf("DELETE FROM vector_sets WHERE id = %d", o.id),
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "55P03" { // lock_not_available
		return nil
	}
	return err
}
