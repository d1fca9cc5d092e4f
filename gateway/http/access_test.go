package http

import (
	"net/http"
	"net/netip"
	"testing"

	"weir/gateway/password"
)

func TestOtherMachinesAreNotServedWithoutAPassword(t *testing.T) {
	for remote, want := range map[string]bool{
		"127.0.0.1:5": true, "[::1]:5": true, "[::ffff:127.0.0.9]:5": true,
		"192.0.2.1:5": false, "[2001:db8::1]:5": false, "@": false, "": false,
	} {
		c := DefaultConfig()
		s := &Server{Options: Options{Config: func() *Config { return &c }}, keeper: password.NewKeeper()}
		for _, to := range []right{toScan, toRead, toChange} {
			if _, why := s.denied(to, &http.Request{RemoteAddr: remote}); (why == "") != want {
				t.Errorf("%q: %v %q, want served %v", remote, to, why, want)
			}
		}
	}
}

func TestTheConfigIsChecked(t *testing.T) {
	abroad := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"defaults", func(*Config) {}, ""},
		{"loopback", func(c *Config) { c.Listen = []string{"127.0.0.1:11334", "[::1]:11333"} }, ""},
		{"a unix socket", func(c *Config) { c.Listen = []string{"unix:/run/weir/http.sock"} }, ""},
		{"all addresses, for loopback clients", func(c *Config) { c.Listen = []string{":11334"} }, ""},
		{"another address with a password", func(c *Config) { c.Listen, c.Password = []string{"192.0.2.1:11334"}, "x" }, ""},
		{"another address for those who scan", func(c *Config) { c.Listen, c.ScanFrom = []string{"192.0.2.1:11334"}, abroad }, ""},
		{"another address without one", func(c *Config) { c.Listen = []string{"192.0.2.1:11334"} },
			`http.listen[0] "192.0.2.1:11334" is not on loopback, and without a password only loopback is served: set http.password, or http.scan_from for clients that only have mail judged`},
		{"no port", func(c *Config) { c.Listen = []string{":1", "127.0.0.1"} },
			`http.listen[1] "127.0.0.1" is no address with a port: write it like "127.0.0.1:11333", or "unix:/run/weir/http.sock"`},
		{"no connections", func(c *Config) { c.MaxConnections = 0 }, "http.max_connections must be 1 or more"},
		{"no messages", func(c *Config) { c.MaxMessages = 0 }, "http.max_messages must be 1 or more"},
		{"no time", func(c *Config) { c.ReadTime = 0 }, `http.read_time must be longer than 0, like "10s"`},
		{"G01_a_short_hash_of_the_password", func(c *Config) { c.Password = "$2y$10$tooshort" }, "http.password: " + password.ErrHash.Error()},
		{"G01_a_hash_of_another_kind", func(c *Config) { c.EnablePassword = "$2$saltsaltsalt$hashhash" }, "http.enable_password: " + password.ErrHash.Error()},
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
