package urlbl

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/filters"
	"weir/filters/dnslist"
	"weir/message"
	"weir/message/part"
	"weir/scoring"
)

// ErrNoAnswer says that lists were to be asked and none could be.
var ErrNoAnswer = errors.New("urlbl: no list answered")

// Check asks about all at once. Hosts whose addresses are to be asked about are looked up meanwhile.
func (f *filter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	if len(m.Raw) == 0 {
		return filters.Result{}, nil
	}
	g := f.gather(m)
	if found.Stage() == filters.Data {
		if g = f.further(g, found.Attached().Links); g.empty() {
			return filters.Result{}, nil
		}
		m = message.New(m.Envelope, message.Options{}) // its files were asked about
	}
	hosts, many := g.hosts.pick(f.fewer())
	byAddress := f.askAddresses(ctx, hosts)
	list, left := f.subjects(g, m)
	out := f.Ask(ctx, list)
	var further dnslist.Outcome
	if byAddress != nil {
		select {
		case further = <-byAddress:
		case <-ctx.Done():
		}
	}
	many = left || out.Left || many && (f.Asks(dnslist.Host) || f.Asks(dnslist.Address))
	return f.report(out, further, many)
}

// fewer is how many things other than domains are asked about.
func (f *filter) fewer() int { return max(f.most/3, 1) }

// subjects picks what to ask about, of the kinds that a list is asked about.
func (f *filter) subjects(g *material, m *message.Message) (all []dnslist.Subject, left bool) {
	for _, one := range []struct {
		kind dnslist.Kind
		from *gathering
		most int
	}{{dnslist.Domain, &g.domains, f.most}, {dnslist.IP, &g.ips, f.fewer()}, {dnslist.Host, &g.hosts, f.fewer()}, {dnslist.Email, &g.emails, f.fewer()}} {
		if !f.Asks(one.kind) {
			continue
		}
		texts, over := one.from.pick(one.most)
		all, left = append(all, subjects(one.kind, texts)...), left || over
	}
	if f.Asks(dnslist.File) {
		list, over := files(m, f.fewer())
		all, left = append(all, list...), left || over
	}
	return all, left
}

// files are the attached files, the first ones of all readings of the message.
func files(m *message.Message, most int) (all []dnslist.Subject, left bool) {
	for _, p := range m.Parts() {
		if !isFile(p) || len(p.Body()) == 0 {
			continue
		}
		if len(all) == most {
			return all, true
		}
		name := strings.Map(printable, p.FileName)
		if name == "" {
			name = p.Type
		}
		all = append(all, dnslist.Subject{Kind: dnslist.File, Text: name[:min(len(name), 60)], Data: p.Body()})
	}
	return all, false
}

func printable(r rune) rune {
	if r < ' ' || r >= 0x7f {
		return '?'
	}
	return r
}

// isFile tells whether a part is a file and no text that the reader sees.
func isFile(p *part.Part) bool {
	return p.IsLeaf() && !p.Unscanned && (p.FileName != "" || p.Disposition == "attachment" || !p.IsText())
}

// askAddresses looks the addresses of hosts up and asks about them, where a list wants that; nil: none does. Half of the
// budget is for the addresses: they come from the sender's own servers, who may have all the time of the world.
func (f *filter) askAddresses(ctx context.Context, hosts []string) <-chan dnslist.Outcome {
	if !f.Asks(dnslist.Address) || len(hosts) == 0 {
		return nil
	}
	out := make(chan dnslist.Outcome, 1)
	go func() {
		found := f.addresses(ctx, f.Budget/2, hosts)
		out <- f.AskWithin(ctx, f.Budget/2, subjects(dnslist.Address, found))
	}()
	return out
}

// addresses looks hosts up, all at once, and gives what has come in time: up to two addresses of each.
func (f *filter) addresses(ctx context.Context, budget time.Duration, hosts []string) []string {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	answers := make([][]netip.Addr, len(hosts))
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() { answers[i], _ = f.resolver.LookupNetIP(ctx, "ip4", host+".") })
	}
	all.Wait()
	var texts []string
	for _, list := range answers {
		for _, a := range list[:min(len(list), 2)] {
			if text := a.Unmap().String(); !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// report makes symbols of what the lists said.
func (f *filter) report(out, further dnslist.Outcome, many bool) (filters.Result, error) {
	missing := slices.Concat(out.Missing, further.Missing)
	slices.Sort(missing)
	text := strings.Join(slices.Compact(missing), ", ")
	if out.Answered+further.Answered == 0 && out.Failed+further.Failed > 0 {
		return filters.Result{}, fmt.Errorf("%w: %s", ErrNoAnswer, text)
	}
	hits := f.Hits(slices.Concat(out.Listings, further.Listings))
	if many {
		hits = append(hits, scoring.Hit{Name: Many})
	}
	if text != "" {
		hits = append(hits, scoring.Hit{Name: Partial, Detail: text})
	}
	return filters.Result{Hits: hits}, nil
}
