// Package headers reports what is wrong with a message's header fields as a whole (RFC 5322 section 3.6): required
// ones missing, others given twice, dates that can't be, a From field that hides who wrote, fields forged in our name.
//
// How a field is written is the business of filters/mime and of the rules; here it is about what the fields say. Things
// that honest mail has too score 0.5 at most. No year is written down anywhere: dates are compared with the time at
// which the message reached us, so that the filter judges alike at any time.
package headers

import (
	"context"
	"strings"

	"weir/filters"
	"weir/filters/setting"
	"weir/message"
	"weir/scoring"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "headers",
	Text:    "reports missing, doubled, forged and contradictory header fields",
	Stage:   filters.Header,
	Symbols: symbols,
	New:     newFilter,
}

// Config is the table [filters.headers].
type Config struct {
	DateAhead  setting.Duration `toml:"date_ahead"`  // a Date further in the future is HEADERS_DATE_FUTURE
	DateBehind setting.Duration `toml:"date_behind"` // a Date further in the past is HEADERS_DATE_PAST
	FreeMail   []string         `toml:"free_mail"`   // domains of mail for everybody, beside those that are built in
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{DateAhead: setting.Duration(day), DateBehind: setting.Duration(30 * day), FreeMail: []string{}}
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	c := DefaultConfig()
	if err := decode(&c); err != nil {
		return nil, err
	}
	f := &filter{Config: c, freeMail: make(map[string]bool)}
	for _, d := range append(strings.Fields(freeMail), c.FreeMail...) {
		f.freeMail[strings.ToLower(d)] = true
	}
	return f, nil
}

type filter struct {
	Config
	freeMail map[string]bool
}

// Check looks at the header. A message without any data has nothing to report.
func (f *filter) Check(_ context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	if len(m.Raw) == 0 {
		return filters.Result{}, nil
	}
	c := check{filter: f, m: m}
	c.counts.read(m)
	c.required()
	c.date()
	c.excuse()
	c.doubled()
	c.from()
	c.replyTo()
	c.messageID()
	c.trace()
	c.own()
	return filters.Result{Hits: c.hits}, nil
}

// check is the work on one message.
type check struct {
	*filter
	m      *message.Message
	counts counts
	hits   []scoring.Hit
}

func (c *check) hit(symbol, detail string) {
	c.hits = append(c.hits, scoring.Hit{Name: symbol, Detail: printable(detail)})
}

// leniency is what the hits so far weigh in a delivery notice.
const leniency = 0.4

// excuse makes light of what is missing and of the dates in a delivery notice: programs that write nothing else write
// these, with little care and wrong clocks, and the null sender makes them easy to judge by other means.
func (c *check) excuse() {
	if len(c.hits) == 0 || !c.isNotice() {
		return
	}
	for i := range c.hits {
		c.hits[i].Weight = leniency
	}
}

// isNotice tells whether the message says that it is a delivery notice (RFC 3464, and those before it).
func (c *check) isNotice() bool {
	if c.m.HasFrom {
		return c.m.Envelope.From == ""
	}
	if c.m.Root != nil && c.m.Root.Type == "multipart/report" || c.m.Value("Return-Path") == "<>" {
		return true
	}
	for _, a := range c.m.From() {
		if strings.EqualFold(a.Local, "mailer-daemon") || strings.EqualFold(a.Local, "postmaster") {
			return true
		}
	}
	return false
}

// maxDetail bounds the text of a hit, in bytes.
const maxDetail = 200

// printable makes a text from a message fit for a log line: no control characters, not too long, proper UTF-8.
func printable(s string) string {
	s = s[:min(len(s), maxDetail)]
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || isOverride(r) {
			return '?'
		}
		return r
	}, s), "?")
}
