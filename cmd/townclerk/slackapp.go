package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"time"

	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack"
	"townclerk/bot/escalate/slackwire"
)

// slackConfig connects a workspace; without a team there is none. Secrets come from
// the environment.
type slackConfig struct {
	Team string `yaml:"team"`
	// Connect is "socket" for Socket Mode, or "http" for events at /slack.
	Connect    string `yaml:"connect"`
	Mark       string `yaml:"mark"`
	StaffGroup string `yaml:"staff_group"`
	APIURL     string `yaml:"api_url"` // empty: Slack's own

	secrets slackSecrets
}

// slackSecrets are what a workspace knows the app by.
type slackSecrets struct{ token, app, signing string }

// Where secrets stand in the environment.
const (
	slackTokenKey   = "TOWNCLERK_SLACK_TOKEN"
	slackAppKey     = "TOWNCLERK_SLACK_APP_TOKEN"
	slackSigningKey = "TOWNCLERK_SLACK_SIGNING_SECRET"
)

// The ways to hear from Slack.
const (
	overSocket = "socket"
	overHTTP   = "http"
)

func (c *slackConfig) used() bool { return c.Team != "" }

func (c *config) checkSlack(add func(field, format string, args ...any)) {
	s := &c.Slack
	if !s.used() {
		if s.Connect != "" || s.Mark != "" || s.StaffGroup != "" || s.APIURL != "" {
			add("slack.team", "give the workspace's identifier (T…), or leave the whole section out")
		}
		for i, d := range c.Departments {
			if d.SlackChannel != "" {
				add(fmt.Sprintf("departments[%d].slack_channel", i), "there is no slack section with a team and a way to connect (docs/slack.md)")
			}
		}
		return
	}
	if s.secrets == (slackSecrets{}) {
		s.secrets = slackSecrets{os.Getenv(slackTokenKey), os.Getenv(slackAppKey), os.Getenv(slackSigningKey)}
	}
	if s.Connect != overSocket && s.Connect != overHTTP {
		add("slack.connect", "%q is neither %s nor %s", s.Connect, overSocket, overHTTP)
	}
	if !regexp.MustCompile(`^T[A-Z0-9]+$`).MatchString(s.Team) {
		add("slack.team", "%q is no workspace's identifier such as T0123456789", s.Team)
	}
	if s.APIURL != "" && !webAddress(s.APIURL) {
		add("slack.api_url", "%q is no web address", s.APIURL)
	}
	if len(c.Departments) == 0 {
		add("slack", "name departments too: their tickets are what Slack shows")
	}
	needed := map[string]string{slackTokenKey: s.secrets.token}
	if s.Connect == overSocket {
		needed[slackAppKey] = s.secrets.app
	} else {
		needed[slackSigningKey] = s.secrets.signing
	}
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		if needed[name] == "" {
			add("slack", "%s is not in the environment; docs/slack.md says where to find it", name)
		}
	}
}

// openSlack connects the desk and the workspace.
func (h *house) openSlack() (err error) {
	c := h.config.Slack
	if !c.used() || h.desk == nil {
		return nil
	}
	config := slack.Config{Token: c.secrets.token, Team: c.Team, Mark: c.Mark, StaffGroup: c.StaffGroup, APIURL: c.APIURL}
	if h.config.Inbox.Enabled {
		config.Inbox = h.config.Inbox.BaseURL
	}
	h.slack, err = slack.New(config,
		slack.Parts{Desk: h.desk, Store: h.store, Queue: h.store, Mail: h.store, HTTP: &http.Client{Timeout: slackTimeout}, Clerk: h.nameOf, Now: h.now, Log: h.logger})
	if err != nil {
		return err
	}
	h.couriers = append(h.couriers, escalate.NewCourier(h.store, h.store, h.slack, h.now, h.logger))
	return nil
}

// slackTimeout is how long Slack may take to answer; then it counts as lost.
const slackTimeout = 20 * time.Second

// runSlack hears what comes from Slack, until the context ends.
func (h *house) runSlack(ctx context.Context) {
	if h.slack == nil {
		return
	}
	go h.slack.Run(ctx)
	if c := h.config.Slack; c.Connect == overSocket {
		s := slackwire.Socket{AppToken: c.secrets.app, APIURL: c.APIURL, Take: h.slack.Take, HTTP: &http.Client{Timeout: slackTimeout}, Now: h.now, Log: h.logger}
		go s.Listen(ctx)
	}
}

// withSlack serves Slack's events and clicks beside the rest.
func (h *house) withSlack(rest http.Handler) http.Handler {
	if h.slack == nil || h.config.Slack.Connect != overHTTP {
		return rest
	}
	mux := http.NewServeMux()
	mux.Handle("/", rest)
	mux.Handle("POST /slack", &slackwire.Handler{Secret: h.config.Slack.secrets.signing, Take: h.slack.Take, Refused: h.slack.Count, Now: h.now, Log: h.logger})
	return mux
}
