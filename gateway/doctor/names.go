package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// ownAddresses are the public addresses of this machine, and those that our name has.
func (e *examiner) ownAddresses() []netip.Addr {
	list := slices.Clone(e.Own)
	if e.Own == nil {
		list = machineAddresses()
	}
	ctx, cancel := context.WithTimeout(context.Background(), e.Timeout)
	defer cancel()
	named, _ := e.dns.LookupNetIP(ctx, "ip", e.name)
	for _, a := range named {
		if worldWide(a) && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

func machineAddresses() (list []netip.Addr) {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && worldWide(p.Addr()) {
			list = append(list, p.Addr().Unmap())
		}
	}
	return list
}

var shared = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: behind a provider's NAT

func worldWide(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// names looks at our name and at the names of our addresses.
func (e *examiner) names(ctx context.Context) []Finding {
	f := Finding{About: "name", Subject: e.name}
	addrs, err := e.dns.LookupNetIP(ctx, "ip", e.name)
	switch {
	case !strings.Contains(e.name, ".") || e.name == "localhost.localdomain":
		f.Severity, f.Text, f.Do = Warning, "is no full name: it stands in the greeting and in our header fields", `set hostname, like "mx1.example.com"`
	case notFound(err):
		f.Severity, f.Text, f.Do = Warning, "has no address in the DNS", "add an A or AAAA record for it, or set hostname to a name that has one"
	case err != nil:
		f.Severity, f.Text, f.Do = Warning, "could not be looked up: "+reason(err), "see what is said of the resolver, and run weir doctor again"
	default:
		f.Text = fmt.Sprintf("has the address %s", addrs[0])
	}
	list := []Finding{f}
	if len(e.own()) == 0 {
		return append(list, Finding{Note, "name", "addresses", "this machine has no public address that could be looked at", ""})
	}
	return append(list, each(e.own(), func(a netip.Addr) []Finding { return e.reverse(ctx, a) })...)
}

// reverse looks whether an address has a name that has this address (forward-confirmed reverse DNS).
func (e *examiner) reverse(ctx context.Context, a netip.Addr) []Finding {
	f := Finding{About: "name", Subject: a.String()}
	names, err := e.dns.LookupAddr(ctx, a.String())
	switch {
	case notFound(err):
		f.Severity, f.Text, f.Do = Warning, "has no reverse DNS: others refuse mail from it", "ask whoever gave you the address for a PTR record to "+e.name
		return []Finding{f}
	case err != nil:
		f.Severity, f.Text, f.Do = Warning, "its reverse DNS could not be looked up: "+reason(err), "see what is said of the resolver, and run weir doctor again"
		return []Finding{f}
	}
	for _, name := range names[:min(len(names), 10)] {
		name = strings.TrimSuffix(name, ".")
		back, _ := e.dns.LookupNetIP(ctx, "ip", name)
		if !slices.Contains(back, a) {
			continue
		}
		f.Text = "is " + name + ", which has this address"
		if !strings.EqualFold(name, e.name) {
			f.Severity, f.Text, f.Do = Note, f.Text+", but we say "+e.name, "set hostname to the one name that all use"
		}
		return []Finding{f}
	}
	f.Severity, f.Text = Warning, fmt.Sprintf("is called %s, but that name does not have this address", strings.TrimSuffix(names[0], "."))
	f.Do = "add an address record to that name, or have the PTR record changed to " + e.name
	return []Finding{f}
}

func notFound(err error) bool {
	e, ok := err.(*net.DNSError)
	return ok && e.IsNotFound
}

// reason is an error of the DNS without the words around it.
func reason(err error) string {
	if e, ok := err.(*net.DNSError); ok {
		return e.Err
	}
	return err.Error()
}
