package scanner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"weir/filters"
)

// Kinds of troubles, beside those of a scanner's health.
const (
	Off   = "off"   // no scanner is asked
	Old   = "old"   // its database is too old
	Blind = "blind" // it does not find the EICAR test file
)

// Names lists the scanners, for a person.
func (p *Pool) Names() string {
	var names []string
	for _, b := range p.backends {
		names = append(names, b.Name)
	}
	return strings.Join(names, ", ")
}

// Troubles lists the scanners that are not well, and those whose database is too old.
func (p *Pool) Troubles() (all []filters.Trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.backends {
		if t := p.troubleLocked(b); t.Kind != "" {
			all = append(all, t)
		}
	}
	return all
}

// troubleLocked puts a scanner's state into words. One without a Kind is well.
func (p *Pool) troubleLocked(b *backend) filters.Trouble {
	h := &b.health
	t := filters.Trouble{Subject: b.Name, Since: h.since}
	switch {
	case !h.hopeful():
		t.Kind = stateWords[h.state]
		t.Text = fmt.Sprintf("%s %s %s. Seen: %s. Mail is not scanned unless another one is well; it is tried again by itself", p.What, b.Name, advice[h.state], h.detail)
	case p.oldLocked(h):
		t.Kind = Old
		t.Text = fmt.Sprintf("the database of %s %s is %s old (%s): new malware is not found. Is freshclam running?", p.What, b.Name, days(p.Clock().Sub(h.condition.Dated)), h.condition.Database)
	default:
		t.Text = fmt.Sprintf("%s %s is well: %s", p.What, b.Name, h.condition.Version)
	}
	return t
}

func days(d time.Duration) string {
	if n := int(d / (24 * time.Hour)); n != 1 {
		return fmt.Sprint(n, " days")
	}
	return "1 day"
}

// Probe tries every scanner now, and whether it finds what all of them find, and says how each is.
func (p *Pool) Probe(ctx context.Context) []filters.Trouble {
	p.probeAll(ctx)
	p.mu.Lock()
	all := make([]filters.Trouble, len(p.backends))
	for i, b := range p.backends {
		all[i] = p.troubleLocked(b)
	}
	p.mu.Unlock()
	for i, b := range p.backends {
		if all[i].Kind == "" {
			p.blind(ctx, b, &all[i])
		}
	}
	return all
}

// blind makes a trouble of a scanner that does not find the test file.
func (p *Pool) blind(ctx context.Context, b *backend, t *filters.Trouble) {
	ctx, cancel := context.WithTimeout(ctx, p.pace.limit)
	defer cancel()
	c, end, err := p.dial(ctx, b)
	var v Verdict
	if err == nil {
		defer end()
		v, err = p.Engine.Scan(c, &Piece{Name: "the EICAR test file", Body: EICAR()})
	}
	switch {
	case err != nil:
		t.Kind, t.Text = stateWords[failing], fmt.Sprintf("%s %s can't scan the EICAR test file: %v", p.What, b.Name, inTime(ctx, err))
	case v.State != Found:
		t.Kind, t.Text = Blind, fmt.Sprintf("%s %s answers, but does not find the EICAR test file: it has no database, or does not scan", p.What, b.Name)
	}
}

// Counts lists what each scanner answered about mail: clean, found, failed; and what was known already, under "remembered".
func (p *Pool) Counts() (all []filters.Count) {
	for _, b := range p.backends {
		all = append(all, b.counts.all(b.Name)...)
	}
	return append(all, p.cached.all("remembered")[:2]...)
}

func (c *counters) all(subject string) []filters.Count {
	return []filters.Count{{Subject: subject, Kind: "clean", N: c.clean.Load()}, {Subject: subject, Kind: "found", N: c.found.Load()},
		{Subject: subject, Kind: "failed", N: c.failed.Load()}}
}

// Gauges lists what is so now with each scanner: busy, scans under way; limit, how many it bears; database_age in
// seconds, where it tells.
func (p *Pool) Gauges() (all []filters.Gauge) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.backends {
		all = append(all, filters.Gauge{Subject: b.Name, Kind: "busy", Value: float64(b.busy)},
			filters.Gauge{Subject: b.Name, Kind: "limit", Value: float64(p.bears(b))})
		if c := &b.health.condition; !c.Dated.IsZero() {
			all = append(all, filters.Gauge{Subject: b.Name, Kind: "database_age", Text: c.Database, Value: p.Clock().Sub(c.Dated).Seconds()})
		}
	}
	return all
}
