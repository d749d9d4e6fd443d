package main

import (
	"strings"
	"time"
	_ "time/tzdata" // the container has no file of time zones

	"townclerk/bot/web"
)

// limitsConfig bounds what citizens may ask. Zero is no limit.
type limitsConfig struct {
	Conversation int `yaml:"conversation_per_hour"`
	Address      int `yaml:"address_per_hour"`
	Day          int `yaml:"questions_per_day"`
	// AddressHeader is the header in which the proxy says who asks.
	AddressHeader string `yaml:"address_header"`
}

// maxQuestions is more than a limit can be meant to be.
const maxQuestions = 1_000_000_000

func (c *limitsConfig) check(add complain) {
	within(add, "limits.conversation_per_hour", c.Conversation, 0, maxQuestions)
	within(add, "limits.address_per_hour", c.Address, 0, maxQuestions)
	within(add, "limits.questions_per_day", c.Day, 0, maxQuestions)
	if strings.ContainsFunc(c.AddressHeader, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }) {
		add("limits.address_header", "%q is no name of a header such as X-Forwarded-For", c.AddressHeader)
	}
}

func (h *house) limits() web.Limits {
	c := h.config.Limits
	return web.Limits{
		Conversation: c.Conversation, Address: c.Address, Day: c.Day, AddressHeader: c.AddressHeader,
		Asked: h.store.Asked, Zone: h.config.zone(),
	}
}

// zone is the agency's time zone, by which days begin and end.
func (c *config) zone() *time.Location {
	name := c.Agency.TimeZone
	if name == "" && len(c.Departments) > 0 { // what they all say is the agency's
		name = c.Departments[0].TimeZone
		for _, d := range c.Departments {
			if d.TimeZone != name {
				name = ""
			}
		}
	}
	zone, err := time.LoadLocation(name) // check has tried it; empty: UTC
	if err != nil {
		return time.UTC
	}
	return zone
}
