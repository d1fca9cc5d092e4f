// Package known notes to whom our users write, and counts mail from those people as wanted.
//
// It notes pairs of addresses when outgoing mail is taken (or when somebody releases a mail from the quarantine), and
// the Message-ID of that mail. Incoming mail from such a person to that user is KNOWN_SENDER, if SPF, DKIM or DMARC
// prove the domain of the address in From: a forged address is worth nothing. An answer that names the Message-ID of a
// mail of ours (RFC 5322 section 3.6.4) is KNOWN_REPLY: who was not sent that mail can't know it.
package known

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// The symbols.
const (
	Sender   = "KNOWN_SENDER"
	House    = "KNOWN_HOUSE"
	Reply    = "KNOWN_REPLY"
	Unproved = "KNOWN_UNPROVED"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:  "known",
	Text:  "counts mail from people whom our users write to as wanted",
	Stage: filters.Summary,
	Symbols: []scoring.Symbol{
		{Name: Sender, Score: -3, Text: "The recipient has written to this sender, whose domain is proved."},
		{Name: House, Score: -1, Text: "Somebody here has written to this sender, whose domain is proved."},
		{Name: Reply, Score: -1.5, Text: "Answers a mail that was sent from here."},
		{Name: Unproved, Text: "The recipient has written to the address in From, but nothing proves that this mail comes from there."},
	},
	New: newFilter,
}

// Config is the table [filters.known].
type Config struct {
	Most int `toml:"most" comment:"recipients of one outgoing mail; of a mail to more of them nothing is noted"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config { return Config{Most: 30} }

// How long people and mails are remembered. What is used again stays longer.
var (
	pairs   = &filters.Family{Name: "known-pair", TTL: 180 * 24 * time.Hour, Budget: 1_000_000, Slide: true}
	house   = &filters.Family{Name: "known-house", TTL: 180 * 24 * time.Hour, Budget: 500_000, Slide: true}
	threads = &filters.Family{Name: "known-thread", TTL: 45 * 24 * time.Hour, Budget: 1_000_000}
)

const (
	maxRcpts   = 8 // recipients of one incoming mail that are looked up
	maxThreads = 4 // Message-IDs it refers to
)

type filter struct {
	Config
	store filters.Store // for Learn; nil: none
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{DefaultConfig(), env.Store}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if f.Most < 1 || f.Most > 1000 {
		return nil, fmt.Errorf("most must be from 1 to 1000")
	}
	return f, nil
}

// asked is what Ask returns.
type asked struct {
	author  string
	proved  bool
	pairs   []*filters.Sight
	house   *filters.Sight
	threads []*filters.Sight
}

// Ask looks the author up, for incoming mail.
func (f *filter) Ask(m *message.Message, found filters.Findings, b *filters.Batch) any {
	if m.Outgoing {
		return nil
	}
	a := &asked{}
	if list := m.Author(); len(list.Addresses) == 1 && !list.Ambiguous {
		a.author = list.Addresses[0].String()
		a.proved = found.Proves(list.Addresses[0].Domain)
		for _, rcpt := range m.Rcpts[:min(len(m.Rcpts), maxRcpts)] {
			a.pairs = append(a.pairs, b.Look(pairs, filters.Name{Who: a.author, With: rcpt}))
		}
		a.house = b.Look(house, filters.Name{Who: a.author})
	}
	for _, id := range references(m) {
		a.threads = append(a.threads, b.Look(threads, filters.Name{What: id}))
	}
	return a
}

// Check tells what was found.
func (f *filter) Check(_ context.Context, _ *message.Message, found filters.Findings) (filters.Result, error) {
	a, ok := found.Asked().(*asked)
	if !ok {
		return filters.Result{}, nil
	}
	pair, err := first(a.pairs)
	if err != nil {
		return filters.Result{}, err
	}
	thread, err := first(a.threads)
	if err != nil {
		return filters.Result{}, err
	}
	var hits []scoring.Hit
	if h := a.person(pair); h.Name != "" {
		hits = append(hits, h)
	}
	if thread != nil {
		hits = append(hits, scoring.Hit{Name: Reply, Detail: "to a mail of " + day(thread.First)})
	}
	return filters.Result{Hits: hits}, nil
}

// person tells how the author is known.
func (a *asked) person(pair *filters.Sight) scoring.Hit {
	switch {
	case pair != nil && a.proved:
		return scoring.Hit{Name: Sender, Detail: "last written to on " + day(pair.Last)}
	case pair != nil:
		return scoring.Hit{Name: Unproved}
	case a.house != nil && a.house.Times > 0 && a.proved:
		return scoring.Hit{Name: House, Detail: "last written to on " + day(a.house.Last)}
	}
	return scoring.Hit{}
}

// first gives the first of several that was seen; nil: none was.
func first(list []*filters.Sight) (*filters.Sight, error) {
	for _, s := range list {
		if s.Err != nil {
			return nil, s.Err
		}
		if s.Times > 0 {
			return s, nil
		}
	}
	return nil, nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Observe notes to whom an outgoing mail went. A mail that was refused, or looked like spam (a stolen account), makes
// nobody known; nor does one to very many.
func (f *filter) Observe(m *message.Message, _ filters.Findings, v filters.Verdict, b *filters.Batch) {
	if !m.Outgoing || !v.Taken || m.Envelope.From == "" || len(m.Rcpts) > f.Most || v.Required > 0 && v.Score >= v.Required {
		return
	}
	Note(b, m.Envelope.From, m.Rcpts...)
	if id := m.MessageID(); id != "" && len(id) < 1000 {
		b.Seen(threads, filters.Name{What: id})
	}
}

// Learn takes a recipient's word on a mail: who asks for it, as by a release from the quarantine, knows its author from
// now on, as if he had written to him; who calls it spam does not any more. It needs the envelope: without a recipient,
// or with several authors, there is nobody to know.
func (f *filter) Learn(ctx context.Context, m *message.Message, spam bool) error {
	author := m.Author()
	if len(m.Rcpts) == 0 || len(m.Rcpts) > f.Most || len(author.Addresses) != 1 || author.Ambiguous {
		return nil
	}
	if f.store == nil {
		return fmt.Errorf("known: %w: there is no store", filters.ErrStoreDown)
	}
	var b filters.Batch
	for _, user := range m.Rcpts {
		if spam {
			b.Drop(pairs, filters.Name{Who: author.Addresses[0].String(), With: user})
		} else {
			Note(&b, user, author.Addresses[0].String())
		}
	}
	if spam {
		b.Drop(house, filters.Name{Who: author.Addresses[0].String()})
	}
	if err := f.store.Do(ctx, &b); err != nil {
		return fmt.Errorf("known: %w", err)
	}
	return nil
}

// Note notes that a user of ours wrote to people, or asked for their mail.
func Note(b *filters.Batch, user string, people ...string) {
	for _, p := range people {
		b.Seen(pairs, filters.Name{Who: p, With: user})
		b.Seen(house, filters.Name{Who: p})
	}
}

// references lists the Message-IDs of In-Reply-To and the last of References.
func references(m *message.Message) (list []string) {
	for _, field := range [...]string{"In-Reply-To", "References"} {
		text := m.Value(field)
		for len(list) < maxThreads {
			open := strings.LastIndexByte(text, '<')
			if open < 0 {
				break
			}
			id, _, ok := strings.Cut(text[open+1:], ">")
			if ok && strings.ContainsRune(id, '@') && len(id) < 1000 && !slices.Contains(list, id) {
				list = append(list, id)
			}
			text = text[:open]
		}
	}
	return list
}
