package headers

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/rules/ascii"
	"weir/rules/view"
)

// month is the twelfth part of a year, leap years included, in seconds.
const month = 31556952.0 / 12

// dates is what the fields of a mail say about when it was sent. All times are in seconds since 1970.
type dates struct {
	shift    int64 // how far Date is ahead of the Received field nearest to it; 0 if one of them is missing
	received int64 // when it came, as most fields say; 0 unknown
}

type datesKey struct{}

func datesOf(m *view.Mail) dates {
	return view.Once(m, datesKey{}, func() dates { return readDates(m) })
}

func readDates(m *view.Mail) (d dates) {
	sent, has := sentAt(m)
	times, fetched := receivedAt(m)
	d.shift = shift(sent, has, times)
	var all []int64
	if has {
		all = append(all, sent)
	}
	if len(times) > 0 {
		all = append(all, times[0])
	}
	if fetched > 0 {
		all = append(all, fetched)
	}
	if has && len(times) > 0 {
		all = append(all, sent-d.shift)
	}
	if len(all) > 0 {
		slices.SortFunc(all, func(a, b int64) int { return int(min(max(b-a, -1), 1)) })
		d.received = all[(len(all)-1)/2]
	}
	return d
}

// sentAt gives the time of Date, or of Resent-Date where there is one.
func sentAt(m *view.Mail) (t int64, ok bool) {
	for _, name := range [...]string{"Resent-Date", "Date"} {
		for _, v := range m.List(name) {
			if t, ok = when(strings.TrimSuffix(v, "\n")); ok {
				return t, true
			}
		}
	}
	return 0, false
}

// shift is the smallest difference between the date and those of the relays. The last relay is left out if it just took the
// date over.
func shift(sent int64, has bool, times []int64) int64 {
	if !has || len(times) == 0 {
		return 0
	}
	if n := len(times); n > 1 && times[n-1] == sent {
		times = times[:n-1]
	}
	best := sent - times[0]
	for _, t := range times[1:] {
		if abs(sent-t) < abs(best) {
			best = sent - t
		}
	}
	return best
}

func abs(n int64) int64 { return max(n, -n) }

var (
	locally   = regexp.MustCompile(`\bfrom (?:localhost\s|(?:\S+ ){1,2}\S*\b127\.0\.0\.1\b)`)
	byQmail   = regexp.MustCompile(`qmail \d+ invoked by uid \d+`)
	fetchmail = regexp.MustCompile(`\bby localhost with \w+ \(fetchmail-[\d.]+`)
)

// maxLines bounds the Received fields whose dates are read.
const maxLines = 200

// receivedAt gives the times of the Received fields, and the latest of those that were written when somebody fetched the mail
// from a mailbox; 0 none were.
func receivedAt(m *view.Mail) (times []int64, fetched int64) {
	var lines []string
	for _, v := range m.List("Received") {
		for l := range strings.SplitSeq(v, "\n") {
			if strings.TrimSpace(l) != "" && len(lines) < maxLines {
				lines = append(lines, l)
			}
		}
	}
	local, lines := fetchedLines(lines)
	for _, l := range local {
		if t, ok := lineTime(l); ok && m.Now.Unix() >= t {
			fetched = max(fetched, t)
		}
	}
	for _, l := range lines {
		if t, ok := lineTime(l); ok {
			times = append(times, t)
		}
	}
	return times, fetched
}

// fetchedLines parts the lines that tell of fetching from the others.
func fetchedLines(lines []string) (local, rest []string) {
	if len(lines) == 0 {
		return nil, nil
	}
	n := 0
	if strings.Contains(lines[0], "from ") && (strings.Contains(lines[0], "localhost") || strings.Contains(lines[0], "127.0.0.1")) && locally.MatchString(lines[0]) || strings.Contains(lines[0], "qmail ") && byQmail.MatchString(lines[0]) {
		n++
	}
	if n < len(lines) && strings.Contains(lines[n], "(fetchmail-") && fetchmail.MatchString(lines[n]) {
		return lines[:n+1], lines[n+1:]
	}
	return nil, lines
}

func lineTime(line string) (int64, bool) {
	if s := dated(line); s != "" {
		return when(s)
	}
	return 0, false
}

// dated cuts out of a line what a date is written like: white space, maybe another sign, and "9 Nov 2026 12:00:00 +0000".
func dated(line string) string {
	for i := range len(line) {
		if !ascii.Space(line[i]) || line[i] == '\v' || i+1 == len(line) {
			continue
		}
		_, sign := utf8.DecodeRuneInString(line[i+1:])
		for _, skip := range [2]int{sign, 0} {
			if n := shape(line[i+1+skip:], dateShape); n > 0 {
				return line[i : i+1+skip+n]
			}
		}
	}
	return ""
}

// dateShape is what a date is written like: d stands for digits, x for three signs that are no white space, * for any number of
// them.
const dateShape = "d x d d:d:d *"

// shape gives the length of what a text begins with that is written so; 0: it does not.
func shape(text, like string) int {
	at := 0
	for i := range len(like) {
		from := at
		switch like[i] {
		case 'd':
			for at < len(text) && ascii.Digit(text[at]) {
				at++
			}
		case 'x':
			for range 3 {
				if at == len(text) || ascii.Space(text[at]) {
					return 0
				}
				_, size := utf8.DecodeRuneInString(text[at:])
				at += size
			}
		case '*':
			for at < len(text) && (!ascii.Space(text[at]) || text[at] == '\v') {
				at++
			}
		default:
			if at < len(text) && text[at] == like[i] {
				at++
			}
		}
		if at == from {
			return 0
		}
	}
	return at
}

// maxDate bounds the bytes of a text in which a date is looked for.
const maxDate = 64 << 10

// when reads a date out of a text: day, month and year that follow each other, or as in Unix, and a time of day and a zone
// anywhere. Numbers that no calendar has are put right.
func when(s string) (t int64, ok bool) {
	words := strings.FieldsFunc(s[:min(len(s), maxDate)], func(r rune) bool { return r == ',' || r == ' ' || r >= '\t' && r <= '\r' })
	day, mon, year, words := calendar(words)
	if mon == 0 {
		return 0, false
	}
	hour, minute, second, words := clock(words)
	east := zone(words)
	day, mon, year = proper(day, mon, year)
	if day == 0 {
		return 0, false
	}
	t = time.Date(year, time.Month(mon), day, hour, minute, second, 0, time.UTC).Unix()
	if east > 0 && t < east {
		return 0, true
	}
	return t - east, true
}

// calendar finds day, month and year, and takes them out. month is 0 where there are none.
func calendar(words []string) (day, mon, year int, rest []string) {
	for i := 0; i+2 < len(words); i++ {
		if m := monthOf(words[i+1]); m > 0 && digits(words[i]) && digits(words[i+2]) && len(words[i+2]) == 4 {
			return small(words[i]), m, small(words[i+2]), cut(words, i, 3)
		}
	}
	for i := 0; i+3 < len(words); i++ {
		if m := monthOf(words[i]); m > 0 && digits(words[i+1]) && unixClock(words[i+2]) && digits(words[i+3]) && len(words[i+3]) == 4 {
			return small(words[i+1]), m, small(words[i+3]), cut(words, i, 4)
		}
	}
	for i := 0; i+2 < len(words); i++ {
		if m, n := monthOf(words[i+1]), len(words[i+2]); m > 0 && digits(words[i]) && digits(words[i+2]) && (n == 2 || n == 3) {
			year = small(words[i+2])
			if year += 1900; n == 2 && year < 1950 {
				year += 100
			}
			return small(words[i]), m, year, cut(words, i, 3)
		}
	}
	return 0, 0, 0, words
}

func cut(words []string, i, n int) []string {
	return append(append(make([]string, 0, len(words)), words[:i]...), words[i+n:]...)
}

func unixClock(s string) bool {
	p := strings.Split(s, ":")
	return len(p) == 3 && digits(p[0]) && digits(p[1]) && digits(p[2])
}

// clock finds a time of day, and takes it out.
func clock(words []string) (hour, minute, second int, rest []string) {
	for i, w := range words {
		p := strings.Split(w, ":")
		if len(p) < 2 || len(p) > 3 || !digits(p[0]) || len(p[0]) > 2 || !digits(p[1]) || len(p[1]) != 2 {
			continue
		}
		if len(p) == 3 {
			if !digits(p[2]) || len(p[2]) != 2 {
				continue
			}
			second = min(small(p[2]), 59)
		}
		return min(small(p[0]), 23), min(small(p[1]), 59), second, cut(words, i, 1)
	}
	return 0, 0, 0, words
}

// zone finds a zone and gives its seconds east of UTC.
func zone(words []string) int64 {
	for _, w := range words {
		if len(w) == 5 && (w[0] == '+' || w[0] == '-') && digits(w[1:]) {
			n := small(w[1:])
			east := int64(n/100*60+n%100) * 60
			if w[0] == '-' {
				east = -east
			}
			return east
		}
	}
	return zones[zoneName(words)]
}

var zoneWord = regexp.MustCompile(`\b[A-Z]{2,4}(?:-DST)?\b`)

func zoneName(words []string) string {
	for _, w := range words {
		if n := zoneWord.FindString(w); n != "" {
			return n
		}
	}
	return ""
}

// proper makes a date that the calendar has, between 1970 and 2037.
func proper(day, mon, year int) (d, m, y int) {
	if day > time.Date(year, time.Month(mon)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		if day, mon = 1, mon+1; mon > 12 {
			mon, year = 1, year+1
		}
	}
	return day, mon, min(max(year, 1970), 2037)
}

func monthOf(s string) int {
	if len(s) != 3 {
		return 0
	}
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(s))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// small reads digits; a number of more than nine is large.
func small(s string) int {
	n := 0
	for i := 0; i < len(s) && n < 100_000_000; i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// zones are the names of zones that mail has had, in seconds east of UTC.
var zones = map[string]int64{
	"UT": 0, "UTC": 0, "GMT": 0, "WET": 0,
	"NDT": -9000, "NST": -12600, "AST": -14400, "ADT": -10800, "EST": -18000, "EDT": -14400, "CST": -21600, "CDT": -18000,
	"MST": -25200, "MDT": -21600, "PST": -28800, "PDT": -25200, "AKST": -32400, "AKDT": -28800, "HST": -36000, "HAST": -36000, "HADT": -32400,
	"BST": 3600, "IST": 3600, "WEST": 3600, "CET": 3600, "MET": 3600, "MEZ": 3600, "CEST": 7200, "MEST": 7200, "MESZ": 7200,
	"EET": 7200, "EEST": 10800, "MSK": 10800, "MSD": 14400, "IDT": 10800, "BRST": -7200, "BRT": -10800,
	"AWST": 28800, "ACST": 34200, "ACDT": 37800, "AEST": 36000, "AEDT": 39600, "NZST": 43200, "NZDT": 46800,
	"JST": 32400, "KST": 32400, "HKT": 28800, "SGT": 28800, "PHT": 28800,
}
