package dnsbl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/filters"
	"weir/filters/dnslist"
	"weir/message"
	"weir/scoring"
)

// ErrNoAnswer says that lists were to be asked and none could be.
var ErrNoAnswer = errors.New("dnsbl: no list answered")

// Check asks about what has become known at this stage.
func (f *filter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	switch found.Stage() {
	case filters.Connect:
		return f.connect(ctx, &m.Client)
	case filters.Helo:
		return f.report(f.Ask(ctx, names(dnslist.Helo, m.Helo)))
	case filters.Sender:
		return f.report(f.Ask(ctx, sender(m)))
	}
	return f.header(ctx, m)
}

// connect asks about the client's address, and at the same time for its reverse names and then about these. Of the
// budget a quarter is for the reverse names, so that mail waits for one budget at most.
func (f *filter) connect(ctx context.Context, c *message.Client) (filters.Result, error) {
	byName := make(chan dnslist.Outcome, 1)
	go func() {
		in, cancel := context.WithTimeout(ctx, f.Budget/4)
		list := f.reverse(in, c)
		cancel()
		byName <- f.AskWithin(ctx, f.Budget*3/4, list)
	}()
	out := f.Ask(ctx, client(dnslist.Client, c.Addr))
	select {
	case names := <-byName:
		return f.report(out, names)
	case <-ctx.Done():
		return f.report(out)
	}
}

// header asks about the relays before the client. Where nobody knows the client (the scan of a file) it is the one who
// handed the mail to a server that can be believed.
func (f *filter) header(ctx context.Context, m *message.Message) (filters.Result, error) {
	trail, addr := m.Relays(), m.Client.Addr.Unmap()
	var subjects []dnslist.Subject
	if !addr.IsValid() {
		border, ok := trail.Border()
		if !ok || border.Auth {
			return filters.Result{}, nil
		}
		addr = border.Addr
		subjects = append(client(dnslist.Client, addr), names(dnslist.Helo, border.Helo)...)
		subjects = append(subjects, names(dnslist.RDNS, border.Name)...)
		if !m.HasFrom {
			subjects = append(subjects, returnPath(m)...)
		}
	}
	return f.report(f.Ask(ctx, append(subjects, f.relays(trail, addr)...)))
}

// returnPath is the sender's domain as the server that stored the mail noted it.
func returnPath(m *message.Message) []dnslist.Subject {
	path := strings.Trim(strings.TrimSpace(m.Value("Return-Path")), "<>")
	_, domain, _ := strings.Cut(path, "@")
	return names(dnslist.Sender, domain)
}

// report makes symbols of what the lists said.
func (f *filter) report(outs ...dnslist.Outcome) (filters.Result, error) {
	var all dnslist.Outcome
	for _, o := range outs {
		all.Listings, all.Missing = append(all.Listings, o.Listings...), append(all.Missing, o.Missing...)
		all.Answered, all.Failed = all.Answered+o.Answered, all.Failed+o.Failed
	}
	slices.Sort(all.Missing)
	missing := strings.Join(slices.Compact(all.Missing), ", ")
	if all.Answered == 0 && all.Failed > 0 {
		return filters.Result{}, fmt.Errorf("%w: %s", ErrNoAnswer, missing)
	}
	listings, further := split(all.Listings)
	hits := f.Hits(listings)
	if n, who := dnslist.Against(listings, dnslist.Client); n >= f.agree {
		hits = append(hits, scoring.Hit{Name: Several, Detail: who})
	}
	if further != "" {
		hits = append(hits, scoring.Hit{Name: Relay, Detail: further})
	}
	if missing != "" {
		hits = append(hits, scoring.Hit{Name: Partial, Detail: missing})
	}
	return filters.Result{Hits: hits}, nil
}

// split takes the relays' listings out, of which only codes count that say so: a home address that may send no mail
// itself is no wonder behind its provider's relay. An allow list says nothing for a relay, since anybody can write a
// Received field.
func split(all []dnslist.Listing) (rest []dnslist.Listing, further string) {
	var about []string
	for _, l := range all {
		switch {
		case l.Subject.Kind != dnslist.Relay:
			rest = append(rest, l)
		case l.Code.Relay && l.Code.Score > 0:
			about = append(about, l.Subject.Text+" "+l.Symbol)
		}
	}
	return rest, strings.Join(about, ", ")
}
