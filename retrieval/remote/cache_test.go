package remote_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"townclerk/internal/scripted"
	"townclerk/knowledge"
	"townclerk/retrieval/remote"
)

func sum(s string) [32]byte { return sha256.Sum256([]byte(s)) }

func TestNothingIsPaidForTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := scripted.New(8, scripted.Honest, scripted.Honest, scripted.BadKey), config()
		c.BatchTexts = 4
		cache := remote.NewLRU(100)
		e := remote.Cached(embedder(t, c, bubble(t, s)), cache)
		texts := numbered(20)
		if _, err := e.Embed(t.Context(), texts); !errors.Is(err, remote.BadKey) || cache.Len() != 8 {
			t.Fatalf("%v, %d cached", err, cache.Len())
		}
		got, err := e.Embed(t.Context(), append(texts, texts...)) // each twice
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if !reflect.DeepEqual(v, unit(texts[i%20], 8)) {
				t.Errorf("text %d has another vector", i)
			}
		}
		sent := map[string]int{}
		for _, r := range s.Requests() {
			if r.Played == scripted.Honest {
				for _, text := range r.Input {
					sent[text]++
				}
			}
		}
		for _, text := range texts {
			if sent[text] != 1 {
				t.Errorf("%q was encoded %d times", text, sent[text])
			}
		}
		got[0][0] = 9 // the caller's own
		if again, _ := e.Embed(t.Context(), texts[:1]); again[0][0] == 9 || got[20][0] == 9 {
			t.Error("vectors are shared")
		}
	})
}

// A failure does not throw away what other requests under way bring.
func TestFailureWaitsForWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := scripted.New(8, scripted.Slow, scripted.BadKey), config()
		s.Delay, c.BatchTexts, c.Concurrency = time.Second, 1, 2
		cache := remote.NewLRU(100)
		_, err := remote.Cached(embedder(t, c, bubble(t, s)), cache).Embed(t.Context(), numbered(9))
		if !errors.Is(err, remote.BadKey) || cache.Len() != 1 || len(s.Requests()) != 2 {
			t.Errorf("%v, %d cached, %d requests", err, cache.Len(), len(s.Requests()))
		}
	})
}

// faulty is a cache that fails, or holds what it should not.
type faulty struct {
	get, put error
	holds    map[[32]byte][]float32
}

func (f faulty) Get(context.Context, string, [][32]byte) (map[[32]byte][]float32, error) {
	return f.holds, f.get
}
func (f faulty) Put(context.Context, string, map[[32]byte][]float32) error { return f.put }

func TestFaultyCaches(t *testing.T) {
	broken := errors.New("disk full")
	for _, c := range []struct {
		name     string
		cache    faulty
		want     error
		requests int
	}{
		{"cannot read", faulty{get: broken}, broken, 0},
		{"cannot write", faulty{put: broken}, broken, 1},
		{"holds a vector that is not unit", faulty{holds: map[[32]byte][]float32{sum("a"): make([]float32, 8)}}, nil, 1},
		{"holds one of another model", faulty{holds: map[[32]byte][]float32{sum("a"): {1, 0}}}, remote.WrongDimension, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := scripted.New(8)
			v, err := remote.Cached(embedder(t, config(), bubble(t, s)), c.cache).Embed(t.Context(), []string{"a", "b"})
			if !errors.Is(err, c.want) || err == nil != (len(v) == 2) || len(s.Requests()) != c.requests {
				t.Errorf("%s: %v, %v, %d requests", c.name, v, err, len(s.Requests()))
			}
			if err == nil && !reflect.DeepEqual(v, [][]float32{unit("a", 8), unit("b", 8)}) {
				t.Errorf("%s: %v", c.name, v)
			}
		})
	}
}

// plain is an embedder without batches of its own, that fails after some calls.
type plain struct {
	calls, good int
}

var _ knowledge.Embedder = (*plain)(nil)

func (p *plain) Fingerprint() string { return "plain" }
func (p *plain) Embed(_ context.Context, texts []string) ([][]float32, error) {
	if p.calls++; p.calls > p.good {
		return nil, errors.New("out of order")
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = unit(t, 4)
	}
	return out, nil
}

func TestCacheInFrontOfAnyEmbedder(t *testing.T) {
	p, cache := &plain{good: 2}, remote.NewLRU(1000)
	e := remote.Cached(p, cache)
	if e.Fingerprint() != "plain" {
		t.Error(e.Fingerprint())
	}
	if _, err := e.Embed(t.Context(), numbered(100)); err == nil || cache.Len() != 64 {
		t.Errorf("%v, %d cached", err, cache.Len())
	}
	p.good = 100
	got, err := e.Embed(t.Context(), numbered(100))
	if err != nil || p.calls != 5 || !reflect.DeepEqual(got[99], unit("text 99", 4)) {
		t.Errorf("%v after %d calls", err, p.calls)
	}
	if v, err := e.Embed(t.Context(), nil); err != nil || len(v) != 0 {
		t.Errorf("%v, %v", v, err)
	}
}

// leaver is an embedder whose caller leaves while it works.
type leaver struct {
	plain
	leave context.CancelFunc
}

func (l *leaver) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	l.leave()
	return l.plain.Embed(ctx, texts)
}

// strict is a cache that heeds its context.
type strict struct{ *remote.LRU }

func (s strict) Put(ctx context.Context, fingerprint string, vectors map[[32]byte][]float32) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.LRU.Put(ctx, fingerprint, vectors)
}

func TestWhatWasPaidForIsKeptForOneWhoHasLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cache := strict{remote.NewLRU(100)}
	_, err := remote.Cached(&leaver{plain{good: 9}, cancel}, cache).Embed(ctx, numbered(3))
	if err != nil || cache.Len() != 3 {
		t.Errorf("%v, %d cached", err, cache.Len())
	}
}

func TestLRU(t *testing.T) {
	ctx, l := t.Context(), remote.NewLRU(2)
	put := func(fingerprint, text string, x float32) {
		l.Put(ctx, fingerprint, map[[32]byte][]float32{sum(text): {x}})
	}
	has := func(fingerprint, text string) bool {
		m, _ := l.Get(ctx, fingerprint, [][32]byte{sum(text)})
		return len(m) == 1
	}
	put("f", "a", 1)
	put("f", "b", 2)
	has("f", "a") // now b is the oldest
	put("f", "c", 3)
	if !has("f", "a") || has("f", "b") || !has("f", "c") || has("g", "a") || l.Len() != 2 {
		t.Error("not the least recently used one was forgotten")
	}
	put("f", "a", 4)
	changed, _ := l.Get(ctx, "f", [][32]byte{sum("a")})
	changed[sum("a")][0] = 9 // the caller's own
	if m, _ := l.Get(ctx, "f", [][32]byte{sum("a")}); m[sum("a")][0] != 4 || l.Len() != 2 {
		t.Errorf("%v", m)
	}
	l.Clear()
	if has("f", "a") || l.Len() != 0 {
		t.Error("something is left")
	}
	none := remote.NewLRU(0)
	none.Put(ctx, "f", map[[32]byte][]float32{sum("a"): {1}})
	if none.Len() != 0 {
		t.Error("a cache of size zero keeps something")
	}
}

func TestCacheFromManySides(t *testing.T) {
	e := remote.Cached(local(t, scripted.New(8), remote.Config{Model: "tiny", BatchTexts: 3}), remote.NewLRU(20))
	texts := numbered(30)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			got, err := e.Embed(t.Context(), texts[i:i+20])
			if err != nil || !reflect.DeepEqual(got[19], unit(texts[i+19], 8)) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	group.Wait()
}
