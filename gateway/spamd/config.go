package spamd

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"weir/filters/setting"
)

// Config is the table [spamd]. Listen, SocketMode and MaxConnections change only with a restart; the rest holds for new
// connections.
type Config struct {
	// Listen addresses: "127.0.0.1:783", "unix:/run/weir/spamd.sock".
	Listen []string `toml:"listen" comment:"addresses of the spamd door, like \"127.0.0.1:783\" or \"unix:/run/weir/spamd.sock\"; none switches it off"`
	// SocketMode of unix sockets, octal.
	SocketMode string `toml:"socket_mode" comment:"who may connect to a unix socket, as chmod takes it"`
	// Allowed networks of clients. Whoever can open a unix socket is allowed.
	Allowed []netip.Prefix `toml:"allowed" comment:"networks of clients that are served; others are hung up on"`
	// Teach lets all clients that are served teach by TELL.
	Teach bool `toml:"teach" comment:"let clients teach what is spam and ham (TELL, spamc -L); spamd's protocol has no password"`
	// UserDomain makes recipients of local names; "": only a User that is an address is one.
	UserDomain string `toml:"user_domain" comment:"domain of users without one (spamc -u joe), so that User names the recipient; \"\": such a User counts for nothing"`
	// Received takes client and sender from the mail's topmost fields where the protocol names none.
	Received bool `toml:"received" comment:"take client and sender from the fields on top (Received, Return-Path, X-Envelope-From) where the request names none: only where our own server wrote them, as before procmail"`
	// MaxConnections at once; more wait until one is free.
	MaxConnections int `toml:"max_connections" comment:"connections at once; more wait"`
	// HeaderTime for the request line and the headers.
	HeaderTime setting.Duration `toml:"header_time" comment:"for a request's header to come in"`
	// ReadTime for the mail, and for the client to take the answer.
	ReadTime setting.Duration `toml:"read_time" comment:"for the mail to come in, and for the client to take the answer"`
}

// DefaultConfig has the door closed.
func DefaultConfig() Config {
	return Config{SocketMode: "0660", Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		MaxConnections: 100, HeaderTime: setting.Duration(10 * time.Second), ReadTime: setting.Duration(time.Minute)}
}

var domainName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62}\.?)*$`)

// Check tells everything that is wrong with the values, each with the key's name.
func (c *Config) Check() error {
	all := []error{c.checkListen()}
	if _, err := c.mode(); err != nil {
		all = append(all, err)
	}
	if c.UserDomain != "" && (len(c.UserDomain) > 255 || !domainName.MatchString(c.UserDomain)) {
		all = append(all, fmt.Errorf(`spamd.user_domain %q is no domain: write it like "example.com"`, c.UserDomain))
	}
	if c.MaxConnections < 1 {
		all = append(all, errors.New("spamd.max_connections must be 1 or more"))
	}
	if c.HeaderTime <= 0 {
		all = append(all, errors.New(`spamd.header_time must be longer than 0, like "10s"`))
	}
	if c.ReadTime <= 0 {
		all = append(all, errors.New(`spamd.read_time must be longer than 0, like "60s"`))
	}
	return errors.Join(all...)
}

func (c *Config) checkListen() error {
	seen := map[string]bool{}
	for _, a := range c.Listen {
		path, unix := strings.CutPrefix(a, "unix:")
		_, port, err := net.SplitHostPort(a)
		if _, perr := strconv.ParseUint(port, 10, 16); unix && path == "" || !unix && (err != nil || perr != nil) {
			return fmt.Errorf(`spamd.listen %q is no address: write it like "127.0.0.1:783" or "unix:/run/weir/spamd.sock"`, a)
		}
		if seen[a] && port != "0" {
			return fmt.Errorf("spamd.listen %q is listed twice", a)
		}
		seen[a] = true
	}
	return nil
}

// mode is SocketMode as a number.
func (c *Config) mode() (fs.FileMode, error) {
	n, err := strconv.ParseUint(c.SocketMode, 8, 32)
	if err != nil || n > 0o777 {
		return 0, fmt.Errorf(`spamd.socket_mode %q is no mode: write it like "0660"`, c.SocketMode)
	}
	return fs.FileMode(n), nil
}

// serves tells whether a client at an address may use the door. Those without one come through a unix socket.
func (c *Config) serves(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return true
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	for _, p := range c.Allowed {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
