package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack"
	"townclerk/bot/web"
)

// handOverConfig says what goes to people, beside the departments.
type handOverConfig struct {
	// Default gets what no department is known for; empty: the first department.
	Default string `yaml:"default"`
	// Hazards gets messages of danger; empty: as routed.
	Hazards string `yaml:"hazards"`
	// Always hands over what the pages do not answer; else the citizen is asked.
	Always bool          `yaml:"always"`
	Topics []topicConfig `yaml:"topics"`
	Lapse  time.Duration `yaml:"lapse_after"`
	Quiet  time.Duration `yaml:"close_after"`
	Forget time.Duration `yaml:"forget_addresses_after"`
	Asked  askedConfig   `yaml:"asked"`
}

// topicConfig is what the agency leaves to people.
type topicConfig struct {
	Name       string   `yaml:"name"`
	Words      []string `yaml:"words"`
	Department string   `yaml:"department"`
}

// checkHandOver finds what cannot be meant.
func (c *config) checkHandOver(add func(field, format string, args ...any)) {
	o := c.HandOver
	known := map[string]bool{"": true}
	for _, d := range c.Departments {
		known[d.ID] = true
	}
	names := []struct{ field, id string }{{"default", o.Default}, {"hazards", o.Hazards}}
	for i, t := range o.Topics {
		at := fmt.Sprintf("topics[%d]", i)
		names = append(names, struct{ field, id string }{at + ".department", t.Department})
		if strings.TrimSpace(t.Name) == "" || len(t.Words) == 0 {
			add("hand_over."+at, "give a name and the words that tell the topic")
		}
	}
	for _, n := range names {
		if !known[n.id] {
			add("hand_over."+n.field, "there is no department %q", n.id)
		}
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{{"lapse_after", o.Lapse}, {"close_after", o.Quiet}, {"forget_addresses_after", o.Forget}} {
		if d.value != 0 && d.value < time.Hour {
			add("hand_over."+d.field, "%v is less than an hour", d.value)
		}
	}
	o.Asked.check(add)
	if len(c.Departments) == 0 && (len(o.Topics) > 0 || o.Always) {
		add("hand_over", "name departments too: there is nobody to hand over to")
	}
}

// escalation is the configuration as the desk wants it.
func (c *config) escalation() (escalate.Config, error) {
	o := c.HandOver
	out := escalate.Config{
		Default: bot.DepartmentID(o.Default), Hazards: bot.DepartmentID(o.Hazards), Contact: c.Agency.Contact, Always: o.Always,
		Times: escalate.Times{Lapse: o.Lapse, Quiet: o.Quiet, Forget: o.Forget},
	}
	for _, t := range o.Topics {
		out.Topics = append(out.Topics, escalate.Topic{Name: t.Name, Words: t.Words, Department: bot.DepartmentID(t.Department)})
	}
	for _, d := range c.Departments {
		hours, err := escalate.ParseHours(d.Hours, c.zoneOf(d), d.Holidays)
		if err != nil {
			return out, fmt.Errorf("hours of department %s: %w", d.ID, err)
		}
		out.Departments = append(out.Departments, escalate.Department{
			ID: bot.DepartmentID(d.ID), Name: d.Name, Contact: d.Contact, Hours: hours, Within: d.AnswerWithin,
			Backup: bot.DepartmentID(d.Backup), Languages: d.Languages, Channel: d.SlackChannel, Mode: escalate.Mode(d.Mode),
		})
	}
	return out, nil
}

// zoneOf is the time zone of a department's hours.
func (c *config) zoneOf(d departmentConfig) *time.Location {
	if zone, err := time.LoadLocation(d.TimeZone); err == nil && d.TimeZone != "" {
		return zone
	}
	return c.zone()
}

// openDesk wires what leads to people; without departments there is only the contact.
func (h *house) openDesk(w words, parts *answer.Parts) error {
	if len(h.config.Departments) == 0 {
		return nil
	}
	c, err := h.config.escalation()
	if err != nil {
		return err
	}
	if h.routing, err = h.newRouting(w); err != nil {
		return err
	}
	h.desk, err = escalate.NewDesk(c, h.store, h.routing.Route, h.sinks(), h.wake, h.now, h.logger)
	if err != nil {
		return err
	}
	parts.Desk = h.desk
	return errors.Join(h.openSlack(), h.openMail())
}

// sinks are the names of those that tickets are delivered to.
func (h *house) sinks() (names []string) {
	if h.config.Slack.used() {
		names = append(names, slack.Name)
	}
	if h.config.Mail.Host != "" {
		names = append(names, escalate.MailSink)
	}
	return names
}

// wake tells the couriers that there is something to deliver.
func (h *house) wake() {
	for _, c := range h.couriers {
		c.Wake()
	}
}

// tickEvery is how often what falls due on tickets is looked for.
const tickEvery = 15 * time.Second

// runPeople does what the hand-over does by itself, until the context ends; first what a
// process that died between an approval and its page left undone.
func (h *house) runPeople(ctx context.Context) {
	if h.desk == nil {
		return
	}
	for _, c := range h.couriers {
		go c.Run(ctx)
	}
	h.runSlack(ctx)
	if err := h.publishAsked(ctx); err != nil && ctx.Err() == nil {
		h.logger.Error("the pages that staff's replies became could not be brought up to date", "error", err)
	}
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		if _, err := h.desk.Tick(ctx); err != nil && ctx.Err() == nil {
			h.logger.Error("what is due on tickets could not be done", "error", err)
		}
		if h.slack != nil {
			if err := h.desk.Digest(ctx, h.slack.Digest); err != nil && ctx.Err() == nil {
				h.logger.Error("a department was not told in the morning what waits for it", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// counter is where citizens reach people; nil without departments.
func (h *house) counter() web.Counter {
	if h.desk == nil {
		return nil
	}
	return counter{h.desk, h.bot}
}

// counter is the desk from the citizens' side.
type counter struct {
	*escalate.Desk
	bot *answer.Bot
}

var _ web.Counter = counter{}

// HandOver hands a question over.
func (c counter) HandOver(ctx context.Context, id bot.ConversationID, t bot.TurnID, reason string) (bot.TicketView, error) {
	return c.bot.HandOver(ctx, id, t, reason)
}

// LeaveAddress keeps how the citizen wants to be reached.
func (c counter) LeaveAddress(ctx context.Context, id bot.ConversationID, t bot.TicketID, a bot.Address) error {
	_, err := c.Desk.LeaveAddress(ctx, id, t, a)
	return err
}
