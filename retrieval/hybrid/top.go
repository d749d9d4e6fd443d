package hybrid

import (
	"cmp"
	"slices"
)

// top keeps the best of what it is offered, in a heap with the worst of them
// in front.
type top struct {
	limit int
	heap  []scored
}

type scored struct {
	index int
	score float64
}

// before orders best first, ties in order of number.
func before(a, b scored) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.index, b.index))
}

func (t *top) reset(limit int) { t.limit, t.heap = limit, t.heap[:0] }

// least returns the score above which something is kept that comes after all that
// was offered, and at least 0.
func (t *top) least() float64 {
	if len(t.heap) < t.limit {
		return 0
	}
	return max(0, t.heap[0].score)
}

func (t *top) offer(index int, score float64) {
	c := scored{index, score}
	if len(t.heap) < t.limit {
		t.heap = append(t.heap, c)
		for i := len(t.heap) - 1; i > 0; {
			up := (i - 1) / 2
			if before(t.heap[i], t.heap[up]) <= 0 {
				break
			}
			t.heap[i], t.heap[up] = t.heap[up], t.heap[i]
			i = up
		}
		return
	}
	if before(c, t.heap[0]) >= 0 {
		return
	}
	t.heap[0] = c
	for i := 0; ; {
		worst := i
		for down := 2*i + 1; down <= 2*i+2 && down < len(t.heap); down++ {
			if before(t.heap[down], t.heap[worst]) > 0 {
				worst = down
			}
		}
		if worst == i {
			return
		}
		t.heap[i], t.heap[worst] = t.heap[worst], t.heap[i]
		i = worst
	}
}

// best returns what was kept, best first. It ends the heap's use.
func (t *top) best() []scored {
	slices.SortFunc(t.heap, before)
	return t.heap
}
