package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"townclerk/internal/scriptedslack"
	"townclerk/internal/scriptedslack/slackpage"
)

type devslackCmd struct {
	Listen string `default:"127.0.0.1:8091" help:"Address to listen at; only this machine's own are taken."`
	Events string `placeholder:"URL" help:"Post signed events to this URL, as Slack's HTTP mode does. Without it: Socket Mode."`
	Act    string `placeholder:"URL" help:"Post clicks and dialogs to this URL; without it they go where events go."`
}

func (cmd *devslackCmd) Run(ctx context.Context) error {
	if host, _, err := net.SplitHostPort(cmd.Listen); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("devslack is for nobody but this machine: listen at 127.0.0.1, not at %q", cmd.Listen)
	}
	l, err := listen(cmd.Listen)
	if err != nil {
		return err
	}
	slack := scriptedslack.New(scriptedslack.Options{})
	server := &http.Server{Handler: slackpage.New(slack), ReadHeaderTimeout: headerTimeout}
	context.AfterFunc(ctx, func() { server.Close() })
	if cmd.Events != "" {
		act := cmd.Act
		if act == "" {
			act = cmd.Events
		}
		if err := slack.UseHTTP(ctx, cmd.Events, act); err != nil {
			return fmt.Errorf("%w; start the server that listens there first", err)
		}
	}
	describeSlack(os.Stdout, l.Addr().String())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// describeSlack says what to put in the configuration.
func describeSlack(w io.Writer, address string) {
	fmt.Fprintf(w, `A Slack of its own is at http://%[1]s/ – open it to be one of the clerks.
For the configuration:
  API URL         http://%[1]s/api/
  bot token       %[2]s
  app token       %[3]s   (Socket Mode)
  signing secret  %[4]s   (HTTP events)
  team            %[5]s
  staff group     S0CLERKS
A channel comes into being with its first message: #waste, #parks, ...
`, address, scriptedslack.BotToken, scriptedslack.AppToken, scriptedslack.Secret, scriptedslack.Team)
}
