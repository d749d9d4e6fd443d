// Floor is the least that answers a question from documents: it embeds the
// question, asks pgvector for the eight nearest passages, commits the turn, and
// streams what the model says. Nobody should run it; it is what others are measured
// against.
//
//	floor -prepare passages.jsonl   fills the table, once
//	floor -listen 127.0.0.1:8192    serves POST /ask {"conversation": "…", "question": "…"}
//
// The database and the server of the models are -database and -models. With
// -model=false it asks no model, and streams the passages instead.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"runtime"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgvectorpgx "github.com/pgvector/pgvector-go/pgx"
	openai "github.com/sashabaranov/go-openai"
)

func main() {
	database := flag.String("database", "", "address of the database")
	models := flag.String("models", "http://127.0.0.1:8191/v1", "base address of the models")
	listen := flag.String("listen", "127.0.0.1:8192", "address to listen at")
	model := flag.Bool("model", true, "ask the chat model; without it the passages are shown")
	passages := flag.String("prepare", "", "fill the table from this file and stop")
	flag.Parse()
	ctx := context.Background()
	pool, err := open(ctx, *database)
	if err != nil {
		log.Fatalf("floor: %v", err)
	}
	f := &floor{pool: pool, models: client(*models), model: *model}
	if *passages != "" {
		if err := f.prepare(ctx, *passages); err != nil {
			log.Fatalf("floor: %v", err)
		}
		return
	}
	http.HandleFunc("POST /ask", f.ask)
	log.Fatal(http.ListenAndServe(*listen, nil))
}

// open connects with as many connections as Townclerk takes.
func open(ctx context.Context, database string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(max(4, 2*runtime.NumCPU()))
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector"); err != nil {
			return err
		}
		return pgvectorpgx.RegisterTypes(ctx, c)
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// client keeps its connections open, as net/http does not by itself for more than
// two.
func client(base string) *openai.Client {
	c := openai.DefaultConfig("")
	c.BaseURL = base
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 256
	c.HTTPClient = &http.Client{Transport: t}
	return openai.NewClientWithConfig(c)
}
