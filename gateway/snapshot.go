package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"weir/filters"
	"weir/scoring"
)

// Running is a filter that was switched on and made.
type Running struct {
	Spec      *filters.Spec
	Filter    filters.Filter
	Timeout   time.Duration // for one Check; 0: DefaultTimeout
	OnFailure filters.FailureMode
}

// DefaultTimeout of one filter for one message.
const DefaultTimeout = 5 * time.Second

// Snapshot is all that judges a message: filters, score table, policies and settings, which change together. It must
// be made by NewSnapshot and not be changed afterwards.
type Snapshot struct {
	Settings Settings
	Filters  []Running // in the order of filters/all, which is the order of reports
	Table    *scoring.Table
	Policies *Policies

	plans [filters.Summary + 1]plan
	order map[string]int // of the filters, by name

	askers, observers, gates, prefetchers []int // indexes of the filters with these add-ons

	refuseOn map[string]bool
	strip    stripper
	refs     atomic.Int64 // users plus one for being current; 0: closed
}

// NewSnapshot checks and plans. Errors name the filter: an order that goes in circles, a filter named twice.
func NewSnapshot(settings Settings, running []Running, table *scoring.Table, policies *Policies) (*Snapshot, error) {
	s := &Snapshot{Settings: settings, Filters: running, Table: table, Policies: policies, refuseOn: map[string]bool{}, order: map[string]int{}}
	for stage := range s.plans {
		p, err := newPlan(filters.Stage(stage), running)
		if err != nil {
			return nil, err
		}
		s.plans[stage] = p
	}
	for _, name := range settings.RefuseOn {
		if table.Entry(name) == nil {
			return nil, fmt.Errorf("refuse_on: no filter and no rule declares the symbol %q", name)
		}
		s.refuseOn[name] = true
	}
	for i, r := range running {
		s.order[r.Spec.Name] = i
		s.addOns(i, &r)
	}
	s.strip = newStripper(settings.Remove, settings.authservID())
	s.refs.Store(1)
	return s, nil
}

// addOns notes which of the add-on interfaces a filter has.
func (s *Snapshot) addOns(i int, r *Running) {
	if _, ok := r.Filter.(filters.Asker); ok && r.Spec.Stage == filters.Summary {
		s.askers = append(s.askers, i)
	}
	if _, ok := r.Filter.(filters.Observer); ok {
		s.observers = append(s.observers, i)
	}
	if _, ok := r.Filter.(filters.Gate); ok {
		s.gates = append(s.gates, i)
	}
	if _, ok := r.Filter.(filters.Prefetcher); ok {
		s.prefetchers = append(s.prefetchers, i)
	}
}

// inOrder sorts findings by the list of filters, so that reports are the same however fast each filter was.
func (s *Snapshot) inOrder(found []finding) []finding {
	slices.SortStableFunc(found, func(a, b finding) int { return s.order[a.spec.Name] - s.order[b.spec.Name] })
	return found
}

// trusts tells whether an address is in one of the trusted networks.
func (s *Snapshot) trusts(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(s.Settings.Trusted, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// hold adds a user, unless the snapshot is closed already.
func (s *Snapshot) hold() bool {
	for {
		n := s.refs.Load()
		if n == 0 {
			return false
		}
		if s.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release drops a user; the last one closes the filters.
func (s *Snapshot) release() {
	if s.refs.Add(-1) == 0 {
		_ = s.close()
	}
}

func (s *Snapshot) close() error {
	var all []error
	for _, r := range s.Filters {
		if c, ok := r.Filter.(io.Closer); ok {
			all = append(all, c.Close())
		}
	}
	return errors.Join(all...)
}

// FailedSymbol is the symbol that stands for a failure of a filter.
func FailedSymbol(filter string) string { return upper(filter) + "_FAILED" }
