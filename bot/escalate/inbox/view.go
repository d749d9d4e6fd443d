package inbox

import (
	"context"
	"net/http"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate"
)

// moment is a time as a department's people read it.
type moment struct{ Text, Machine string }

func at(t time.Time, d escalate.Department) moment {
	return moment{t.In(d.Hours.Zone()).Format("Mon 2 Jan 2006, 15:04 MST"), t.UTC().Format(time.RFC3339)}
}

var states = map[bot.TicketState]string{
	bot.TicketOpen: "Open", bot.TicketClaimed: "Claimed", bot.TicketWaiting: "Waiting for the citizen",
	bot.TicketAnswered: "Answered", bot.TicketClosed: "Closed", bot.TicketExpired: "Expired",
}

var reasons = map[string]string{
	bot.ForAsked: "The citizen asked for a person.", bot.ForUnknown: "The pages do not answer it.",
	bot.ForOwnCase: "It is about the citizen's own case.", bot.ForAdvice: "It asks for what a professional or an official has to say.",
	bot.ForTopic: "The agency leaves the topic to people.", bot.ForPeople: "The department answers everything itself.",
	bot.ForHazard: "The message speaks of danger.", bot.ForUnhappy: "Two answers did not help.",
	bot.ForWrong: "The citizen says that an answer is wrong.", bot.ForIncapable: "The assistant could not answer at the moment.",
}

// happenings say what an event is that says nothing to the citizen.
var happenings = map[bot.TicketEventKind]string{
	bot.TicketOpened: "handed it over", bot.TicketTaken: "claimed it", bot.TicketReleased: "gave it back",
	bot.TicketRerouted: "sent it to", bot.TicketCorrected: "corrected a message", bot.TicketWithdrawn: "withdrew a message",
	bot.TicketAddressed: "left an address for the reply", bot.TicketRevealed: "looked at the address",
	bot.TicketForgotten: "erased the address", bot.TicketReminded: "reminded staff: it is late",
	bot.TicketBackedUp: "sent it to the backup", bot.TicketDelayed: "told the citizen that it takes longer",
	bot.TicketResolved: "closed it", bot.TicketLapsed: "told the citizen that nobody will answer",
	bot.TicketErased: "erased what was written", bot.TicketReplied: "replied", bot.TicketAsked: "asked the citizen",
	bot.TicketSaid: "wrote", bot.TicketNoted: "noted",
}

// notices say what was done.
var notices = map[string]string{
	"claimed": "You have it now.", "released": "You gave it back.", "rerouted": "It is with the other department now.",
	"replied": "Your reply was sent to the citizen.", "asked": "Your question was sent to the citizen.",
	"corrected": "The citizen sees the corrected message.", "withdrawn": "The citizen does not see the message any more.",
	"noted": "Your note is kept. The citizen does not see it.", "resolved": "It is closed.",
}

// naming names people, each looked up once. It asks elsewhere until a time: a page does
// not wait for a Slack that is down.
type naming struct {
	ctx   context.Context
	s     *server
	until time.Time
	known map[bot.Actor]string
}

// namingTime is how long a page may wait for names from elsewhere.
const namingTime = 2 * time.Second

func (s *server) naming(ctx context.Context) *naming {
	return &naming{ctx, s, time.Now().Add(namingTime), map[bot.Actor]string{{}: "", {Kind: bot.Citizen}: "The citizen", {Kind: bot.System}: "Townclerk"}}
}

// of is what colleagues call somebody; empty for nobody.
func (n *naming) of(a bot.Actor) string {
	name, ok := n.known[a]
	if !ok {
		name = n.find(a)
		n.known[a] = name
	}
	return name
}

func (n *naming) find(a bot.Actor) string {
	if found, err := n.s.Accounts.Account(n.ctx, account.ID(a.ID)); err == nil && found.Display != "" {
		return found.Display
	}
	if n.s.Names != nil {
		ctx, cancel := context.WithDeadline(n.ctx, n.until)
		defer cancel()
		if name := n.s.Names(ctx, a); name != "" {
			return name
		}
	}
	return "A colleague"
}

// page is what a page for a visitor begins with.
func (s *server) page(r *http.Request, v visitor, title string) page {
	return page{Agency: s.Agency, Title: title, Visitor: v.Account, Seal: seal(v), Here: r.URL.Path}
}
