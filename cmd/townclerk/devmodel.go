package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"townclerk/internal/scripted"
)

type devmodelCmd struct {
	Listen    string        `default:"127.0.0.1:8090" help:"Address to listen at; only this machine's own are taken."`
	Behaviour string        `default:"honest" help:"What the model does; see --list."`
	List      bool          `help:"List the behaviours."`
	First     time.Duration `default:"300ms" help:"Time to the first word."`
	Each      time.Duration `default:"20ms" help:"Time between words."`
}

func (cmd *devmodelCmd) Run(ctx context.Context) error {
	if cmd.List {
		listBehaviours(os.Stdout)
		return nil
	}
	model, err := cmd.model()
	if err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(cmd.Listen); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("devmodel answers nobody but this machine: listen at 127.0.0.1, not at %q", cmd.Listen)
	}
	l, err := listen(cmd.Listen)
	if err != nil {
		return err
	}
	fmt.Printf("A model that is %s is at http://%s/v1\n", cmd.Behaviour, l.Addr())
	server := &http.Server{Handler: model, ReadHeaderTimeout: headerTimeout}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// model is the server that plays the behaviour.
func (cmd *devmodelCmd) model() (*scripted.Server, error) {
	for _, m := range scripted.Manners() {
		if dashed(m.Behaviour) == dashed(scripted.Behaviour(cmd.Behaviour)) {
			s := scripted.New(384).Then(m.Behaviour)
			s.Delay, s.First, s.Each, s.Elsewhere = 5*time.Second, cmd.First, cmd.Each, "/elsewhere"
			return s, nil
		}
	}
	return nil, fmt.Errorf("there is no behaviour %q; townclerk devmodel --list names them", cmd.Behaviour)
}

func listBehaviours(w io.Writer) {
	for _, m := range scripted.Manners() {
		fmt.Fprintf(w, "%-25s %s\n", dashed(m.Behaviour), m.Does)
	}
}

// dashed is a behaviour's name as one word.
func dashed(b scripted.Behaviour) string { return strings.ReplaceAll(string(b), " ", "-") }
