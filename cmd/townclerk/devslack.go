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
In townclerk.yaml, and each department with a slack_channel such as C0WASTE, which is
#waste here:

  slack:
    team: %[5]s
    connect: socket     # or http: start the server first, then this with --events http://…/slack
    api_url: http://%[1]s/api/

In the environment:

  TOWNCLERK_SLACK_TOKEN=%[2]s
  TOWNCLERK_SLACK_APP_TOKEN=%[3]s
  TOWNCLERK_SLACK_SIGNING_SECRET=%[4]s

Its staff group is S0CLERKS.
`, address, scriptedslack.BotToken, scriptedslack.AppToken, scriptedslack.Secret, scriptedslack.Team)
}
