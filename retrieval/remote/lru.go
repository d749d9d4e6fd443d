package remote

import (
	"container/list"
	"context"
	"slices"
	"sync"
)

// LRU is a VectorCache in memory that forgets what was not asked for the longest.
// It is for questions, which people repeat. It keeps hashes, not the questions.
type LRU struct {
	mu    sync.Mutex
	size  int
	order *list.List // of *entry, the latest in front
	at    map[lruKey]*list.Element
}

type lruKey struct {
	fingerprint string
	text        [32]byte
}

type entry struct {
	key    lruKey
	vector []float32
}

var _ VectorCache = (*LRU)(nil)

// NewLRU returns a cache of at most size vectors; one of size zero keeps none.
func NewLRU(size int) *LRU {
	return &LRU{size: size, order: list.New(), at: map[lruKey]*list.Element{}}
}

// Get returns copies of the vectors that are there. It never fails.
func (l *LRU) Get(_ context.Context, fingerprint string, keys [][32]byte) (map[[32]byte][]float32, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[[32]byte][]float32, len(keys))
	for _, k := range keys {
		if el, ok := l.at[lruKey{fingerprint, k}]; ok {
			l.order.MoveToFront(el)
			out[k] = slices.Clone(el.Value.(*entry).vector)
		}
	}
	return out, nil
}

// Put keeps copies of the vectors. It never fails.
func (l *LRU) Put(_ context.Context, fingerprint string, vectors map[[32]byte][]float32) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, v := range vectors {
		key := lruKey{fingerprint, k}
		if el, ok := l.at[key]; ok {
			l.order.Remove(el)
		}
		l.at[key] = l.order.PushFront(&entry{key, slices.Clone(v)})
		if l.order.Len() > l.size {
			oldest := l.order.Back()
			l.order.Remove(oldest)
			delete(l.at, oldest.Value.(*entry).key)
		}
	}
	return nil
}

// Len returns the number of vectors that are kept.
func (l *LRU) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len()
}

// Clear forgets everything, as when a question was erased.
func (l *LRU) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.order.Init()
	clear(l.at)
}
