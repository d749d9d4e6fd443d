// Package fact finds what can be checked to the letter in a text: numbers with
// their units, amounts of money, dates, times of day, telephone numbers, e-mail
// addresses and links. Each becomes a canonical value, so that "1 March" and
// "March 1st", "£1,000" and "1000 pounds", "9am" and "09:00" are the same.
//
// Nothing is computed: "24 months" is not "two years", and "15 cents" is not
// "$0.15". Decimal signs, names of months and units are those of the language, in
// words/*.txt. A date that may be read two ways ("03/04/2026" in English) stays
// as it is written. All functions are pure and never panic.
package fact

import (
	"slices"
	"strings"
)

// Kind says what a fact is.
type Kind string

// The kinds of facts.
const (
	Number  Kind = "number"  // Value is a whole number or a fraction in lowest terms
	Date    Kind = "date"    // Value is yyyy-mm-dd, --mm-dd, yyyy-mm or --mm
	Weekday Kind = "weekday" // Value is 1 (Monday) to 7
	Time    Kind = "time"    // Value is hh:mm
	Per     Kind = "per"     // Unit is what something is counted by: "a week"
	Phone   Kind = "phone"   // Value is the digits, with a leading +; also of any other digits that begin with 0
	Email   Kind = "email"
	Link    Kind = "link" // Value is the address without http(s)://
)

// Bound says which side of a value is meant.
type Bound string

// The bounds. None is the value itself.
const (
	None         Bound = ""
	AtMost       Bound = "up to"
	AtLeastBound       = "at least"
	Over         Bound = "more than"
	Under        Bound = "less than"
	Within       Bound = "within"
	Before       Bound = "before"
	After        Bound = "after"
	By           Bound = "by"
	From         Bound = "from"
	Until        Bound = "until"
	About        Bound = "about"
)

// Fact is one checkable thing in a text.
type Fact struct {
	Kind  Kind
	Value string
	// Unit is the canonical name of a number's unit; empty: it has none.
	Unit  string
	Bound Bound
	// Start and End are where it stands in the text, its unit included and its
	// bound not.
	Start, End int
	// From is where the words of its bound begin, and To where they end; Start and
	// End where it has none.
	From, To int
}

// String returns the fact in canonical form, which Find reads as the same fact in
// any language's text, but for Bound: that is in English.
func (f Fact) String() string {
	var b strings.Builder
	if f.Bound != None {
		b.WriteString(string(f.Bound) + " ")
	}
	switch f.Kind {
	case Per:
		b.WriteString("per " + f.Unit)
	case Phone:
		b.WriteString("tel:" + f.Value)
	case Weekday:
		b.WriteString("weekday-" + f.Value)
	default:
		b.WriteString(f.Value)
		if f.Unit != "" {
			b.WriteString(" " + f.Unit)
		}
	}
	return b.String()
}

// Like reports whether two facts can be told apart by their values alone: they
// are of one kind and unit.
func (f Fact) Like(o Fact) bool {
	return f.Kind == o.Kind && (f.Unit == o.Unit || f.Kind == Per)
}

// Money reports an amount in a currency.
func (f Fact) Money() bool {
	return f.Kind == Number && slices.Contains([]string{"usd", "gbp", "eur", "cent", "pence"}, f.Unit)
}

// Same reports whether o says what f says. A date may be less exact than the one
// that it rests on: f may leave out the year of o.
func (f Fact) Same(o Fact) bool {
	if f.Kind != o.Kind || f.Unit != o.Unit {
		return false
	}
	if f.Kind == Date {
		return partOf(f.Value, o.Value)
	}
	return f.Value == o.Value
}

// Bounded reports whether f is bounded as o is. "From" may come and go; any other
// bound may be neither added nor dropped.
func (f Fact) Bounded(o Fact) bool {
	open := func(b Bound) bool { return b == None || b == From }
	return f.Bound == o.Bound || open(f.Bound) && open(o.Bound)
}

// partOf reports whether every field of date a is in date b.
func partOf(a, b string) bool {
	if a == b {
		return true
	}
	ya, ma, da := fields(a)
	yb, mb, db := fields(b)
	return (ya == "" || ya == yb) && ma == mb && ma != "" && (da == "" || da == db)
}

// fields splits yyyy-mm-dd, --mm-dd, yyyy-mm and --mm; other texts have none.
func fields(d string) (year, month, day string) {
	if rest, ok := strings.CutPrefix(d, "--"); ok {
		month, day, _ = strings.Cut(rest, "-")
		return "", month, day
	}
	year, rest, ok := strings.Cut(d, "-")
	if !ok {
		return "", "", ""
	}
	month, day, _ = strings.Cut(rest, "-")
	return year, month, day
}
