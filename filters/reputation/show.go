package reputation

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"weir/filters"
)

// Record is what is known of one name.
type Record struct {
	Kind  string  `json:"kind"` // address, network, domain, helo, link, asn
	Name  string  `json:"name"`
	Bad   float64 `json:"bad"`  // mails, faded to now
	Good  float64 `json:"good"` // may be below 0: a debt
	Known bool    `json:"known"`
}

// ErrNoName is returned for an empty key.
var ErrNoName = errors.New("reputation: name an address (192.0.2.1), a domain, a HELO name or an autonomous system (AS64500)")

// Lookup gives what is known under a key: an IP address or network, a domain, a HELO name, "AS64500". halfLife is the config's.
func Lookup(ctx context.Context, s filters.Store, key string, c Config) ([]Record, error) {
	names, err := under(key)
	if err != nil {
		return nil, err
	}
	var b filters.Batch
	counts := make([]*filters.Counter, len(names))
	for i, n := range names {
		counts[i] = b.Count(n.kind.family, n.name, c.HalfLife.D())
	}
	if err := s.Do(ctx, &b); err != nil {
		return nil, fmt.Errorf("reputation: %w", err)
	}
	list := make([]Record, len(names))
	for i, n := range names {
		list[i] = Record{Kind: n.kind.word, Name: n.text}
		if v := counts[i].Values; len(v) >= 2 {
			list[i].Bad, list[i].Good, list[i].Known = v[0], v[1], true
		}
	}
	return list, nil
}

// Forget removes what is known under a key. It returns how many names were known.
func Forget(ctx context.Context, s filters.Store, key string) (int, error) {
	names, err := under(key)
	if err != nil {
		return 0, err
	}
	var b filters.Batch
	drops := make([]*filters.Value, len(names))
	for i, n := range names {
		drops[i] = b.Drop(n.kind.family, n.name)
	}
	if err := s.Do(ctx, &b); err != nil {
		return 0, fmt.Errorf("reputation: %w", err)
	}
	known := 0
	for _, d := range drops {
		if d.Found {
			known++
		}
	}
	return known, nil
}

// under lists the names that a key may stand for.
func under(key string) ([]subject, error) {
	key = strings.ToLower(strings.TrimSpace(key))
	if p, err := netip.ParsePrefix(key); err == nil {
		return prefixed(p), nil
	}
	if a, err := netip.ParseAddr(key); err == nil {
		return []subject{address(a), network(a)}, nil
	}
	if number, ok := strings.CutPrefix(key, "as"); ok && number != "" && strings.Trim(number, "0123456789") == "" {
		return []subject{{&all[5], filters.Name{What: "AS" + number}, "AS" + number}}, nil
	}
	if key == "" || strings.ContainsAny(key, " @/") {
		return nil, fmt.Errorf("%w, not %q", ErrNoName, key)
	}
	return []subject{domain(key), {&all[3], filters.Name{What: key}, key}, {&all[4], filters.Name{Who: domain(key).text}, domain(key).text}}, nil
}

// prefixed reads a network as `weir reputation show` prints it.
func prefixed(p netip.Prefix) []subject {
	switch a := p.Addr(); p.Bits() {
	case filters.Network(a).Bits():
		return []subject{network(a)}
	default:
		return []subject{address(a), network(a)}
	}
}
