package http

import (
	"net/http"
	"testing"
)

func TestOtherMachinesAreNotServedWithoutAPassword(t *testing.T) {
	for remote, want := range map[string]bool{
		"127.0.0.1:5": true, "[::1]:5": true, "[::ffff:127.0.0.9]:5": true,
		"192.0.2.1:5": false, "[2001:db8::1]:5": false, "@": false, "": false,
	} {
		c := DefaultConfig()
		if got := mayChange(&c, &http.Request{RemoteAddr: remote}) == ""; got != want {
			t.Errorf("%q: served %v, want %v", remote, got, want)
		}
	}
}

func TestTheConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"defaults", func(*Config) {}, ""},
		{"loopback", func(c *Config) { c.Listen = "127.0.0.1:11334" }, ""},
		{"all addresses, for loopback clients", func(c *Config) { c.Listen = ":11334" }, ""},
		{"another address with a password", func(c *Config) { c.Listen, c.Password = "192.0.2.1:11334", "x" }, ""},
		{"another address without one", func(c *Config) { c.Listen = "192.0.2.1:11334" },
			`http.listen "192.0.2.1:11334" is not on loopback, and without a password only loopback is served: set http.password`},
		{"no port", func(c *Config) { c.Listen = "127.0.0.1" },
			`http.listen "127.0.0.1" is no address with a port: write it like "127.0.0.1:11334", or "" for none`},
		{"no connections", func(c *Config) { c.MaxConnections = 0 }, "http.max_connections must be 1 or more"},
		{"no time", func(c *Config) { c.ReadTime = 0 }, `http.read_time must be longer than 0, like "10s"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, got := DefaultConfig(), ""
			c.change(&config)
			if err := config.Check(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("Check says %q, want %q", got, c.want)
			}
		})
	}
}
