// Package date reads the dates of header fields (RFC 5322 section 3.3) as mail has them: with names of zones, comments,
// two-digit years, and other things in another order. It is linear and allocates nothing.
package date

import (
	"strings"
	"time"
)

// Problem is a set of things that are wrong with a date.
type Problem uint8

// The problems.
const (
	Unreadable Problem = 1 << iota // no day, month, year or time of day could be made out; the time is zero
	Range                          // a number that no calendar or clock has (day 32, 25 o'clock, zone +9900)
	NoZone                         // no zone, or a name that nobody knows: taken for UTC
	Weekday                        // the day of the week is another one
	Form                           // not written as RFC 5322 says, obsolete forms included
)

// maxLength bounds the bytes that are looked at; a proper date has 31.
const maxLength = 500

// Parse reads a date and says what is wrong with it. The time is in UTC; it is zero if the date is Unreadable.
func Parse(s string) (time.Time, Problem) {
	p := parser{s: s[:min(len(s), maxLength)], day: -1, year: -1, hour: -1, weekday: -1}
	for p.skip(); p.i < len(p.s); p.skip() {
		p.token()
	}
	return p.time()
}

type parser struct {
	s                          string
	i                          int
	year, day                  int // -1: not seen
	month                      time.Month
	hour, minute, sec, weekday int
	zone                       int // seconds east of UTC
	hasZone, pm, am            bool
	problems                   Problem
}

// skip goes over white space, commas and comments.
func (p *parser) skip() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\r', '\n', ',':
			p.i++
		case '(':
			p.comment()
		default:
			return
		}
	}
}

func (p *parser) comment() {
	depth := 0
	for ; p.i < len(p.s); p.i++ {
		switch p.s[p.i] {
		case '\\':
			p.i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.i++
				return
			}
		}
	}
}

// token reads one piece: a word, a number, a clock, a zone.
func (p *parser) token() {
	c := p.s[p.i]
	switch {
	case isDigit(c):
		p.number()
	case isLetter(c):
		p.word()
	case (c == '+' || c == '-') && p.hour >= 0 && p.i+1 < len(p.s) && isDigit(p.s[p.i+1]):
		p.offset()
	default: // a dash, a slash, whatever
		p.i++
		p.problems |= Form
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

// digits reads a number; n is how many digits it has. More than nine are no number of a date.
func (p *parser) digits() (value, n int) {
	for ; p.i < len(p.s) && isDigit(p.s[p.i]); p.i++ {
		if n++; n <= 9 {
			value = value*10 + int(p.s[p.i]-'0')
		}
	}
	return value, n
}

func (p *parser) number() {
	value, n := p.digits()
	if p.i < len(p.s) && p.s[p.i] == ':' && p.hour < 0 {
		p.hour = value
		p.clock()
		return
	}
	switch {
	case n == 4 && p.year < 0:
		p.year = value
		p.iso()
	case n <= 2 && p.day < 0:
		p.day = value
	case n <= 3 && p.year < 0 && p.day >= 0: // RFC 5322 section 4.3: two and three digits
		p.year = obsoleteYear(value, n)
		p.problems |= Form
	default:
		p.problems |= Form
	}
}

func obsoleteYear(value, n int) int {
	if n < 3 && value < 50 {
		return 2000 + value
	}
	return 1900 + value
}

// iso reads -MM-DD behind a year.
func (p *parser) iso() {
	if p.month != 0 || p.day >= 0 || p.i+1 >= len(p.s) || p.s[p.i] != '-' || !isDigit(p.s[p.i+1]) {
		return
	}
	p.problems |= Form
	p.i++
	month, _ := p.digits()
	if month < 1 || month > 12 {
		p.problems |= Range
		return
	}
	p.month = time.Month(month)
	if p.i+1 < len(p.s) && p.s[p.i] == '-' && isDigit(p.s[p.i+1]) {
		p.i++
		p.day, _ = p.digits()
	}
	if p.i < len(p.s) && p.s[p.i]|0x20 == 't' {
		p.i++
	}
}

// clock reads :MM[:SS[.fraction]] behind an hour.
func (p *parser) clock() {
	p.i++
	p.minute, _ = p.digits()
	if p.i < len(p.s) && p.s[p.i] == ':' {
		p.i++
		p.sec, _ = p.digits()
	}
	if p.i+1 < len(p.s) && p.s[p.i] == '.' && isDigit(p.s[p.i+1]) {
		p.i++
		p.digits()
		p.problems |= Form
	}
}

// offset reads +HHMM or +HH:MM.
func (p *parser) offset() {
	sign := 1
	if p.s[p.i] == '-' {
		sign = -1
	}
	p.i++
	value, n := p.digits()
	if n <= 2 && p.i+1 < len(p.s) && p.s[p.i] == ':' {
		p.i++
		minutes, _ := p.digits()
		value = value*100 + minutes
		p.problems |= Form
	}
	if p.hasZone {
		return
	}
	if p.hasZone = true; n > 4 || value/100 > 15 || value%100 > 59 {
		p.problems |= Range
		return
	}
	p.zone = sign * (value/100*3600 + value%100*60)
}

func (p *parser) word() {
	start := p.i
	for p.i < len(p.s) && isLetter(p.s[p.i]) {
		p.i++
	}
	w := p.s[start:p.i]
	switch {
	case len(w) >= 3 && p.month == 0 && nameIndex(months, w) >= 0:
		p.month = time.Month(nameIndex(months, w) + 1)
	case len(w) >= 3 && p.weekday < 0 && nameIndex(weekdays, w) >= 0:
		p.weekday = nameIndex(weekdays, w)
	case strings.EqualFold(w, "am"):
		p.am, p.problems = true, p.problems|Form
	case strings.EqualFold(w, "pm"):
		p.pm, p.problems = true, p.problems|Form
	case p.hour >= 0 && !p.hasZone:
		p.zoneName(w)
	default:
		p.problems |= Form
	}
}

const (
	months   = "janfebmaraprmayjunjulaugsepoctnovdec"
	weekdays = "sunmontuewedthufrisat"
)

// nameIndex finds the first three letters of a word in a row of names; -1: it is none.
func nameIndex(names, word string) int {
	for i := 0; i < len(names); i += 3 {
		if strings.EqualFold(names[i:i+3], word[:3]) {
			return i / 3
		}
	}
	return -1
}

// zoneName reads the names that RFC 5322 section 4.3 has, and some more that mail has.
func (p *parser) zoneName(w string) {
	p.hasZone = true
	for _, z := range zones {
		if strings.EqualFold(z.name, w) {
			p.zone = z.hours * 3600
			return
		}
	}
	p.problems |= NoZone
}

var zones = [...]struct {
	name  string
	hours int
}{
	{"GMT", 0}, {"UT", 0}, {"UTC", 0}, {"Z", 0}, {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7},
	{"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"CET", 1}, {"CEST", 2}, {"MET", 1}, {"MEST", 2}, {"BST", 1}, {"WET", 0},
	{"WEST", 1}, {"EET", 2}, {"EEST", 3}, {"MSK", 3}, {"JST", 9}, {"KST", 9},
}

// time puts the pieces together.
func (p *parser) time() (time.Time, Problem) {
	if p.year < 0 || p.month == 0 || p.day < 0 || p.hour < 0 {
		return time.Time{}, p.problems | Unreadable
	}
	if p.pm && p.hour < 12 {
		p.hour += 12
	}
	if p.am && p.hour == 12 {
		p.hour = 0
	}
	if p.day < 1 || p.day > 31 || p.hour > 23 || p.minute > 59 || p.sec > 60 || p.year < 1900 {
		return time.Time{}, p.problems | Range | Unreadable
	}
	if !p.hasZone {
		p.problems |= NoZone
	}
	local := time.Date(p.year, p.month, p.day, p.hour, p.minute, p.sec, 0, time.UTC)
	if local.Day() != p.day {
		p.problems |= Range
	}
	if p.weekday >= 0 && int(local.Weekday()) != p.weekday {
		p.problems |= Weekday
	}
	return local.Add(-time.Duration(p.zone) * time.Second), p.problems
}
