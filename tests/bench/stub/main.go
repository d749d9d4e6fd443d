// Stub is an embedding model and a chat model behind the OpenAI protocol, for
// benchmarks: it answers at once, or at the pace of a model.
//
//	stub -listen 127.0.0.1:8191 -first 50ms -token 5ms
//
// An embedding is a hashed bag of words of 384 dimensions, so that texts that share
// words are near each other. A completion is always the same forty words; only Townclerk
// gets sentences of its passages, in the form that its prompt asks for.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"time"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8191", "address to listen at")
	first := flag.Duration("first", 0, "time to the first token")
	token := flag.Duration("token", 0, "time between tokens")
	flag.Parse()
	log.Fatal(http.ListenAndServe(*listen, handler(pace{*first, *token, sleep})))
}

// pace is how fast a completion comes.
type pace struct {
	first, token time.Duration
	wait         func(context.Context, time.Duration)
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func handler(p pace) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/embeddings", embeddings)
	mux.HandleFunc("POST /v1/chat/completions", p.completion)
	return mux
}
