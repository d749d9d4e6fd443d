package mailer

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// letter is the message of an event. Two of one event are the same.
func (m *Mailer) letter(t bot.Ticket, e bot.TicketEvent, to string) (*gomail.Msg, error) {
	address, err := recipient(to)
	if err != nil {
		return nil, err
	}
	l := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	l.FromMailAddress(m.from)
	l.ToMailAddress(address)
	language := m.language(t.Language)
	l.Subject(m.text(language, t, string(e.Kind)+".subject"))
	l.SetMessageIDWithValue(fmt.Sprintf("%s.%d@%s", t.ID, e.Seq, m.domain))
	l.SetGenHeader(gomail.HeaderReferences, fmt.Sprintf("<%s@%s>", t.ID, m.domain))
	l.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's holiday notice comes back
	l.SetGenHeader("Content-Language", language)
	l.SetDateWithValue(e.At.UTC())
	body := m.text(language, t, string(e.Kind)) + "\n\n"
	if said := printable(escalate.Message(e)); said != "" {
		body += said + "\n\n"
	}
	l.SetBodyString(gomail.TypeTextPlain, body+"-- \n"+m.text(language, t, "footer")+"\n")
	return l, nil
}

var errAddress = errors.New("this is no e-mail address")

// recipient reads an address as a citizen gave it: one address and nothing beside it.
func recipient(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" || len(text) > 254 || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return nil, errAddress // the address stays out of logs
	}
	return a, nil
}

// printable is a text without control characters, with lines as text has them.
func printable(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text))
}

// language is the one that a citizen is written to.
func (m *Mailer) language(citizens string) string {
	for _, l := range []string{citizens, m.config.Language} {
		primary, _, _ := strings.Cut(strings.ToLower(l), "-")
		if m.texts[primary] != nil {
			return primary
		}
	}
	return "en"
}

// text is a fixed text in a language, with names on one line.
func (m *Mailer) text(language string, t bot.Ticket, name string) string {
	line := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	department := cmp.Or(line(m.desk.Department(t.Department).Name), line(m.config.Agency))
	return strings.NewReplacer("{agency}", line(m.config.Agency), "{department}", department).Replace(m.texts[language][name])
}
