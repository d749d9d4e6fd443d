package main

import (
	"fmt"
	"os"
	"strings"

	"townclerk/bot/escalate/slack/form"
)

type slackCmd struct {
	Manifest slackManifestCmd `cmd:"" help:"Print the manifest from which Slack makes the app."`
}

type slackManifestCmd struct {
	Name string `default:"Townclerk" help:"What the app is called in Slack."`
	URL  string `placeholder:"URL" help:"Where Slack sends events and clicks: https://…/slack. Without it the app uses Socket Mode and needs no address."`
}

func (cmd *slackManifestCmd) Run() error {
	if cmd.URL != "" && !strings.HasPrefix(cmd.URL, "https://") {
		return fmt.Errorf("slack sends nothing to %q; give an address that begins with https://, or none for Socket Mode", cmd.URL)
	}
	out, err := form.Manifest(cmd.Name, cmd.URL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "%s\n", out)
	return err
}
