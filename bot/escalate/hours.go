package escalate

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are when a department's people work. The zero value is always.
type Hours struct {
	zone     *time.Location
	week     [7][]span // by time.Weekday
	holidays map[string]bool
}

// span is a part of a day, from and to in minutes after midnight by the clock on the wall.
type span struct{ from, to int }

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// horizon is how far ahead people are looked for.
const horizon = 60 // days

// ParseHours reads opening hours: days or ranges of days ("mon-fri", "sat") with spans
// ("08:30-12:00, 13:00-17:00"), in a time zone, but not on holidays ("2006-01-02", or
// "12-25" for each year). Without any day they are always. The errors name what is wrong.
func ParseHours(week map[string]string, zone *time.Location, holidays []string) (Hours, error) {
	h := Hours{zone: zone, holidays: map[string]bool{}}
	if h.zone == nil {
		h.zone = time.UTC
	}
	for days, text := range week {
		first, last, ranged := strings.Cut(strings.ToLower(strings.TrimSpace(days)), "-")
		from := slices.Index(dayNames, strings.TrimSpace(first))
		to := from
		if ranged {
			to = slices.Index(dayNames, strings.TrimSpace(last))
		}
		if from < 0 || to < 0 {
			return h, fmt.Errorf("%q are no days: write mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri", days)
		}
		spans, err := parseSpans(text)
		if err != nil {
			return h, err
		}
		for d := from; ; d = (d + 1) % 7 {
			if h.week[d] != nil {
				return h, fmt.Errorf("%s is given twice", dayNames[d])
			}
			h.week[d] = spans
			if d == to {
				break
			}
		}
	}
	for _, d := range holidays {
		_, err := time.Parse(time.DateOnly, d)
		if _, yearly := time.Parse("01-02", d); err != nil && yearly != nil {
			return h, fmt.Errorf("%q is no day: write 2026-12-25, or 12-25 for every year", d)
		}
		h.holidays[d] = true
	}
	return h, nil
}

func parseSpans(text string) ([]span, error) {
	var out []span
	for part := range strings.SplitSeq(text, ",") {
		from, to, ok := strings.Cut(strings.TrimSpace(part), "-")
		a, errA := minutes(from)
		b, errB := minutes(to)
		if !ok || errA != nil || errB != nil || a >= b || len(out) > 0 && a < out[len(out)-1].to {
			return nil, fmt.Errorf("%q are no hours: write them as 08:30-17:00, several in order and parted by commas", text)
		}
		out = append(out, span{a, b})
	}
	return out, nil
}

func minutes(clock string) (int, error) {
	clock = strings.TrimSpace(clock)
	if clock == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", clock)
	return t.Hour()*60 + t.Minute(), err
}

// always reports whether there are no hours.
func (h Hours) always() bool {
	for _, d := range h.week {
		if len(d) > 0 {
			return false
		}
	}
	return len(h.holidays) == 0
}

// Zone is the time zone that the hours are in.
func (h Hours) Zone() *time.Location {
	if h.zone == nil {
		return time.UTC
	}
	return h.zone
}

// Open reports whether people are there.
func (h Hours) Open(at time.Time) bool { return h.Opens(at).Equal(at) }

// Opens returns when people are there, at a time or next after it; the zero time where
// they are not within two months.
func (h Hours) Opens(at time.Time) time.Time {
	for from, to := range h.spans(at) {
		if to.After(at) {
			return later(at, from)
		}
	}
	return time.Time{}
}

// opened returns when people came on the day of a time; false: they are not there.
func (h Hours) opened(at time.Time) (time.Time, bool) {
	y, m, d := at.In(h.Zone()).Date()
	return h.Opens(time.Date(y, m, d, 0, 0, 0, 0, h.Zone())), h.Open(at)
}

// After returns when so much working time has passed since a time; the zero time where
// that is not within two months.
func (h Hours) After(at time.Time, work time.Duration) time.Time {
	for from, to := range h.spans(at) {
		begin := later(at, from)
		if left := to.Sub(begin); left > 0 {
			if work <= left {
				return begin.Add(work)
			}
			work -= left
		}
	}
	return time.Time{}
}

// Between returns how much working time lies between two times; zero where to is not
// after from.
func (h Hours) Between(from, to time.Time) time.Duration {
	sum := time.Duration(0)
	for a, b := range h.spans(from) {
		if !a.Before(to) {
			break
		}
		if d := earlier(b, to).Sub(later(a, from)); d > 0 {
			sum += d
		}
	}
	return sum
}

// spans yields when people work, from the day of a time on, for two months. By the
// clock on the wall: a day on which it is changed has its usual hours.
func (h Hours) spans(at time.Time) func(yield func(from, to time.Time) bool) {
	return func(yield func(from, to time.Time) bool) {
		if h.always() {
			yield(at, at.AddDate(0, 0, horizon))
			return
		}
		y, m, d := at.In(h.Zone()).Date()
		for i := range horizon {
			day := time.Date(y, m, d+i, 0, 0, 0, 0, h.Zone())
			if h.holidays[day.Format(time.DateOnly)] || h.holidays[day.Format("01-02")] {
				continue
			}
			hours := h.week[day.Weekday()]
			if h.unset() {
				hours = []span{{0, 24 * 60}}
			}
			for _, s := range hours {
				from := time.Date(y, m, d+i, 0, s.from, 0, 0, h.Zone())
				if !yield(from, time.Date(y, m, d+i, 0, s.to, 0, 0, h.Zone())) {
					return
				}
			}
		}
	}
}

// unset reports whether no day has hours: then each has all.
func (h Hours) unset() bool {
	return !slices.ContainsFunc(h.week[:], func(d []span) bool { return len(d) > 0 })
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
