package main

import (
	"net/mail"
	"os"
	"slices"
	"strings"

	"townclerk/bot/escalate"
	"townclerk/bot/escalate/mailer"
)

// mailConfig is the server by which replies are sent to citizens who left an e-mail
// address. Without Host there is none.
type mailConfig struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"`
	From     string `yaml:"from"` // address, or "Name <address>"
	Username string `yaml:"username"`
	// TLS is one of mailer.Modes; empty: starttls.
	TLS string `yaml:"tls"`
}

const smtpPassword = "TOWNCLERK_SMTP_PASSWORD"

func (c *mailConfig) check(add func(field, format string, args ...any)) {
	if c.Host == "" {
		if *c != (mailConfig{}) {
			add("mail.host", "name the server, or leave the section out")
		}
		return
	}
	if strings.ContainsAny(c.Host, " /:@") {
		add("mail.host", "%q is no host such as smtp.example.gov; the port has a line of its own", c.Host)
	}
	if c.Port < 0 || c.Port >= 1<<16 {
		add("mail.port", "%d is no port", c.Port)
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		add("mail.from", "%q is no address such as City Hall <no-reply@example.gov>", c.From)
	}
	if c.TLS != "" && !slices.Contains(mailer.Modes(), mailer.Mode(c.TLS)) {
		add("mail.tls", "%q is none of %q", c.TLS, mailer.Modes())
	}
	if c.Username != "" && c.TLS == string(mailer.Plain) {
		add("mail.tls", "a password is never sent without TLS")
	}
}

// openMail wires what sends replies by e-mail, where that is configured.
func (h *house) openMail() error {
	c := h.config.Mail
	if c.Host == "" {
		return nil
	}
	m, err := mailer.New(mailer.Config{
		Host: c.Host, Port: c.Port, From: c.From, Username: c.Username, Password: os.Getenv(smtpPassword),
		TLS: mailer.Mode(c.TLS), Agency: h.config.Agency.Name, Language: h.config.Agency.Language,
	}, h.desk, h.store, h.logger)
	if err != nil {
		return err
	}
	h.couriers = append(h.couriers, escalate.NewCourier(h.store, h.store, m, h.now, h.logger))
	return nil
}
