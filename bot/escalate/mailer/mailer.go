// Package mailer brings what staff say to citizens who left an e-mail address: one
// message for each reply, question, correction and withdrawal, in the citizen's
// language, with nothing of what the citizen wrote.
//
// SMTP cannot promise that a message comes once: where the server's answer is lost it is
// sent again. It is then the same to the byte of its Message-ID and date, so that a
// receiver can tell. What the server refuses for good is not sent again; staff find a
// note on the ticket, and the citizen still reads the message in the chat.
//
// A password is sent over TLS or not at all. Without TLS mail goes only where the
// configuration says so, which is meant for a relay on the same machine.
package mailer

import (
	"context"
	"crypto/tls"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

//go:embed texts.json
var files embed.FS

// Mode is how the connection is kept from being read.
type Mode string

// The modes.
const (
	StartTLS Mode = "starttls" // or nothing is sent
	TLS      Mode = "tls"      // from the first byte
	Plain    Mode = "none"     // for a relay on this machine
)

// Modes returns all modes.
func Modes() []Mode { return []Mode{StartTLS, TLS, Plain} }

// Config says how mail is sent.
type Config struct {
	Host string
	Port int // zero: the mode's own
	// From is the sender, "Name <address>" or an address.
	From     string
	Username string // empty: without a password
	Password string
	TLS      Mode // empty: StartTLS
	// Roots are the authorities that are trusted; nil: the system's.
	Roots *tls.Config
	// Agency is who writes; Language is what is written where the citizen's is unknown.
	Agency, Language string
}

// Desk is where a note on a ticket is left, and where departments have their names.
type Desk interface {
	Act(ctx context.Context, id bot.TicketID, a escalate.Action) (bot.Ticket, error)
	Department(id bot.DepartmentID) escalate.Department
}

// Addresses knows how citizens want to be reached; bot.NotFound: this one left none.
type Addresses interface {
	Address(ctx context.Context, id bot.TicketID) (bot.Address, error)
}

// Mailer is a sink that sends mail.
type Mailer struct {
	config    Config
	from      *mail.Address
	domain    string
	desk      Desk
	addresses Addresses
	texts     map[string]map[string]string
	log       *slog.Logger
	client    *gomail.Client
}

var _ escalate.Sink = (*Mailer)(nil)

const timeout = 20 * time.Second

// New returns a mailer. It connects when there is something to send.
func New(c Config, desk Desk, addresses Addresses, log *slog.Logger) (*Mailer, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("mail: the sender %q is no address: %w", c.From, err)
	}
	m := &Mailer{config: c, from: from, domain: from.Address[strings.LastIndex(from.Address, "@")+1:], desk: desk, addresses: addresses, log: log}
	raw, err := files.ReadFile("texts.json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &m.texts); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if m.client, err = c.client(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return m, nil
}

func (c Config) client() (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithTimeout(timeout), gomail.WithoutNoop()}
	switch {
	case c.TLS == TLS:
		options = append(options, gomail.WithSSLPort(false))
	case c.TLS == Plain && c.Username != "":
		return nil, errors.New("a password is never sent without TLS: set tls to starttls or tls, or leave the username out")
	case c.TLS == Plain:
		options = append(options, gomail.WithTLSPortPolicy(gomail.NoTLS))
	case c.TLS == StartTLS || c.TLS == "":
		options = append(options, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	default:
		return nil, fmt.Errorf("%q is none of %q", c.TLS, Modes())
	}
	if c.Port != 0 {
		options = append(options, gomail.WithPort(c.Port))
	}
	if c.Roots != nil {
		options = append(options, gomail.WithTLSConfig(c.Roots))
	}
	if c.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.Username), gomail.WithPassword(c.Password))
	}
	return gomail.NewClient(c.Host, options...)
}

// Name names the sink in the store.
func (m *Mailer) Name() string { return escalate.MailSink }

// spoken are the events of which a citizen is told by mail.
var spoken = []bot.TicketEventKind{bot.TicketReplied, bot.TicketAsked, bot.TicketCorrected, bot.TicketWithdrawn}

// Deliver sends an event to the citizen where it says something to one who left an
// e-mail address; every other one has arrived at once.
func (m *Mailer) Deliver(ctx context.Context, t bot.Ticket, e bot.TicketEvent, d bot.Delivery) (bot.Place, error) {
	if !slices.Contains(spoken, e.Kind) || t.Alert {
		return d.Place, nil
	}
	if e.Kind != bot.TicketWithdrawn && escalate.Message(e) == "" {
		return d.Place, nil // erased
	}
	a, err := m.addresses.Address(ctx, t.ID)
	if bot.KindOf(err) == bot.NotFound || err == nil && a.Email == "" {
		return d.Place, nil
	}
	if err != nil {
		return d.Place, err
	}
	letter, err := m.letter(t, e, a.Email)
	if err != nil {
		return d.Place, m.giveUp(ctx, t, e, "the address that they left is none", err)
	}
	return d.Place, m.send(ctx, t, e, d, letter)
}

// How long what fails is tried again: about three days.
const (
	firstWait = time.Minute
	maxWait   = time.Hour
	maxTries  = 78
)

func (m *Mailer) send(ctx context.Context, t bot.Ticket, e bot.TicketEvent, d bot.Delivery, letter *gomail.Msg) error {
	err := m.client.DialAndSendWithContext(ctx, letter)
	if err == nil {
		return nil
	}
	if letter.HasSendError() && refused(letter.SendError()) {
		return m.giveUp(ctx, t, e, "the mail server refused it", err)
	}
	if letter.IsDelivered() { // only the goodbye failed
		return nil
	}
	if d.Attempts >= maxTries {
		return m.giveUp(ctx, t, e, "the mail server was out of reach for days", err)
	}
	return &escalate.Later{After: min(maxWait, firstWait<<min(d.Attempts, 10)), Err: fmt.Errorf("send mail: %w", told(err))}
}

// refused reports whether a server will not take a message, however often it is asked
// (RFC 5321, 4.2.1).
func refused(err error) bool {
	var s *gomail.SendError
	return errors.As(err, &s) && s.ErrorCode() >= 500 && s.ErrorCode() < 600
}

// told is an error without the citizen's address, which servers like to repeat.
func told(err error) error {
	var s *gomail.SendError
	if errors.As(err, &s) {
		return fmt.Errorf("%s, SMTP code %d %s", s.Reason, s.ErrorCode(), s.EnhancedStatusCode())
	}
	return err
}

// giveUp leaves a note for staff. A ticket that is erased gets none.
func (m *Mailer) giveUp(ctx context.Context, t bot.Ticket, e bot.TicketEvent, why string, err error) error {
	m.log.Warn("an e-mail to a citizen is given up", "ticket", t.ID, "event", e.Seq, "why", why, "error", told(err))
	_, err = m.desk.Act(ctx, t.ID, escalate.Action{
		Kind: bot.TicketNoted, By: bot.Actor{Kind: bot.System}, Origin: fmt.Sprintf("mail:%d", e.Seq),
		Text: "The e-mail to the citizen was not delivered: " + why + ". They can read the message in the chat.",
	})
	if r := (*escalate.Refusal)(nil); errors.As(err, &r) || bot.KindOf(err) == bot.NotFound && err != nil {
		return nil
	}
	return err
}
