package hybrid

import (
	"context"
	"fmt"

	"townclerk/retrieval"
	"townclerk/retrieval/embed"
)

// Candidates is how many passages each encoder brings in, and so how many a Find
// should find.
const Candidates = candidates

// Near is a passage, by its number among those given to New, with its vector.
type Near struct {
	Index  int
	Vector []float32
}

// Find returns, in any order, the passages whose vectors are nearest to the
// question's and that its filter allows, and beside them those given, which the
// words brought in. It may leave passages out and name one twice.
type Find func(words []int) ([]Near, error)

// RankOutside ranks as Rank does, but the passages' vectors are where find has
// them. It calls find once, or not at all where the words alone rank: in that
// mode, or where vector is nil. The scores are Rank's; so are the ranks where find
// returns the nearest ones. The error is that of find, one of dimensions, or that of
// ctx, which bounds the wait for other searches; find sees to it itself.
func (r *Ranker) RankOutside(ctx context.Context, q retrieval.Query, vector []float32, find Find) ([]Ranked, error) {
	return r.rank(ctx, q, vector, find)
}

// outside offers as dense candidates what find returns.
func (r *Ranker) outside(s *scratch, f retrieval.Filter, vector []float32, find Find) error {
	words := make([]int, len(s.ranked)) // nothing but these is ranked yet
	for i := range s.ranked {
		words[i] = s.ranked[i].Index
	}
	found, err := find(words)
	if err != nil {
		return err
	}
	for _, n := range found {
		if len(n.Vector) != len(vector) {
			return fmt.Errorf("a passage's vector has %d dimensions, the question's %d", len(n.Vector), len(vector))
		}
		c := embed.Score(vector, n.Vector)
		if c > 0 && s.cosines[n.Index] == 0 && r.allowed(f, n.Index) {
			s.dense.offer(n.Index, float64(c))
		}
		s.cosines[n.Index] = c
	}
	return nil
}
