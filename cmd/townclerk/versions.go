package main

import (
	"context"
	"sync"

	"townclerk/bot/answer"
	"townclerk/knowledge"
)

// recent keeps the versions that were asked for last: they never change, and the
// same pages are cited again and again. It is safe for concurrent use.
type recent struct {
	answer.Versions
	mu       sync.Mutex
	versions map[knowledge.VersionID]knowledge.Version
}

// mostRecent bounds the versions that are kept; then it starts anew.
const mostRecent = 256

func recently(v answer.Versions) *recent {
	return &recent{Versions: v, versions: map[knowledge.VersionID]knowledge.Version{}}
}

// Version returns the version, or knowledge.ErrNotFound. It is not to be changed.
func (r *recent) Version(ctx context.Context, id knowledge.VersionID) (knowledge.Version, error) {
	r.mu.Lock()
	v, ok := r.versions[id]
	r.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := r.Versions.Version(ctx, id)
	if err != nil {
		return v, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.versions) >= mostRecent {
		clear(r.versions)
	}
	r.versions[id] = v
	return v, nil
}
