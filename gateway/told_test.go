package gateway

import "testing"

func TestHowMailServersTellOfAClient(t *testing.T) {
	for told, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", " [192.0.2.1]": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "[::ffff:c000:201]": "192.0.2.1",
		"IPv6:2001:db8::1": "2001:db8::1", "[ipv6:2001:db8::1]": "2001:db8::1", "fe80::1%eth0": "fe80::1",
		"": "invalid IP", "unix:/x": "invalid IP", "192.0.2.1, 192.0.2.2": "invalid IP", "IPv6:": "invalid IP", "192.0.2.1:25": "invalid IP",
	} {
		if got := ToldAddr(told).String(); got != want {
			t.Errorf("%q is %s, want %s", told, got, want)
		}
	}
	for told, want := range map[string]string{"unknown": "", "NXDOMAIN": "", "DNSERROR": "", "": "", "host.example": "host.example"} {
		if got := ToldName(told); got != want {
			t.Errorf("%q is %q, want %q", told, got, want)
		}
	}
}
