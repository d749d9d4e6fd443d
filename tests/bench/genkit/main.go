// Genkit is the benchmark's task as one writes it with Genkit for Go: a retriever
// over pgvector after its sample, the turn recorded, the model's answer streamed.
//
//	genkit -database ADDRESS -models http://127.0.0.1:8191/v1 -listen 127.0.0.1:8196
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/firebase/genkit/go/ai"
	"github.com/firebase/genkit/go/genkit"
	"github.com/firebase/genkit/go/plugins/compat_oai/openai"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/openai/openai-go/option"
	"github.com/pgvector/pgvector-go"
)

func main() {
	database := flag.String("database", "", "address of the database")
	models := flag.String("models", "http://127.0.0.1:8191/v1", "base address of the models")
	listen := flag.String("listen", "127.0.0.1:8196", "address to listen at")
	flag.Parse()
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, *database)
	if err != nil {
		log.Fatalf("genkit: %v", err)
	}
	plugin := &openai.OpenAI{APIKey: "none", Opts: []option.RequestOption{option.WithBaseURL(*models)}}
	g := genkit.Init(ctx, genkit.WithPlugins(plugin), genkit.WithDefaultModel("openai/gpt-4o-mini"))
	s := &server{g: g, pool: pool, retriever: defineRetriever(g, pool, plugin.Embedder(g, "text-embedding-3-small"))}
	http.HandleFunc("POST /ask", s.ask)
	log.Fatal(http.ListenAndServe(*listen, nil))
}

func defineRetriever(g *genkit.Genkit, pool *pgxpool.Pool, embedder ai.Embedder) ai.Retriever {
	return genkit.DefineRetriever(g, "pgvector/passages", nil, func(ctx context.Context, req *ai.RetrieverRequest) (*ai.RetrieverResponse, error) {
		embedded, err := genkit.Embed(ctx, g, ai.WithEmbedder(embedder), ai.WithDocs(req.Query))
		if err != nil {
			return nil, err
		}
		rows, err := pool.Query(ctx, "SELECT text FROM floor_passages ORDER BY embedding <=> $1 LIMIT 8",
			pgvector.NewVector(embedded.Embeddings[0].Embedding))
		if err != nil {
			return nil, err
		}
		docs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*ai.Document, error) {
			text, err := pgx.RowTo[string](row)
			return ai.DocumentFromText(text, nil), err
		})
		return &ai.RetrieverResponse{Documents: docs}, err
	})
}

type server struct {
	g         *genkit.Genkit
	pool      *pgxpool.Pool
	retriever ai.Retriever
}

func (s *server) ask(w http.ResponseWriter, r *http.Request) {
	var q struct{ Conversation, Question string }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx := r.Context()
	found, err := genkit.Retrieve(ctx, s.g, ai.WithRetriever(s.retriever), ai.WithTextDocs(q.Question))
	if err == nil {
		_, err = s.pool.Exec(ctx, "INSERT INTO floor_turns (conversation, question) VALUES ($1, $2)", q.Conversation, q.Question)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if err := s.write(ctx, w, q.Question, found.Documents); err != nil {
		fmt.Fprintf(w, "event: error\ndata: %q\n\n", err.Error())
		return
	}
	fmt.Fprint(w, "event: end\ndata: {}\n\n")
}

// write shows the model's answer as it comes.
func (s *server) write(ctx context.Context, w http.ResponseWriter, question string, docs []*ai.Document) error {
	var passages []string
	for _, d := range docs {
		passages = append(passages, d.Content[0].Text)
	}
	out := http.NewResponseController(w)
	_, err := genkit.Generate(ctx, s.g,
		ai.WithSystem("Answer the question from these passages only.\n\n%s", strings.Join(passages, "\n\n")),
		ai.WithPrompt("%s", question),
		ai.WithStreaming(func(_ context.Context, part *ai.ModelResponseChunk) error {
			data, err := json.Marshal(part.Text())
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "data: %s\n\n", data)
			return out.Flush()
		}))
	return err
}
