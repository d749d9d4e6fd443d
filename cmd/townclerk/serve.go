package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

type serveCmd struct {
	Listen string        `help:"Address to listen at; overrides the configuration."`
	Drain  time.Duration `default:"5s" help:"How long to go on taking requests after the signal to stop, while /readyz already says no. Not waited for where nobody has asked /readyz."`
}

func (cmd *serveCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	if cmd.Listen != "" {
		c.Web.Listen = cmd.Listen
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	defer h.Close()
	if m, err := h.knowledge.Manifest(ctx); err != nil {
		return err
	} else if m.Revision == 0 {
		fmt.Fprintln(os.Stderr, "townclerk: there are no pages yet; `townclerk ingest FOLDER` brings them in, also while this runs")
	}
	if err := h.models.try(ctx); err != nil {
		h.logger.Warn("the embedding model does not answer; until it does, questions are matched by their words alone", "error", err)
	}
	handler, err := h.handler()
	if err != nil {
		return err
	}
	l, err := listen(c.Web.Listen)
	if err != nil {
		return err
	}
	return h.serve(ctx, l, handler, cmd.Drain, os.Stdout)
}

// Limits of the server.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 25 * time.Second // a whole request, its body included
	idleTimeout   = 2 * time.Minute
	turnTime      = 45 * time.Second // what turns under way may take to end
	reapEvery     = 15 * time.Second
)

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w; another address can be given with --listen", err)
	}
	return l, nil
}

// serve answers at l until the context ends. Then it is not ready, goes on for the
// time of drain so that a load balancer that asks can turn elsewhere, refuses new
// connections and lets turns under way end. It closes l.
func (h *house) serve(ctx context.Context, l net.Listener, handler http.Handler, drain time.Duration, w io.Writer) error {
	defer l.Close()
	if err := h.reap(ctx); err != nil {
		return err
	}
	go h.reapAlways(ctx)
	go h.runPeople(ctx)
	if err := h.beginSigning(ctx); err != nil {
		return err
	}
	defer h.sign(context.WithoutCancel(ctx))
	go h.signAlways(ctx)
	fmt.Fprintf(w, "The chat is at http://%s/\n", l.Addr())
	server := &http.Server{Handler: h.withSlack(handler), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(h.logger.Handler(), slog.LevelWarn)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	if h.readiness.stop() {
		time.Sleep(drain)
	}
	turns, cancel := context.WithTimeout(context.Background(), turnTime)
	defer cancel()
	if err := server.Shutdown(turns); err != nil {
		return errors.Join(fmt.Errorf("stop: some requests did not end in %v and were cut off: %w", turnTime, err), server.Close())
	}
	return nil
}

// reap ends turns that a process that died left open.
func (h *house) reap(ctx context.Context) error {
	n, err := h.store.Reap(ctx)
	if err != nil {
		return fmt.Errorf("end lost turns: %w", err)
	}
	if n > 0 {
		h.logger.Warn("ended turns that were left open", "turns", n)
	}
	return nil
}

func (h *house) reapAlways(ctx context.Context) {
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := h.reap(ctx); err != nil && ctx.Err() == nil {
				h.logger.Error("lost turns could not be ended", "error", err)
			}
		}
	}
}
