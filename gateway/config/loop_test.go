package config

import (
	"strings"
	"testing"
)

func TestANextHopThatIsOurselvesIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, listen, hop string
		loop              bool
	}{
		{"B22_same_address", "127.0.0.1:2525", "127.0.0.1:2525", true},
		{"B22_any_address", ":25", "127.0.0.1:25", true},
		{"B22_any_ipv6_address", "[::]:25", "[::1]:25", true},
		{"B22_by_the_name_localhost", "127.0.0.1:25", "localhost:25", true},
		{"B22_mapped_address", "127.0.0.1:25", "[::ffff:127.0.0.1]:25", true},
		{"another port is another server", ":25", "127.0.0.1:10025", false},
		{"another address is another server", "192.0.2.1:25", "192.0.2.2:25", false},
		{"a server elsewhere", ":25", "192.0.2.2:25", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "[smtp]\nlisten = [\"" + c.listen + "\"]\n[[next_hop]]\naddress = [\"192.0.2.99:25\", \"" + c.hop + "\"]\ndomains = [\"example.com\"]\n"
			_, err := Parse("weir.toml", []byte(text), nil)
			if got := err != nil; got != c.loop {
				t.Fatalf("error %v, want a loop: %v", err, c.loop)
			}
			if c.loop && (!strings.Contains(err.Error(), "weir.toml:4") || !strings.Contains(err.Error(), "go round in a loop")) {
				t.Errorf("got %v", err)
			}
		})
	}
}
