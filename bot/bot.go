// Package bot is the vocabulary of a conversation: who asks, what a turn is,
// what may be shown, and the errors that people see.
//
// A conversation is a series of turns. A turn is an append-only series of
// events: it is opened with the citizen's question, sentences are shown, and it
// is ended with an outcome. An event is committed before what it holds leaves
// the process, so whatever a citizen has seen is on the record.
//
// Nothing in this package does I/O.
package bot

import (
	"encoding/json"
	"time"

	"townclerk/knowledge"
)

// ConversationID names a conversation: 128 random bits in hexadecimal. It is no
// secret; what opens a conversation is its token.
type ConversationID string

// Token is the secret that opens a conversation: 256 random bits in base64url.
// It is given to the citizen once and stored only as a hash.
type Token string

// TurnID names a turn: 128 random bits in hexadecimal.
type TurnID string

// Incoming is a message as the citizen typed it. Text goes to bot/guard and
// nowhere else.
type Incoming struct {
	Conversation ConversationID
	// Key is chosen by the client, so that a message that is sent twice makes one
	// turn. Empty: the server chooses one.
	Key string
	// Text may hold personal data.
	Text string
	// Language is the language of the page that the citizen writes from; empty
	// when the page does not say.
	Language string
	To       Addressee
}

// Message is what a citizen sends, redacted.
type Message struct {
	Conversation ConversationID
	Key          string
	Text         Redacted
	Language     string
	To           Addressee
}

// Addressee says whom a message is for.
type Addressee string

// Empty: people, where they have an inquiry of the conversation's, else the assistant.
const ToAssistant Addressee = "assistant"

// Opinion is what a citizen thinks of an answer.
type Opinion struct {
	Helpful bool
	// Wrong says that something in it is not true; it goes to people.
	Wrong   bool
	Comment string
}

// Outcome says how a turn ended.
type Outcome string

// The outcomes.
const (
	Answered   Outcome = "answered"    // sentences with citations were shown
	Clarified  Outcome = "clarified"   // the citizen was asked which of several things they mean
	Abstained  Outcome = "abstained"   // the documents do not answer; said so
	HandedOver Outcome = "handed_over" // the citizen asked for a person and got the contact
	Partial    Outcome = "partial"     // the turn could not go on after something was shown
	Failed     Outcome = "failed"      // the turn could not go on before anything was shown
)

// Citation is the evidence of a sentence: ranges of one version's text.
type Citation struct {
	Version knowledge.VersionID `json:"version"`
	// Ranges hold the quote, in reading order. One range is a quote as it
	// stands. Of a table row or a definition there is a pair of ranges for each
	// cell: its header, then the cell.
	Ranges []knowledge.Range `json:"ranges"`
	Title  string            `json:"title"`
	// Language is the page's, as a primary subtag.
	Language string `json:"language,omitempty"`
	// URL is the live page's address, with the anchor of the section.
	URL string `json:"url"`
	// Passage is the passage that the quote was found in.
	Passage knowledge.PassageID `json:"passage"`
	// Department and Reviewed are shown beside the citation where two pages
	// disagree; empty elsewhere. A date is written as 2006-01-02.
	Department string `json:"department,omitempty"`
	Reviewed   string `json:"reviewed,omitempty"`
	// Overdue is the date by which the page should have been reviewed, Ended the
	// one on which it ceased to apply, where that date had passed.
	Overdue string `json:"overdue,omitempty"`
	Ended   string `json:"ended,omitempty"`
}

// Sentence is a sentence that may be shown, with what it rests on.
type Sentence struct {
	Text      string     `json:"text"`
	Citations []Citation `json:"citations"`
	// Written marks a sentence that a model wrote; any other is a quote.
	Written bool `json:"written,omitempty"`
}

// Page is a page of the agency that may help.
type Page struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	// Department is the office that the page is of; empty where the page does not say.
	Department string `json:"department,omitempty"`
}

// Contact is how to reach a person. Empty fields are left out.
type Contact struct {
	Name  string `json:"name" yaml:"name"`
	Phone string `json:"phone,omitempty" yaml:"phone"`
	Email string `json:"email,omitempty" yaml:"email"`
	URL   string `json:"url,omitempty" yaml:"url"`
	Hours string `json:"hours,omitempty" yaml:"hours"`
}

// HelpLine is where people in danger find help, as the agency configured it; it
// is shown word for word.
type HelpLine struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	URL   string `json:"url,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Choice is one of the things that a question may mean.
type Choice struct {
	// Label is a title or heading of the agency's own pages.
	Label string `json:"label"`
	// Question is what is asked when it is chosen.
	Question string `json:"question"`
}

// Answer is what a turn shows.
type Answer struct {
	Turn    TurnID  `json:"turn"`
	Outcome Outcome `json:"outcome"`
	// Lead is a fixed text in front of the sentences that states no fact.
	Lead      string     `json:"lead,omitempty"`
	Sentences []Sentence `json:"sentences"`
	// Closing is a fixed text after the sentences: what to do next.
	Closing string `json:"closing,omitempty"`
	// Nearest are pages that may help where the answer does not.
	Nearest []Page   `json:"nearest,omitempty"`
	Person  *Contact `json:"person,omitempty"`
	// People are those whom the inquiry is for, where there are departments.
	People *People `json:"people,omitempty"`
	// Choices are what the question may mean, at most four; the outcome is Clarified.
	Choices []Choice `json:"choices,omitempty"`
	// Help are the lines for people in danger; they stand before everything else.
	Help []HelpLine `json:"help,omitempty"`
	// From is the turn whose answer this is, where the same question was answered
	// from the same pages before.
	From TurnID `json:"from,omitempty"`
	// Redacted lists the kinds of personal data that were taken out of the
	// question, so that the citizen can be told.
	Redacted []string `json:"redacted,omitempty"`
}

// Part is what is released to the citizen at once: it was committed together
// and is flushed together.
type Part struct {
	Turn      TurnID     `json:"turn"`
	Lead      string     `json:"lead,omitempty"`
	Sentences []Sentence `json:"sentences"`
}

// EventKind says what an event of a turn records.
type EventKind string

// The kinds of events, in the order in which a turn has them. Feedback may
// follow an ended turn any number of times.
const (
	Opened    EventKind = "opened"
	Shown     EventKind = "shown"
	Corrected EventKind = "corrected"
	Ended     EventKind = "ended"
	Feedback  EventKind = "feedback"
)

// Event is one step of a turn as it is recorded.
type Event struct {
	Kind EventKind
	At   time.Time
	// Facts are fields that hold nothing personal and no free text: outcome,
	// revision, hashes, counts, durations. They are kept for as long as the
	// record is.
	Facts map[string]any
	// Texts are free-text fields: the question, the sentences, the trace of the
	// search. Each is sealed under its conversation's key and can be erased.
	Texts map[string]json.RawMessage
}

// Names of the fields in Event.Texts and Event.Facts that more than one package
// reads.
const (
	TextQuestion = "question" // a JSON string, in an opened event
	TextAnswer   = "answer"   // an Answer, in a shown or ended event
	TextTrace    = "trace"    // everything that led to the answer, in an ended event
	TextComment  = "comment"  // a JSON string, in a feedback event
	FactOutcome  = "outcome"  // an Outcome, in an ended event
	FactHelpful  = "helpful"  // a bool, in a feedback event
	FactWrong    = "wrong"    // a bool, in a feedback event
)

// Turn is a turn as its events tell it.
type Turn struct {
	ID           TurnID
	Conversation ConversationID
	// Number is the turn's place in its conversation, from 1.
	Number int
	// Key is the message's; it is known only when the turn was opened in this
	// process, for the store keeps no more than a hash of it.
	Key      string
	OpenedAt time.Time
	// Deadline is when a turn that is still open counts as lost.
	Deadline time.Time
	Question Redacted
	Ended    bool
	Outcome  Outcome
	// Unhelpful says that the citizen's last word on the answer was that it did not help.
	Unhelpful bool
	// Answer is what was shown; nil until something was.
	Answer *Answer
}

// MaxQuestion is the length in bytes of the longest message that is taken.
const MaxQuestion = 4000
