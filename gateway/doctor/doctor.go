// Package doctor looks at all that Weir needs before the first mail comes, and says what to do about what is wrong: the
// name servers, the clock, our names, the next hops, the store, certificates, listeners, folders, the records of our
// own domains, and the DNS lists. No mail is sent, and nothing is changed.
//
// Each check stands alone and has a time limit, so that one that hangs hides nothing that another would find.
package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"weir/filters"
	"weir/gateway/config"
	"weir/gateway/resolver"
)

// Severity says how bad a finding is.
type Severity uint8

// The severities. Only Error makes the command fail: mail is lost, refused or judged wrongly.
const (
	OK Severity = iota
	Note
	Warning
	Error
)

var severities = [...]string{"ok", "note", "warning", "error"}

// String is the severity's word.
func (s Severity) String() string { return severities[s] }

// MarshalText writes the word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is what was seen of one thing.
type Finding struct {
	Severity Severity `json:"severity"`
	About    string   `json:"about"`        // resolver, clock, name, next_hop, store, certificate, listen, folder, domain, seal, list, scanner, filter
	Subject  string   `json:"subject"`      // which of them
	Text     string   `json:"text"`         // what was seen
	Do       string   `json:"do,omitempty"` // what to do about it
}

// Options say what to look at.
type Options struct {
	Config    *config.Config
	Filters   []filters.Spec
	Env       filters.Env       // lent to the filters; its Resolver is made here
	Selectors []string          // DKIM selectors of our domains
	Timeout   time.Duration     // for each check; 0: 20s
	Built     time.Time         // when this program was made; zero: not known
	Own       []netip.Addr      // our addresses; nil: those of this machine
	Clock     func() ClockState // nil: asks the kernel
}

// examiner is the work on one set of options.
type examiner struct {
	Options
	dns  *resolver.Resolver
	own  func() []netip.Addr // our public addresses: the machine's, and those of our name
	name string
}

// check is one kind of thing to look at.
type check struct {
	about string
	look  func(ctx context.Context) []Finding
}

// Examine looks at everything. The findings stand in a fixed order. The config must have passed its checks.
func Examine(ctx context.Context, o Options) []Finding {
	e := newExaminer(o)
	defer e.dns.Close()
	checks := []check{
		{"resolver", e.nameServers}, {"clock", e.clock}, {"name", e.names}, {"listen", e.listeners}, {"certificate", e.certificates},
		{"folder", e.folders}, {"store", e.store}, {"next_hop", e.hops}, {"domain", e.domains}, {"list", e.lists},
	}
	found := make([][]Finding, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { found[i] = e.run(ctx, c) })
	}
	all.Wait()
	var list []Finding
	for _, f := range found {
		list = append(list, f...)
	}
	return list
}

func newExaminer(o Options) *examiner {
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Env.Clock == nil {
		o.Env.Clock = time.Now
	}
	if o.Clock == nil {
		o.Clock = kernelClock
	}
	e := &examiner{Options: o, dns: resolver.New(o.Config.Resolver, resolver.Options{}), name: o.Config.Name()}
	e.Env.Resolver = e.dns
	e.own = sync.OnceValue(e.ownAddresses)
	return e
}

// run gives a check its time. One that does not end, or panics, is a finding itself.
func (e *examiner) run(ctx context.Context, c check) []Finding {
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() {
		done <- safely(c.about, func() []Finding { return c.look(ctx) })
	}()
	select {
	case list := <-done:
		return list
	case <-ctx.Done():
	}
	select {
	case list := <-done:
		return list
	case <-time.After(time.Second): // what it found until its time ended
		return []Finding{{Warning, c.about, "", fmt.Sprintf("could not be looked at within %s", e.Timeout), "run weir doctor again with a longer --timeout"}}
	}
}

// safely turns a panic into a finding, so that the other checks are heard.
func safely(about string, look func() []Finding) (list []Finding) {
	defer func() {
		if p := recover(); p != nil {
			list = []Finding{{Error, about, "", fmt.Sprintf("a fault of Weir itself: %v", p), "please report it"}}
		}
	}()
	return look()
}

// Worst is the highest severity of a list; OK for none.
func Worst(list []Finding) (worst Severity) {
	for _, f := range list {
		worst = max(worst, f.Severity)
	}
	return worst
}

// each looks at several subjects at once and puts what was found in their order.
func each[T any](subjects []T, look func(T) []Finding) (list []Finding) {
	found := make([][]Finding, len(subjects))
	var all sync.WaitGroup
	for i, s := range subjects {
		all.Go(func() { found[i] = safely("check", func() []Finding { return look(s) }) })
	}
	all.Wait()
	for _, f := range found {
		list = append(list, f...)
	}
	return list
}
