package filtertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
)

// DNS is a resolver made of plain maps. Names are in lower case without a final dot. A name that is in no map does not
// exist; one that is in another map exists without records of the type asked for: both are IsNotFound. Its zero value is empty and ready.
type DNS struct {
	TXT  map[string][]string
	MX   map[string][]*net.MX
	Addr map[string][]netip.Addr // A and AAAA
	PTR  map[string][]string     // by address in its usual form
	Fail map[string]string       // "timeout" or "servfail" for all questions about a name

	queries atomic.Int64
}

// Queries tells how many questions were asked.
func (d *DNS) Queries() int { return int(d.queries.Load()) }

// ask counts a question and fails it if it is to fail.
func (d *DNS) ask(ctx context.Context, name string) (string, error) {
	d.queries.Add(1)
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err := ctx.Err(); err != nil {
		return name, &net.DNSError{Err: err.Error(), Name: name, IsTimeout: true, IsTemporary: true}
	}
	switch kind := d.Fail[name]; kind {
	case "":
		return name, nil
	case "timeout":
		return name, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true, IsTemporary: true}
	default:
		return name, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
}

func found[T any](name string, list []T) ([]T, error) {
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return list, nil
}

// LookupTXT implements filters.Resolver.
func (d *DNS) LookupTXT(ctx context.Context, name string) ([]string, error) {
	name, err := d.ask(ctx, name)
	if err != nil {
		return nil, err
	}
	return found(name, d.TXT[name])
}

// LookupMX implements filters.Resolver.
func (d *DNS) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	name, err := d.ask(ctx, name)
	if err != nil {
		return nil, err
	}
	return found(name, d.MX[name])
}

// LookupNetIP implements filters.Resolver; network is "ip", "ip4" or "ip6".
func (d *DNS) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	name, err := d.ask(ctx, host)
	if err != nil {
		return nil, err
	}
	var list []netip.Addr
	for _, a := range d.Addr[name] {
		if network == "ip" || network == "ip4" && a.Is4() || network == "ip6" && a.Is6() {
			list = append(list, a)
		}
	}
	return found(name, list)
}

// LookupAddr implements filters.Resolver.
func (d *DNS) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	name, err := d.ask(ctx, addr)
	if err != nil {
		return nil, err
	}
	return found(name, d.PTR[name])
}

// ParseDNS reads the lines of a dns section.
func ParseDNS(data string) (*DNS, error) {
	d := &DNS{TXT: map[string][]string{}, MX: map[string][]*net.MX{}, Addr: map[string][]netip.Addr{}, PTR: map[string][]string{}, Fail: map[string]string{}}
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		kind, value, ok := strings.Cut(strings.TrimSpace(rest), " ")
		if !ok {
			return nil, fmt.Errorf("line %d: %q is not \"name TYPE value\"", n, line)
		}
		if err := d.add(strings.ToLower(strings.TrimSuffix(name, ".")), kind, strings.TrimSpace(value)); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return d, nil
}

func (d *DNS) add(name, kind, value string) error {
	switch kind {
	case "TXT":
		d.TXT[name] = append(d.TXT[name], value)
	case "A", "AAAA":
		a, err := netip.ParseAddr(value)
		if err != nil || a.Is4() != (kind == "A") {
			return fmt.Errorf("%q is no address for %s", value, kind)
		}
		d.Addr[name] = append(d.Addr[name], a)
	case "MX":
		pref, host, _ := strings.Cut(value, " ")
		n, err := strconv.ParseUint(pref, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no MX: write it like 10 mx.example.org", value)
		}
		d.MX[name] = append(d.MX[name], &net.MX{Host: host, Pref: uint16(n)})
	case "PTR":
		d.PTR[name] = append(d.PTR[name], value)
	case "FAIL":
		if value != "timeout" && value != "servfail" {
			return fmt.Errorf("%q is no way to fail: timeout or servfail", value)
		}
		d.Fail[name] = value
	default:
		return fmt.Errorf("unknown type %q: TXT, A, AAAA, MX, PTR or FAIL", kind)
	}
	return nil
}

// NoDialer refuses all connections.
type NoDialer struct{}

// DialContext implements filters.Dialer.
func (NoDialer) DialContext(_ context.Context, network, address string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("filtertest: no network in tests (" + address + ")")}
}
