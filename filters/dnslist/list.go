package dnslist

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"weir/filters"
	"weir/message/reverse"
)

// list is a zone in use.
type list struct {
	name     string
	zone     Zone
	operator string
	suffix   string   // ".zen.spamhaus.org."
	symbols  []string // of zone.Codes
	listed   string   // the question that must be listed; "": this is not probed
	unlisted string

	mu     sync.Mutex
	health health
	counts counts
}

// counts are what was answered about mail.
type counts struct{ listed, clean, unknown, refused, failed, skipped atomic.Uint64 }

func (c *counts) all(subject string) []filters.Count {
	return []filters.Count{
		{Subject: subject, Kind: "listed", N: c.listed.Load()}, {Subject: subject, Kind: "clean", N: c.clean.Load()},
		{Subject: subject, Kind: "unknown_code", N: c.unknown.Load()}, {Subject: subject, Kind: "refused", N: c.refused.Load()},
		{Subject: subject, Kind: "failed", N: c.failed.Load()}, {Subject: subject, Kind: "skipped", N: c.skipped.Load()},
	}
}

// newList prepares a zone that was checked.
func newList(filter, name string, z Zone) *list {
	l := &list{name: name, zone: z, operator: z.operator(name)}
	at := strings.TrimSuffix(strings.ReplaceAll(z.Zone, "{key}", z.ZoneKey.Reveal()), ".")
	l.suffix = "." + at + "."
	for _, c := range z.Codes {
		l.symbols = append(l.symbols, symbol(filter, name, c.Label))
	}
	positive, negative := "2.0.0.127", "1.0.0.127"
	if z.named() {
		positive, negative = "test", "invalid" // RFC 5782 section 5
	}
	if z.hashed() {
		positive, negative = "", ""
	}
	l.listed, l.unlisted = l.probeName(z.Listed, positive), l.probeName(z.Unlisted, negative)
	return l
}

// probeName is the question of a probe: what the config says, or else what the standard says.
func (l *list) probeName(set, standard string) string {
	switch {
	case set == "none":
		return ""
	case set != "":
		standard = strings.ToLower(strings.TrimSuffix(set, "."))
		if a, err := netip.ParseAddr(set); err == nil {
			standard = reverse.Address(a.Unmap())
		}
	}
	if standard == "" {
		return ""
	}
	return standard + l.suffix
}

// match is a code that an answer has.
type match struct {
	code   int // index into zone.Codes
	answer [4]byte
}

// matches finds what an answer means: each code that one of its addresses has. What a list answers beside its codes
// never counts (CASES C21).
func (l *list) matches(answer []netip.Addr) (all []match) {
	for i := range l.zone.Codes {
		for _, a := range answer {
			if b := a.Unmap().As4(); l.zone.Codes[i].Fits(b) {
				all = append(all, match{i, b})
				break
			}
		}
	}
	return all
}

// stronger tells whether a score says more than another.
func stronger(a, b float64) bool { return max(a, -a) > max(b, -b) }

// lookup asks a question. No such name is no error.
func lookup(ctx context.Context, r filters.Resolver, name string) ([]netip.Addr, error) {
	answer, err := r.LookupNetIP(ctx, "ip4", name)
	if filters.Absent(err) {
		return nil, nil
	}
	return answer, err
}

// now is the time by which lists are probed: that of the machine, since waits are real.
func now() time.Time { return time.Now() }
