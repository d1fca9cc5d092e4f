package relay

import (
	"errors"
	"fmt"
	"strings"
)

// Router tells which next hop serves a recipient's domain. It is safe for use by many goroutines.
type Router struct {
	routes  []*Route
	domains map[string]*Route // by pattern
}

// Route is a next hop and how its recipients are checked.
type Route struct {
	Hop        Hop
	Recipients *Recipients
}

// Options are what the hops get from the gateway.
type Options struct {
	Hostname string // our name in EHLO and Maildir files; "" means localhost
	Hooks    Hooks
}

// New makes the hops of a config. Nothing is connected yet; a Maildir is made where it is missing.
func New(cfg Config, o Options) (*Router, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	r := &Router{domains: map[string]*Route{}}
	for i, h := range cfg.Hops {
		if err := r.add(h, o); err != nil {
			r.Close()
			return nil, fmt.Errorf("next_hop %d: %w", i+1, err)
		}
	}
	return r, nil
}

func (r *Router) add(cfg HopConfig, o Options) error {
	cfg = cfg.WithDefaults()
	check, err := newRecipients(cfg)
	if err != nil {
		return err
	}
	hop, err := NewHop(cfg, o)
	if err != nil {
		return err
	}
	if check.list != nil {
		check.list.fault = func(why error) { o.Hooks.failed(hop.Name(), cfg.RecipientsFile, why) }
	}
	route := &Route{hop, check}
	r.routes = append(r.routes, route)
	for _, d := range cfg.Domains {
		key, err := pattern(d)
		if err != nil {
			return err
		}
		r.domains[key] = route
	}
	return nil
}

// NewHop makes a single hop.
func NewHop(cfg HopConfig, o Options) (Hop, error) {
	cfg = cfg.WithDefaults()
	if errs := cfg.check("next_hop"); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if cfg.Protocol == Maildir {
		return newLocal(cfg, o.Hostname, o.Hooks)
	}
	return newServer(cfg, o.Hostname, o.Hooks)
}

// Lookup finds the route of a recipient's domain, in any case and as U-labels or A-labels: the domain itself, else its
// nearest parent with "*.", else "*". The empty domain (RCPT TO:<postmaster>) goes to the first hop. False means that
// mail for the domain is not relayed.
func (r *Router) Lookup(domain string) (*Route, bool) {
	if domain == "" {
		return r.routes[0], true
	}
	d, ok := canonical(domain)
	if !ok {
		return nil, false
	}
	if route, ok := r.domains[d]; ok {
		return route, true
	}
	for i := strings.IndexByte(d, '.'); i >= 0; i = nextDot(d, i) {
		if route, ok := r.domains[d[i:]]; ok {
			return route, true
		}
	}
	route, ok := r.domains["*"]
	return route, ok
}

func nextDot(d string, i int) int {
	n := strings.IndexByte(d[i+1:], '.')
	if n < 0 {
		return -1
	}
	return i + 1 + n
}

// Hops are all hops, in the order of the config.
func (r *Router) Hops() []Hop {
	hops := make([]Hop, len(r.routes))
	for i, route := range r.routes {
		hops[i] = route.Hop
	}
	return hops
}

// Ready tells whether at least one hop answers.
func (r *Router) Ready() bool {
	for _, route := range r.routes {
		if route.Hop.Ready() {
			return true
		}
	}
	return false
}

// Close closes all hops, and with them what is being sent.
func (r *Router) Close() error {
	var errs []error
	for _, route := range r.routes {
		errs = append(errs, route.Hop.Close())
	}
	return errors.Join(errs...)
}
