package dnslist

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// fakeDNS is a DNS of A records whose zones can be changed while it is asked.
type fakeDNS struct {
	mu    sync.Mutex
	a     map[string]string                            // name to addresses, separated by spaces
	zones map[string]func(name string) (string, error) // what a whole zone answers
	wait  map[string]time.Duration                     // how long a zone takes; below 0: for ever
	asked map[string]int
}

func newDNS() *fakeDNS {
	return &fakeDNS{a: map[string]string{}, zones: map[string]func(string) (string, error){}, wait: map[string]time.Duration{}, asked: map[string]int{}}
}

// list adds a list that is well, with these subjects on it.
func (d *fakeDNS) list(zone string, listed ...string) {
	d.a["2.0.0.127."+zone+"."] = "127.0.0.2"
	for _, l := range listed {
		name, answer, _ := strings.Cut(l, " ")
		d.a[name+"."+zone+"."] = answer
	}
}

// set changes how a zone behaves.
func (d *fakeDNS) set(zone string, answer func(name string) (string, error), wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.zones[zone], d.wait[zone] = answer, wait
}

func (d *fakeDNS) count(zone string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[zone]
}

func (d *fakeDNS) LookupNetIP(ctx context.Context, _, name string) ([]netip.Addr, error) {
	d.mu.Lock()
	answer := d.a[name]
	var err error
	var wait time.Duration
	for zone, say := range d.zones {
		if strings.HasSuffix(name, "."+zone+".") {
			wait = d.wait[zone]
			if d.asked[zone]++; say != nil {
				answer, err = say(name)
			}
		}
	}
	d.mu.Unlock()
	if wait < 0 {
		wait = time.Hour
	}
	select {
	case <-ctx.Done():
		return nil, &net.DNSError{Err: ctx.Err().Error(), Name: name, IsTimeout: true, IsTemporary: true}
	case <-time.After(wait):
	}
	if err != nil {
		return nil, err
	}
	if answer == "" {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	var list []netip.Addr
	for a := range strings.FieldsSeq(answer) {
		list = append(list, netip.MustParseAddr(a))
	}
	return list, nil
}

func (*fakeDNS) LookupTXT(context.Context, string) ([]string, error)  { panic("not asked") }
func (*fakeDNS) LookupMX(context.Context, string) ([]*net.MX, error)  { panic("not asked") }
func (*fakeDNS) LookupAddr(context.Context, string) ([]string, error) { panic("not asked") }
