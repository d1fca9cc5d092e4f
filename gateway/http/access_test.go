package http

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

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

// TestWhoIsNotServedThoughHeComesFromThisMachine has requests that come from loopback on behalf of somebody else.
func TestWhoIsNotServedThoughHeComesFromThisMachine(t *testing.T) {
	for _, x := range []struct {
		name         string
		method, host string
		headers      http.Header
		scan, read   bool
	}{
		{"by address", "GET", "127.0.0.1:11334", nil, true, true},
		{"by address of IPv6", "GET", "[::1]:11334", nil, true, true},
		{"by localhost", "GET", "LocalHost", nil, true, true},
		{"through a socket", "GET", "", nil, true, true},
		{"mail by a name of the admin's", "POST", "rspamd:11333", nil, true, true},
		{"a page whose name was given our address", "GET", "rebound.example:11334", nil, false, false},
		{"a page that posts", "POST", "127.0.0.1:11334", http.Header{"Origin": {"null"}}, false, false},
		{"a page of the same site", "GET", "127.0.0.1:11334", http.Header{"Sec-Fetch-Site": {"same-origin"}}, false, false},
		{"through a proxy, for this machine", "POST", "127.0.0.1", http.Header{"X-Forwarded-For": {"127.0.0.1, ::1"}}, true, true},
		{"through a proxy, for a network that scans", "POST", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.7"}}, true, false},
		{"through a proxy, for a stranger", "POST", "127.0.0.1", http.Header{"X-Forwarded-For": {"203.0.113.1"}}, false, false},
		{"through two, the first of them told a lie", "POST", "127.0.0.1", http.Header{"X-Forwarded-For": {"127.0.0.1, 203.0.113.1"}}, false, false},
		{"through a proxy, in two headers", "POST", "127.0.0.1", http.Header{"X-Forwarded-For": {"127.0.0.1", "203.0.113.1"}}, false, false},
		{"through a proxy, for one who can't be read", "POST", "127.0.0.1", http.Header{"X-Forwarded-For": {"unknown"}}, false, false},
		{"through nginx", "POST", "127.0.0.1", http.Header{"X-Real-Ip": {"203.0.113.1"}}, false, false},
		{"through a proxy of RFC 7239", "POST", "127.0.0.1", http.Header{"Forwarded": {"for=203.0.113.1"}}, false, false},
	} {
		c := DefaultConfig()
		c.ScanFrom = append(c.ScanFrom, netip.MustParsePrefix("192.0.2.0/24"))
		s := &Server{Options: Options{Config: func() *Config { return &c }}, keeper: password.NewKeeper()}
		r := &http.Request{Method: x.method, Host: x.host, Header: x.headers, RemoteAddr: "127.0.0.1:5"}
		for to, want := range map[right]bool{toScan: x.scan, toRead: x.read, toChange: x.read} {
			if _, why := s.denied(to, r); (why == "") != want {
				t.Errorf("%s, %v: %q, want served %v", x.name, to, why, want)
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

// deadlines is a connection that counts what holds up those who do not read.
type deadlines struct {
	net.Conn
	set *atomic.Int64
}

func (d deadlines) SetWriteDeadline(t time.Time) error {
	if !t.IsZero() {
		d.set.Add(1)
	}
	return d.Conn.SetWriteDeadline(t)
}

type single struct {
	net.Listener
	set *atomic.Int64
}

func (l single) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return deadlines{c, l.set}, err
}

// TestAClientThatDoesNotReadIsHungUpOn wants an end for each answer, those that anybody may ask for above all: with
// max_connections of them nobody else would get in.
func TestAClientThatDoesNotReadIsHungUpOn(t *testing.T) {
	c := DefaultConfig()
	s := New(nil, Options{Config: func() *Config { return &c }, Tally: NewTally(""), Log: func() *slog.Logger { return slog.New(slog.DiscardHandler) },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("numbers")) })})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var set atomic.Int64
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(single{l, &set}) }()
	defer func() {
		_ = s.Close()
		<-ended
	}()
	for _, path := range []string{"/ping", "/metrics", "/stat", "/nothing"} {
		set.Store(0)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		answer, err := client.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if set.Load() == 0 {
			t.Errorf("%s: the client may take the answer when it likes", path)
		}
	}
}
