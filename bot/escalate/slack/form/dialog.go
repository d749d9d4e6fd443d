package form

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// What the dialog in which a reply is written consists of.
const (
	ReplyDialog = "reply_dialog"

	textField   = "text"
	kindField   = "kind"
	endField    = "end"
	asksBack    = "asked"
	answersIt   = "replied"
	alsoResolve = "resolve"
)

// Thread is what a dialog remembers: which ticket it is about, and where its thread is.
type Thread struct {
	Ticket  bot.TicketID `json:"ticket"`
	Channel string       `json:"channel"`
	TS      string       `json:"ts"`
}

// Dialog is where a clerk writes to the citizen.
func Dialog(t bot.Ticket, at Thread) (api.ModalViewRequest, error) {
	remembered, err := json.Marshal(at)
	if err != nil {
		return api.ModalViewRequest{}, err
	}
	text := api.NewPlainTextInputBlockElement(nil, textField).WithMultiline(true).WithMaxLength(maxField)
	if q, ok := t.Brief(); ok && q.Suggested != "" {
		text = text.WithInitialValue(Cut(Clean(q.Suggested), maxText))
	}
	answers := option(answersIt, "This answers it")
	kind := api.NewRadioButtonsBlockElement(kindField, answers, option(asksBack, "I ask something back"))
	kind.InitialOption = answers
	end := api.NewInputBlock(endField, label("And then"), nil, api.NewCheckboxGroupsBlockElement(endField, option(alsoResolve, "Resolve the inquiry"))).
		WithOptional(true)
	return api.ModalViewRequest{
		Type: api.VTModal, CallbackID: ReplyDialog, PrivateMetadata: string(remembered),
		Title: label("Reply to the citizen"), Submit: label("Send"), Close: label("Cancel"),
		Blocks: api.Blocks{BlockSet: []api.Block{
			api.NewInputBlock(textField, label("The citizen reads this"), nil, text),
			api.NewInputBlock(kindField, label("What it is"), nil, kind),
			end,
		}},
	}, nil
}

func option(value, text string) *api.OptionBlockObject {
	return api.NewOptionBlockObject(value, label(text), nil)
}

// Written is what a clerk wrote in a dialog.
type Written struct {
	Thread
	Text    string
	Kind    bot.TicketEventKind
	Resolve bool
}

// ReadDialog reads a dialog that was sent off.
func ReadDialog(v api.View) (Written, error) {
	var w Written
	if err := json.Unmarshal([]byte(v.PrivateMetadata), &w.Thread); err != nil {
		return w, fmt.Errorf("read a dialog: %w", err)
	}
	if v.State == nil {
		return w, fmt.Errorf("read a dialog: it has no values")
	}
	values := v.State.Values
	w.Text = strings.TrimSpace(values[textField][textField].Value)
	w.Kind = bot.TicketReplied
	if values[kindField][kindField].SelectedOption.Value == asksBack {
		w.Kind = bot.TicketAsked
	}
	w.Resolve = len(values[endField][endField].SelectedOptions) > 0
	return w, nil
}

// Objection is what a dialog shows where what was written cannot be sent; nil: it can.
func (w Written) Objection() *api.ViewSubmissionResponse {
	why := ""
	switch {
	case w.Text == "":
		why = escalate.ErrNoText.Error()
	case len(w.Text) > escalate.MaxMessage:
		why = escalate.ErrLong.Error()
	default:
		return nil
	}
	return &api.ViewSubmissionResponse{ResponseAction: api.RAErrors, Errors: map[string]string{textField: why}}
}

// Prompt asks whether a message that has no mark is for the citizen.
func Prompt(id bot.TicketID, ts, mark, wrote string) []api.Block {
	return []api.Block{
		Context("Only your team sees what you wrote (“" + Cut(Clean(wrote), 60) + "”). To write to the citizen, begin with " + mark + " or press Reply."),
		api.NewActionBlock(TicketBlock+string(id), api.NewButtonBlockElement(DoSend, ts, label("Send it to the citizen"))),
	}
}

// Listed is a ticket of a list; Link may be empty.
type Listed struct {
	bot.Ticket
	Link string
}

// mostListed is how many tickets a list shows: Slack takes 100 blocks of a view.
const mostListed = 40

// List lists tickets under a title, each with the beginning of its question.
func (w Words) List(title string, tickets []Listed) []api.Block {
	out := []api.Block{api.NewHeaderBlock(Plain(title, maxHeader))}
	if len(tickets) == 0 {
		return append(out, Section("There is none."))
	}
	for _, t := range tickets[:min(len(tickets), mostListed)] {
		q, _ := t.Brief()
		line := fmt.Sprintf("%s · %s · %s", w.Desk.Department(t.Department).Name, Short(t.ID), t.State)
		if q.Hazard != "" {
			line = "Danger: " + q.Hazard + " · " + line
		}
		if !t.Due.IsZero() {
			line += " · due " + w.clock(t.Department, t.Due)
		}
		out = append(out, section(line+"\n"+Cut(Clean(cmp.Or(q.Question.String(), Erased)), 120), ofEach))
		if at := Link(t.Link, "Open the thread"); at != nil {
			out = append(out, api.NewContextBlock("", at))
		}
	}
	if n := len(tickets) - mostListed; n > 0 {
		out = append(out, Context(fmt.Sprintf("And %d more; the inbox has all of them.", n)))
	}
	return out
}

// Link leads to an address under a label; nil: it is no web address.
func Link(address, label string) *api.TextBlockObject {
	at := link(address)
	if at != nil {
		target, _, _ := strings.Cut(at.Text, "|")
		at.Text = target + "|" + label + ">"
	}
	return at
}
