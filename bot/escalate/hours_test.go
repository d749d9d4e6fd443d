package escalate

import (
	"testing"
	"time"
)

func chicago(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("Mon 2006-01-02 15:04", text, chicago(t))
	if err != nil || when.Format("Mon") != text[:3] {
		t.Fatal(text, err, when)
	}
	return when
}

func office(t testing.TB) Hours {
	t.Helper()
	h, err := ParseHours(map[string]string{"mon-thu": "08:30-12:00, 13:00-17:00", "fri": "08:30-12:00"}, chicago(t), []string{"2026-11-26", "12-25"})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHours(t *testing.T) {
	h := office(t)
	for _, c := range []struct {
		at, opens string
		work      time.Duration
		after     string
	}{
		{"Mon 2026-11-23 09:00", "Mon 2026-11-23 09:00", 2 * time.Hour, "Mon 2026-11-23 11:00"},
		{"Mon 2026-11-23 11:30", "Mon 2026-11-23 11:30", time.Hour, "Mon 2026-11-23 13:30"},
		{"Mon 2026-11-23 12:00", "Mon 2026-11-23 13:00", time.Hour, "Mon 2026-11-23 14:00"},
		{"Wed 2026-11-25 17:00", "Fri 2026-11-27 08:30", time.Hour, "Fri 2026-11-27 09:30"}, // Thanksgiving
		{"Fri 2026-11-27 11:00", "Fri 2026-11-27 11:00", 2 * time.Hour, "Mon 2026-11-30 09:30"},
		{"Sat 2026-10-31 23:00", "Mon 2026-11-02 08:30", 30 * time.Minute, "Mon 2026-11-02 09:00"}, // the clock goes back between
		{"Thu 2026-12-24 16:30", "Thu 2026-12-24 16:30", time.Hour, "Mon 2026-12-28 09:00"},
	} {
		if got := h.Opens(at(t, c.at)); !got.Equal(at(t, c.opens)) {
			t.Errorf("%s: opens %v, want %s", c.at, got, c.opens)
		}
		after := h.After(at(t, c.at), c.work)
		if !after.Equal(at(t, c.after)) {
			t.Errorf("%s and %v: %v, want %s", c.at, c.work, after, c.after)
		}
		if got := h.Between(at(t, c.at), after); got != c.work {
			t.Errorf("%s to %v: %v, want %v", c.at, after, got, c.work)
		}
	}
}

func TestHoursThatAreNone(t *testing.T) {
	var always Hours
	now := at(t, "Sun 2026-11-29 03:00")
	if !always.Open(now) || !always.After(now, time.Hour).Equal(now.Add(time.Hour)) {
		t.Error("without hours people are not always there")
	}
	h, err := ParseHours(nil, chicago(t), []string{"2026-11-29"})
	if err != nil || h.Open(now) || !h.Opens(now).Equal(at(t, "Mon 2026-11-30 00:00")) {
		t.Errorf("holidays alone: %v, %v", h.Opens(now), err)
	}
	for _, bad := range []map[string]string{
		{"monday": "08:00-09:00"}, {"mon": "9-17"}, {"mon": "17:00-09:00"}, {"mon": "09:00-12:00, 11:00-13:00"}, {"mon": ""}, {"mon-fri": "08:00-09:00", "tue": "08:00-09:00"},
	} {
		if _, err := ParseHours(bad, nil, nil); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	if _, err := ParseHours(nil, nil, []string{"Christmas"}); err == nil {
		t.Error("Christmas is taken")
	}
}

// Working time is the same however it is cut, and never passes while nobody works.
func FuzzHours(f *testing.F) {
	f.Add(int64(1795000000), int64(3600), int64(90000))
	f.Fuzz(func(t *testing.T, unix, first, second int64) {
		h := office(t)
		from := time.Unix(unix%4e9, 0)
		a, b := time.Duration(abs(first)%200_000)*time.Second, time.Duration(abs(second)%200_000)*time.Second
		if got, want := h.After(h.After(from, a), b), h.After(from, a+b); !got.Equal(want) {
			t.Errorf("%v + %v + %v: %v, at once %v", from, a, b, got, want)
		}
		if end := h.After(from, a); h.Between(from, end) != a {
			t.Errorf("%v to %v is %v, not %v", from, end, h.Between(from, end), a)
		}
		if opens := h.Opens(from); opens.Before(from) || !h.Open(opens) {
			t.Errorf("%v opens %v", from, opens)
		}
	})
}

func abs(n int64) int64 { return max(n, -(n + 1)) }
