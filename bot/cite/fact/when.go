package fact

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	isoDate  = regexp.MustCompile(`^(?:(\d{4})-(\d{2})-(\d{2})|--(\d{2})-(\d{2})|(\d{4})-(\d{2})|--(\d{2}))`)
	dayMonth = regexp.MustCompile(`^(\d{1,2})([/.])(\d{1,2})([/.])(\d{4})`)
	twelve   = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2}))? ?([ap])(?:m|\.m|\. m)\b\.?`)
	full     = regexp.MustCompile(`^(\d{1,2}):(\d{2})`)
	hours    = regexp.MustCompile(`^(\d{1,2}) ?h(?: ?(\d{2}))?\b`)
	oclock   = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2}))? ?(?:uhr|o'clock)\b`)
)

func pad(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// rest returns the text from the current token on, as far as one fact goes: so the
// time that a text takes grows with its length and not with its square.
func (s *scanner) rest() string {
	from := s.tokens[s.at].start
	return s.text[from:min(len(s.text), from+longest)]
}

// longest is the length in bytes of the longest link that is read whole.
const longest = 512

// numericDate reads canonical dates and those in digits.
func (s *scanner) numericDate() (Fact, int) {
	if m := isoDate.FindStringSubmatch(s.rest()); m != nil {
		if n := s.upTo(len(m[0])); n > 0 && valid(m[2]+m[4]+m[7]+m[8], m[3]+m[5]) {
			return Fact{Kind: Date, Value: m[0]}, n
		}
	}
	m := dayMonth.FindStringSubmatch(s.rest())
	if m == nil || m[2] != m[4] {
		return Fact{}, 0
	}
	n, day, month := s.upTo(len(m[0])), pad(m[1]), pad(m[3])
	switch {
	case n == 0:
		return Fact{}, 0
	case s.language == "es" || s.language == "fr" || s.language == "de" || m[2] == "." || day > "12":
	case month > "12":
		day, month = month, day
	default: // may be read two ways
		return Fact{Kind: Date, Value: day + "/" + month + "/" + m[5]}, n
	}
	if !valid(month, day) {
		return Fact{}, 0
	}
	return Fact{Kind: Date, Value: m[5] + "-" + month + "-" + day}, n
}

// valid reports whether a month and, where it is given, a day are among those
// that there are.
func valid(month, day string) bool {
	return month >= "01" && month <= "12" && (day == "" || day >= "01" && day <= "31")
}

// wordDate reads "1 March 2026", "1st of March", "1 de marzo de 2026", "March 1,
// 2026".
func (s *scanner) wordDate() (Fact, int) {
	if day, n := s.day(0); n > 0 {
		skip := s.skips(n)
		if month, k := s.monthName(n + skip); k > 0 {
			return s.withYear(month, day, n+skip+k)
		}
	}
	if month, k := s.monthName(0); k > 0 {
		if day, n := s.day(k + s.skips(k)); n > 0 {
			return s.withYear(month, day, k+s.skips(k)+n)
		}
	}
	return Fact{}, 0
}

// skips counts the small words n tokens on that dates are put together with.
func (s *scanner) skips(n int) int {
	if s.table["skip"][s.word(n)] != "" {
		return 1
	}
	return 0
}

// day reads a day of the month, n tokens on.
func (s *scanner) day(n int) (string, int) {
	w := s.word(n)
	if v, err := strconv.Atoi(w); err == nil && v >= 1 && v <= 31 && len(w) <= 2 {
		length := 1
		if next := s.word(n + 1); next == "." && s.language == "de" || s.adjoins(n) && ordinals.MatchString(w+next) {
			length = 2
		}
		if s.adjoins(n+length-1) && strings.ContainsAny(s.word(n+length), ":/%") {
			return "", 0
		}
		return pad(w), length
	}
	if name, k := s.lookup("ordinals", n); k > 0 {
		return pad(name), k
	}
	return "", 0
}

// adjoins reports whether the token after the one n places on follows without a
// space.
func (s *scanner) adjoins(n int) bool {
	i := s.at + n
	return i+1 < len(s.tokens) && s.tokens[i].end == s.tokens[i+1].start
}

// monthName reads a month, n tokens on. In English and German it begins with a
// capital, or it is another word.
func (s *scanner) monthName(n int) (string, int) {
	name, k := s.lookup("months", n)
	if k == 0 {
		return "", 0
	}
	first := s.text[s.tokens[s.at+n].start]
	if (s.language == "en" || s.language == "de") && (first < 'A' || first > 'Z') {
		return "", 0
	}
	if s.word(n+k) == "." && s.adjoins(n) && len(s.word(n)) <= 4 && s.word(n) != "may" {
		k++
	}
	return pad(name), k
}

// withYear completes a date whose day and month take n tokens.
func (s *scanner) withYear(month, day string, n int) (Fact, int) {
	skip := s.skips(n)
	if s.word(n) == "," {
		skip = 1
	}
	if y := s.word(n + skip); year(y) {
		return Fact{Kind: Date, Value: y + "-" + month + "-" + day}, n + skip + 1
	}
	return Fact{Kind: Date, Value: "--" + month + "-" + day}, n
}

func year(w string) bool { return len(w) == 4 && w >= "1000" && w <= "2999" }

// month reads a month that stands without a day: "in May", "May 2026".
func (s *scanner) month() (Fact, int) {
	month, k := s.monthName(0)
	if k == 0 {
		return Fact{}, 0
	}
	skip := s.skips(k)
	if y := s.word(k + skip); year(y) {
		return Fact{Kind: Date, Value: y + "-" + month}, k + skip + 1
	}
	if s.language == "en" && (s.word(0) == "may" || s.word(0) == "march") && s.starts() {
		return Fact{}, 0
	}
	return Fact{Kind: Date, Value: "--" + month}, k
}

// starts reports that the current token begins a sentence or a cell.
func (s *scanner) starts() bool {
	return s.at == 0 || strings.ContainsAny(s.word(-1), ".!?:|\"")
}

// clock reads a time of day.
func (s *scanner) clock() (Fact, int) {
	rest := strings.ToLower(s.rest()[:min(len(s.rest()), 40)])
	if m := twelve.FindStringSubmatch(rest); m != nil {
		if hour, err := strconv.Atoi(m[1]); err == nil && hour >= 1 && hour <= 12 {
			hour %= 12
			if m[3] == "p" {
				hour += 12
			}
			return s.at24(strconv.Itoa(hour), m[2], m[0])
		}
	}
	for _, form := range []*regexp.Regexp{oclock, full, hours} {
		if m := form.FindStringSubmatch(rest); m != nil {
			return s.at24(m[1], m[2], m[0])
		}
	}
	if name, n := s.lookup("times", 0); n > 0 {
		return Fact{Kind: Time, Value: name}, n
	}
	return Fact{}, 0
}

func (s *scanner) at24(hour, minute, all string) (Fact, int) {
	n := s.upTo(len(all))
	if n == 0 && strings.HasSuffix(all, ".") {
		n = s.upTo(len(all) - 1)
	}
	hour, minute = pad(hour), pad(minute)
	if minute == "" {
		minute = "00"
	}
	if n == 0 || hour > "24" || minute > "59" {
		return Fact{}, 0
	}
	return Fact{Kind: Time, Value: hour + ":" + minute}, n
}

// named reads the days of the week.
func (s *scanner) named() (Fact, int) {
	// Canonical names take three tokens: weekday, "-", number.
	name, n := s.lookup("weekdays", 0)
	return Fact{Kind: Weekday, Value: name}, n
}
