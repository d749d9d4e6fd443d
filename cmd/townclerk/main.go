// Command townclerk answers citizens from an agency's own pages.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	slog.SetDefault(logTo(os.Stderr))
	var c cli
	k := kong.Parse(&c, kong.Name("townclerk"), kong.UsageOnError(),
		kong.Description("Answers citizens from an agency's own pages, word for word, with the source of every sentence."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&c.Globals))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "townclerk:", err)
		stop()
		os.Exit(1)
	}
}
