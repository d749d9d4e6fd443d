package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"townclerk/bot"
)

type askCmd struct {
	Question []string `arg:"" optional:"" help:"The question. Without one: a conversation, a question a line."`
	JSON     bool     `name:"json" help:"Print each answer as a line of JSON."`
}

func (cmd *askCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	defer h.Close()
	id, _, err := h.store.Create(ctx, c.Agency.Language)
	if err != nil {
		return err
	}
	if len(cmd.Question) > 0 {
		return h.ask(ctx, id, strings.Join(cmd.Question, " "), cmd.JSON, os.Stdout)
	}
	return h.talk(ctx, id, cmd.JSON, os.Stdin, os.Stdout)
}

// talk answers a line at a time until the input ends.
func (h *house) talk(ctx context.Context, id bot.ConversationID, asJSON bool, r io.Reader, w io.Writer) error {
	if !asJSON {
		fmt.Fprintf(w, "Ask %s a question; an empty line ends.\n", h.config.Agency.Name)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for {
		if !asJSON {
			fmt.Fprint(w, "\n> ")
		}
		if !lines.Scan() || strings.TrimSpace(lines.Text()) == "" {
			return lines.Err()
		}
		if err := h.ask(ctx, id, lines.Text(), asJSON, w); err != nil {
			var known *bot.Error
			if !errors.As(err, &known) {
				return err
			}
			if !asJSON {
				fmt.Fprintln(w, known.Citizen)
			} else if err := json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"kind": known.Kind, "message": known.Citizen}}); err != nil {
				return err
			}
		}
	}
}

func (h *house) ask(ctx context.Context, id bot.ConversationID, question string, asJSON bool, w io.Writer) error {
	key := string(bot.NewTurnID())
	a, err := h.bot.Ask(ctx, bot.Incoming{Conversation: id, Key: key, Text: question, Language: h.config.Agency.Language}, func(bot.Part) {})
	if err != nil {
		return err
	}
	if asJSON {
		a.Sentences = append([]bot.Sentence{}, a.Sentences...) // a list, where it is empty too
		return json.NewEncoder(w).Encode(a)
	}
	printAnswer(w, a)
	return nil
}

func printAnswer(w io.Writer, a bot.Answer) {
	if len(a.Redacted) > 0 {
		fmt.Fprintf(w, "(Taken out of your question before it was stored: %s.)\n", strings.Join(a.Redacted, ", "))
	}
	for _, l := range a.Help {
		fmt.Fprintln(w, strings.Join(filled(l.Name, l.Phone, l.URL, l.Text), " · "))
	}
	if a.Lead != "" {
		fmt.Fprintln(w, a.Lead)
	}
	var sources []bot.Citation
	number := map[string]int{}
	for _, s := range a.Sentences {
		fmt.Fprintf(w, "  %s", strings.ReplaceAll(s.Text, "\n", "\n  "))
		for _, c := range s.Citations {
			if number[c.URL] == 0 {
				sources = append(sources, c)
				number[c.URL] = len(sources)
			}
			fmt.Fprintf(w, " [%d]", number[c.URL])
		}
		fmt.Fprintln(w)
	}
	for i, c := range sources {
		fmt.Fprintf(w, "[%d] %s  %s\n", i+1, c.Title, c.URL)
	}
	if a.Closing != "" {
		fmt.Fprintln(w, a.Closing)
	}
	for i, c := range a.Choices {
		fmt.Fprintf(w, "  %d. %s\n", i+1, c.Label)
	}
	if len(a.Nearest) > 0 {
		fmt.Fprintln(w, "The nearest pages:")
	}
	for _, p := range a.Nearest {
		fmt.Fprintf(w, "  - %s  %s\n", p.Title, p.URL)
	}
	if c := a.Person; c != nil {
		fmt.Fprintln(w, strings.Join(filled(c.Name, c.Phone, c.Email, c.URL, c.Hours), " · "))
	}
}

func filled(ss ...string) []string {
	var out []string
	for _, s := range ss {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
