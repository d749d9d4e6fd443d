package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"townclerk/internal/httpx"
	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

// The scripted server stands for OpenAI, Ollama or any other.
func ExampleCached() {
	server := httptest.NewServer(scripted.New(4))
	defer server.Close()

	model, err := remote.New(remote.Config{
		BaseURL: server.URL + "/v1", Model: "tiny", PricePerMillionTokens: 20000,
	}, nil, httpx.Clock{})
	if err != nil {
		fmt.Println(err)
		return
	}
	embedder := remote.Cached(model, remote.NewLRU(1000))
	for range 2 {
		vectors, err := embedder.Embed(context.Background(), []string{"When is the library open?", "Pay a fine"})
		if err != nil {
			fmt.Println(err)
			return
		}
		u := model.Usage()
		fmt.Printf("%d vectors of %d; %d request, %d tokens, $%.2f\n", len(vectors), len(vectors[0]), u.Requests, u.Tokens, u.Cost)
	}
	// Output:
	// 2 vectors of 4; 1 request, 8 tokens, $0.16
	// 2 vectors of 4; 1 request, 8 tokens, $0.16
}

// What went wrong is asked for by kind.
func ExampleNew_badKey() {
	server := httptest.NewServer(scripted.New(4, scripted.BadKey))
	defer server.Close()

	model, err := remote.New(remote.Config{BaseURL: server.URL, Model: "tiny", Key: "sk-old"}, nil, httpx.Clock{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := model.Check(context.Background()); errors.Is(err, remote.BadKey) {
		fmt.Println("look at the key")
	}
	// Output: look at the key
}

func ExampleReranker_Rerank() {
	server := httptest.NewServer(scripted.New(4))
	defer server.Close()

	r, err := remote.NewReranker(remote.Config{BaseURL: server.URL, Model: "tiny"}, nil, httpx.Clock{})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := r.Rerank(context.Background(), "library hours", []string{"Open 9 to 5", "Dog licences"})
	fmt.Println(len(scores), err)
	// Output: 2 <nil>
}
