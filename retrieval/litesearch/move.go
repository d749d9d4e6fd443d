package litesearch

import (
	"context"

	"townclerk/internal/carry"
)

// Tables returns the store's tables as they are moved to another engine.
func (s *Store) Tables(ctx context.Context) (set carry.Set, err error) {
	for _, t := range [][]string{
		{"models", "fingerprint"},
		{"revisions", "id"},
		{"versions", "id"},
		{"passages", "version", "ordinal"},
		{"live", "document", "since"},
		{"vectors", "encoder", "key"},
	} {
		table, err := carry.Open(ctx, s.db, t[0], t[1:]...)
		if err != nil {
			return set, err
		}
		if t[0] == "vectors" { // those of former models are pruned
			table = table.Erasable()
		}
		set.Tables = append(set.Tables, table)
	}
	return set, nil
}

// Finish makes what was moved here the current state. There is nothing to do: the
// last revision is the current one.
func (s *Store) Finish(context.Context) error { return nil }
