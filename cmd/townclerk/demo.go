package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/scriptedslack"
	"townclerk/internal/scriptedslack/slackpage"
	"townclerk/knowledge/ingest"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" help:"Address to listen at."`
	Slack  string `default:"127.0.0.1:8091" help:"Address of the scripted Slack, where you can be the staff; empty: none."`
	Keep   string `type:"path" help:"Folder to keep the database in. Without it everything is forgotten at the end."`
}

func (cmd *demoCmd) Run(ctx context.Context, _ *Globals) error {
	c := demoConfig()
	c.Web.Listen = cmd.Listen
	if err := cmd.startSlack(ctx, &c); err != nil {
		return err
	}
	c.Data = cmd.Keep
	if c.Data == "" {
		dir, err := os.MkdirTemp("", "townclerk-demo-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.Data = dir
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.ingest(ctx, riverton.Pages{}, ingest.Options{}, os.Stdout); err != nil {
		return err
	}
	l, err := listen(c.Web.Listen)
	if err != nil {
		return err
	}
	h.config.Web.LiveLinks = map[string]string{riverton.Address + "/": "http://" + l.Addr().String() + "/riverton/"}
	chat, err := h.handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	fmt.Printf("Riverton's web site, with the widget on every page, is at http://%s/riverton/\n", l.Addr())
	h.config.Web.Listen = l.Addr().String()
	if err := h.inviteDemo(ctx, os.Stdout); err != nil {
		return errors.Join(err, l.Close())
	}
	return h.serve(ctx, l, withSite(chat), 0, os.Stdout)
}

// demoClerks answer inquiries in the demo. Nobody of that name works anywhere.
func demoClerks() []accountInviteCmd {
	return []accountInviteCmd{
		{Name: "dana", Display: "Dana Whitfield", Role: []string{"staff"}, Department: []string{"waste"}},
		{Name: "omar", Display: "Omar Castellanos", Role: []string{"manager"}},
	}
}

// inviteDemo prints a link for each clerk who has not set a password yet.
func (h *house) inviteDemo(ctx context.Context, w io.Writer) error {
	for _, cmd := range demoClerks() {
		if a, err := h.store.AccountNamed(ctx, cmd.Name); err == nil && a.Password != "" {
			continue
		}
		link, err := h.invite(ctx, cmd)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "Answer inquiries as %s (%s), in a window of its own: %s\n", cmd.Display, cmd.Role[0], link)
	}
	return nil
}

// switchboard is Riverton's department that has an answer to everything else.
const switchboard = "city-hall"

// startSlack serves a workspace in memory, and has the departments work there.
func (cmd *demoCmd) startSlack(ctx context.Context, c *config) error {
	if cmd.Slack == "" {
		return nil
	}
	l, err := listen(cmd.Slack)
	if err != nil {
		return fmt.Errorf("the scripted Slack: %w; or leave it out with --slack=", err)
	}
	workspace := scriptedslack.New(scriptedslack.Options{})
	c.useDemoSlack(workspace, "http://"+l.Addr().String()+"/api/")
	server := &http.Server{Handler: slackpage.New(workspace), ReadHeaderTimeout: headerTimeout}
	context.AfterFunc(ctx, func() { server.Close() })
	go server.Serve(l)
	fmt.Printf("A Slack of its own, where you can be the city's staff, is at http://%s/\n", l.Addr())
	return nil
}

// useDemoSlack makes a channel for each department, and connects to them.
func (c *config) useDemoSlack(w *scriptedslack.Workspace, api string) {
	for i := range c.Departments {
		c.Departments[i].SlackChannel = w.Channel(c.Departments[i].ID)
	}
	c.Slack = slackConfig{Team: scriptedslack.Team, Connect: overSocket, APIURL: api,
		secrets: slackSecrets{scriptedslack.BotToken, scriptedslack.AppToken, scriptedslack.Secret}}
}

func demoConfig() config {
	c := defaults()
	c.Agency = agencyConfig{
		Name: "City of Riverton", Language: "en", TimeZone: "America/Chicago",
		Contact: bot.Contact{
			Name: "Riverton City Hall, information desk", Phone: "(555) 555-0100", Email: "info@riverton.example.gov",
			Hours: "Monday to Friday, 8:30 a.m. to 5 p.m.",
		},
	}
	c.Web.Examples = []string{
		"How much is a residential parking permit?",
		"Can I keep chickens?",
		"How do I appeal a parking ticket?",
	}
	for _, d := range riverton.Departments() {
		c.Departments = append(c.Departments, departmentConfig{
			ID: string(d.ID), Name: d.Name, Does: d.Does, Examples: d.Examples,
			Hours:     map[string]string{"mon-fri": "08:30-17:00"},
			Languages: []string{"en"}, Contact: c.Agency.Contact,
		})
		if d.ID != switchboard {
			c.Departments[len(c.Departments)-1].Backup = switchboard
		}
	}
	c.HandOver.Default, c.HandOver.Hazards = switchboard, switchboard
	c.hash = "demo"
	return c
}
