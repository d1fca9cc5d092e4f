package filtertest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// earlier is a mail that came before the one of the case: the same mail, with what its line says changed.
type earlier struct {
	ago     time.Duration
	times   int
	changes [][2]string // keys of the envelope
	verdict filters.Verdict
	action  scoring.Action
}

// parseEarlier reads lines "10m x3 action=reject score=9 from=joe@example.org": how long before the case's own mail, how
// often, and what differs. Keys are those of the envelope, and action, score and refused (the client was not told 2xx).
func parseEarlier(data string) (list []earlier, err error) {
	for line := range strings.Lines(data) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		e := earlier{times: 1, verdict: filters.Verdict{Required: 5, Taken: true}}
		if e.ago, err = time.ParseDuration(words[0]); err != nil {
			return nil, err
		}
		for _, w := range words[1:] {
			if err := e.word(w); err != nil {
				return nil, fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
			}
		}
		list = append(list, e)
	}
	return list, nil
}

func (e *earlier) word(w string) (err error) {
	key, value, ok := strings.Cut(w, "=")
	switch {
	case !ok && w[0] == 'x':
		e.times, err = strconv.Atoi(w[1:])
	case key == "action":
		err = e.action.UnmarshalText([]byte(value))
	case key == "score":
		e.verdict.Score, err = strconv.ParseFloat(value, 64)
	case key == "refused":
		e.verdict.Taken = false
	default:
		e.changes = append(e.changes, [2]string{key, strings.ReplaceAll(value, "_", " ")})
	}
	return err
}

// live lets the earlier mails happen, with the store's clock set to their times.
func (c *testCase) live(t *testing.T, f filters.Filter) {
	t.Helper()
	now := c.env.Time
	for _, e := range c.earlier {
		for n := range e.times {
			past := *c
			past.env.Rcpts, past.auth = slices.Clone(c.env.Rcpts), slices.Clone(c.auth)
			past.env.Time = now.Add(-e.ago + time.Duration(n)*time.Second)
			if err := past.change(e.changes); err != nil {
				t.Fatal(err)
			}
			c.clock = past.env.Time
			past.pass(t, f, c.store, e)
		}
	}
	c.clock = now
}

// change sets keys of the envelope; rcpt replaces the recipients, proved=DOMAIN (or none) what was proved.
func (c *testCase) change(list [][2]string) error {
	for _, kv := range list {
		switch kv[0] {
		case "rcpt":
			c.env.Rcpts = nil
		case "proved":
			c.auth = nil
			if kv[1] == "none" {
				continue
			}
			kv = [2]string{"auth-result", "dkim pass " + kv[1]}
		}
		if err := c.set(kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

// pass sends one mail through the filter and tells it what became of it.
func (c *testCase) pass(t *testing.T, f filters.Filter, s *Store, e earlier) {
	t.Helper()
	m, found := c.message(), c.findings()
	found = Ask(f, m, found, s)
	if _, err := f.Check(context.Background(), m, found); err != nil {
		t.Fatalf("an earlier mail: %v", err)
	}
	v := e.verdict
	v.Time = c.env.Time
	for _, rcpt := range c.env.Rcpts {
		v.Rcpts = append(v.Rcpts, filters.RcptVerdict{Rcpt: rcpt, Action: e.action, Would: e.action})
	}
	Observe(f, m, found, v, s)
}

// Ask lets a filter put its questions to a store, as the gateway does before the Summary stage.
func Ask(f filters.Filter, m *message.Message, found filters.Findings, s filters.Store) filters.Findings {
	a, ok := f.(filters.Asker)
	if !ok || s == nil {
		return found
	}
	var b filters.Batch
	asked := a.Ask(m, found, &b)
	_ = s.Do(context.Background(), &b)
	return found.With(asked)
}

// Observe tells a filter what became of a message, and notes what it wants noted.
func Observe(f filters.Filter, m *message.Message, found filters.Findings, v filters.Verdict, s filters.Store) {
	if o, ok := f.(filters.Observer); ok {
		var b filters.Batch
		o.Observe(m, found, v, &b)
		_ = s.Do(context.Background(), &b)
	}
}
