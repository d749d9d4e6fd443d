package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// town makes up pages. Its subjects are drawn by Zipf's law: a few services are on
// many pages, most names on few.
type town struct {
	r     *rand.Rand
	names []string // of streets, forms and schemes: words that no dictionary has
	name  *rand.Zipf
	thing *rand.Zipf
	kind  *rand.Zipf

	subjects []subject // what the pages speak of
}

type subject struct{ name, service string }

type page struct {
	title    string
	sections []section
}

type section struct{ heading, text string }

// A service is a thing and what one wants of it: 1,024 of them.
var (
	things = []string{
		"parking", "building", "trash", "recycling", "birth", "library", "business", "dog", "water", "property", "marriage",
		"street", "housing", "school", "bus", "swimming", "market", "tree", "noise", "museum", "council", "voting", "passport",
		"planning", "garden", "nursing", "fire", "taxi", "burial", "allotment", "childcare", "disability",
	}
	kinds = []string{
		"permit", "licence", "collection", "certificate", "card", "tax", "repair", "grant", "pass", "lesson", "stall",
		"removal", "complaint", "badge", "discount", "registration", "renewal", "appeal", "bin", "visit", "inspection", "plot",
		"voucher", "allowance", "loan", "survey", "course", "meter", "ticket", "waiver", "deposit", "subsidy",
	}
)

// sentences of which a text is made, with what differs in braces.
var sentences = []string{
	"Residents of {place} pay ${dollars} for a {service}, and ${days} more for each later copy.",
	"You can apply for the {service} at the {place} office or online with form {name}.",
	"It is valid for {days} days from the day on which it was sent.",
	"Bring proof of address and the {name} letter when you collect it.",
	"People over 65 who live in {place} are charged half of the price.",
	"The counter in {name} is open from Monday to Friday, from {few} a.m. until 5 p.m.",
	"If the {service} was refused you can appeal within {days} days by writing to the {name} board.",
	"Requests are answered within {days} working days.",
	"The late charge is ${dollars} unless the {name} scheme covers it.",
	"Call 555-01{number} to change or cancel your {service}.",
	"Households in the {name} scheme do not need a separate one.",
	"At most {few} people of one household can share a {service}.",
	"Photographs must be in colour and not older than {few} months.",
	"We cannot take cash; a debit card or a cheque to the {name} treasurer will do.",
	"Tenants need the written consent of their landlord.",
	"The rules changed in {few} places after the {name} review, which the assembly adopted in spring.",
	"Whoever moves within the county keeps the number and tells us the new address.",
	"An interpreter can be booked free of charge; ask for the {name} desk.",
	"Work may begin once the inspector from {place} has signed the yellow sheet.",
	"Lost or stolen documents are replaced for ${days} upon a police report.",
	"Children under {few} come along without papers of their own.",
	"Deliveries to {name} take a week longer in winter.",
	"Veterans and carers are exempt if they show the {name} statement.",
	"Your data is kept for {days} months and then erased under the {name} ordinance.",
}

var headings = []string{
	"How to apply for the %s in %s", "What the %s costs in %s", "Who can have a %s in %s", "When does the %s end in %s?",
	"How do I renew the %s in %s?", "If the %s of %s was refused", "Documents for the %s in %s",
}

var questions = []string{
	"How much does the %s cost in %s?", "How do I apply for a %s in %s?", "what do I need to bring for the %s in %s",
	"How long is the %s of %s valid?", "can I appeal when the %s in %s is refused", "Which office in %[2]s handles the %[1]s?",
	"is there a discount on the %s for seniors in %s", "late charge %s %s",
}

var followUps = []string{
	"And how long does it take?", "what does it cost for seniors", "Where is the office?", "Can I cancel it?",
}

func newTown(seed uint64) *town {
	t := &town{r: rand.New(rand.NewPCG(seed, seed))}
	seen := map[string]bool{}
	for len(t.names) < 20_000 {
		if n := t.invent(); !seen[n] {
			seen[n] = true
			t.names = append(t.names, n)
		}
	}
	t.name = rand.NewZipf(t.r, 1.07, 8, uint64(len(t.names)-1))
	t.thing = rand.NewZipf(t.r, 1.1, 8, uint64(len(things)-1))
	t.kind = rand.NewZipf(t.r, 1.1, 8, uint64(len(kinds)-1))
	return t
}

// invent returns a pronounceable name of two to four syllables.
func (t *town) invent() string {
	var b strings.Builder
	for range 2 + t.r.IntN(3) {
		b.WriteString(pick(t.r, "b", "br", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w"))
		b.WriteString(pick(t.r, "a", "e", "i", "o", "u", "ai", "ea", "oo"))
		b.WriteString(pick(t.r, "", "", "n", "r", "l", "s", "th", "nd"))
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

func (t *town) anyName() string { return t.names[t.name.Uint64()] }

// page makes a page of n sections about one service in one place.
func (t *town) page(n int) page {
	s := subject{t.anyName(), things[t.thing.Uint64()] + " " + kinds[t.kind.Uint64()]}
	t.subjects = append(t.subjects, s)
	p := page{title: strings.ToUpper(s.service[:1]) + s.service[1:] + " in " + s.name}
	for _, h := range t.r.Perm(len(headings))[:n] {
		p.sections = append(p.sections, section{fmt.Sprintf(headings[h], s.service, s.name), t.text(s)})
	}
	return p
}

// text makes a paragraph of eight sentences.
func (t *town) text(s subject) string {
	var all []string
	for _, i := range t.r.Perm(len(sentences))[:8] {
		name := s.name
		if t.r.IntN(3) == 0 {
			name = t.anyName()
		}
		all = append(all, strings.NewReplacer("{service}", s.service, "{place}", name, "{name}", t.anyName(),
			"{dollars}", t.number(5, 200), "{days}", t.number(3, 90), "{few}", t.number(2, 9), "{number}", t.number(10, 90),
		).Replace(sentences[i]))
	}
	return strings.Join(all, " ")
}

// number returns one of n numbers from the first.
func (t *town) number(first, n int) string { return strconv.Itoa(first + t.r.IntN(n)) }

// conversation returns five questions: three that stand alone and two that lean on
// the one before.
func (t *town) conversation() []string {
	var all []string
	for range 3 {
		s := t.subjects[t.r.IntN(len(t.subjects))]
		all = append(all, fmt.Sprintf(questions[t.r.IntN(len(questions))], s.service, s.name))
		if len(all) == 1 || len(all) == 3 {
			all = append(all, followUps[t.r.IntN(len(followUps))])
		}
	}
	return all
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }
