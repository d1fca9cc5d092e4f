package milter

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

// TestStrangersAreHungUpOn: whoever is served is believed who its client is.
func TestStrangersAreHungUpOn(t *testing.T) {
	d := start(t, with(func(c *Config) { c.Allowed = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }))
	m := d.connect()
	if code, _ := m.read(); code != 0 {
		t.Errorf("a stranger hears %c", code)
	}
	m = start(t, onUnix, with(func(c *Config) { c.Allowed = nil })).dial().greet()
	m.want("c", m.ask('M', "<ann@shop.example>\x00"))
}

func TestWhoseMailServersAreServed(t *testing.T) {
	c := DefaultConfig()
	c.Allowed = append(c.Allowed, netip.MustParsePrefix("192.0.2.7/32"))
	for ip, want := range map[string]bool{"127.0.0.1": true, "::1": true, "::ffff:127.0.0.5": true, "192.0.2.7": true, "192.0.2.8": false, "10.0.0.1": false, "fe80::1": false} {
		if got := c.serves(&net.TCPAddr{IP: net.ParseIP(ip)}); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
}

// TestWhatAMailServerHasUsRememberIsBounded sends what no mail server sends.
func TestWhatAMailServerHasUsRememberIsBounded(t *testing.T) {
	m := start(t).dial().greet()
	m.envelope("ann@shop.example")
	long := "<" + strings.Repeat("b", maxAddress) + "@house.example>\x00"
	m.want("y 553 5.1.3 The address is too long", m.ask('R', long))
	one := packet('R', "<bob@house.example>\x00")
	for range maxRcpts / 100 {
		if _, err := m.Write([]byte(strings.Repeat(one, 100))); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			m.want("c", m.hear())
		}
	}
	m.want("y 452 4.5.3 Too many recipients, send the others apart", m.ask('R', "<one@house.example>\x00"))
	if all := m.content(plain); all[len(all)-1] != "c" {
		t.Errorf("the mail to the others: %q", all)
	}
}

// TestTooManyMacrosSayNothing: what they replace has no longer been said, either.
func TestTooManyMacrosSayNothing(t *testing.T) {
	var m macros
	m.set([]byte("M{auth_authen}\x00ann\x00"))
	m.set([]byte("M{auth_authen}\x00bob\x00" + strings.Repeat("a", maxMacros)))
	if got := m.get("auth_authen"); got != "" || cap(m[firstOfMessage]) > maxMacros {
		t.Errorf("%q is remembered, %d bytes", got, cap(m[firstOfMessage]))
	}
}
