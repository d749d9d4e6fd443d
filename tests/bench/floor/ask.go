package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"
	openai "github.com/sashabaranov/go-openai"
)

type floor struct {
	pool   *pgxpool.Pool
	models *openai.Client
	model  bool
}

type question struct {
	Conversation string `json:"conversation"`
	Text         string `json:"question"`
}

const nearest = "SELECT text FROM floor_passages ORDER BY embedding <=> $1 LIMIT 8"

// ask is the whole program.
func (f *floor) ask(w http.ResponseWriter, r *http.Request) {
	var q question
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	passages, err := f.search(r.Context(), q.Text)
	if err == nil {
		_, err = f.pool.Exec(r.Context(), "INSERT INTO floor_turns (conversation, question) VALUES ($1, $2)", q.Conversation, q.Text)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w).Flush
	show := func(text string) {
		data, _ := json.Marshal(text) // a string always marshals
		fmt.Fprintf(w, "data: %s\n\n", data)
		flush()
	}
	if f.model {
		err = f.write(r.Context(), q.Text, passages, show)
	} else {
		show(strings.Join(passages, "\n\n"))
	}
	if err != nil {
		fmt.Fprintf(w, "event: error\ndata: %q\n\n", err.Error())
		return
	}
	fmt.Fprint(w, "event: end\ndata: {}\n\n")
}

func (f *floor) search(ctx context.Context, text string) ([]string, error) {
	vectors, err := f.embed(ctx, []string{text})
	if err != nil {
		return nil, err
	}
	rows, err := f.pool.Query(ctx, nearest, pgvector.NewVector(vectors[0]))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (f *floor) embed(ctx context.Context, texts []string) ([][]float32, error) {
	reply, err := f.models.CreateEmbeddings(ctx, openai.EmbeddingRequest{
		Input: texts, Model: "bench", EncodingFormat: openai.EmbeddingEncodingFormatBase64})
	if err != nil {
		return nil, err
	}
	out := make([][]float32, len(reply.Data))
	for i, d := range reply.Data {
		out[i] = d.Embedding
	}
	return out, nil
}

const instruction = "Answer the question from these passages only.\n\n"

// write shows the model's answer as it comes.
func (f *floor) write(ctx context.Context, question string, passages []string, show func(string)) error {
	stream, err := f.models.CreateChatCompletionStream(ctx, openai.ChatCompletionRequest{Model: "bench", Messages: []openai.ChatCompletionMessage{
		{Role: "system", Content: instruction + strings.Join(passages, "\n\n")},
		{Role: "user", Content: question},
	}})
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(part.Choices) > 0 && part.Choices[0].Delta.Content != "" {
			show(part.Choices[0].Delta.Content)
		}
	}
}
