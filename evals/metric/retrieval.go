// Package metric holds the measures, each a pure function with its source.
package metric

// RecallAt returns the share of the relevant units that stand among the first
// k. ranks are those of the units that were found, from 1; relevant is how many
// there are. With one relevant unit it is 0 or 1 ("success at k"). What is no
// rank does not count, and a share is at most 1 whatever is counted twice.
// (Manning, Raghavan, Schütze, Introduction to Information Retrieval, ch. 8.)
func RecallAt(k int, ranks []int, relevant int) float64 {
	if relevant <= 0 {
		return 0
	}
	n := 0
	for _, r := range ranks {
		if r >= 1 && r <= k {
			n++
		}
	}
	return min(1, float64(n)/float64(relevant))
}

// PrecisionAtOne is 1 when the first unit is relevant, else 0.
func PrecisionAtOne(ranks []int) float64 { return RecallAt(1, first(ranks), 1) }

// SuccessAt is 1 when any relevant unit stands among the first k, else 0.
func SuccessAt(k int, ranks []int) float64 { return RecallAt(k, first(ranks), 1) }

// ReciprocalRank is one over the rank of the first relevant unit, or 0 when
// that lies beyond k. Its mean is MRR@k (Voorhees, TREC-8, 1999).
func ReciprocalRank(k int, ranks []int) float64 {
	if f := first(ranks); len(f) > 0 && f[0] <= k {
		return 1 / float64(f[0])
	}
	return 0
}

func first(ranks []int) []int {
	best := 0
	for _, r := range ranks {
		if r >= 1 && (best == 0 || r < best) {
			best = r
		}
	}
	if best == 0 {
		return nil
	}
	return []int{best}
}
