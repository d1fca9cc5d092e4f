package http

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/filters/setting"
	"weir/gateway/password"
)

// Config is the table [http]. A reload takes over the passwords and ScanFrom; the rest changes only with a restart.
type Config struct {
	Listen         []string         `toml:"listen" comment:"addresses of the HTTP door, like \"127.0.0.1:11333\"; none: it is closed"`
	ScanFrom       []netip.Prefix   `toml:"scan_from" comment:"networks whose clients have mail judged without a password"`
	Password       setting.Secret   `toml:"password" comment:"what clients send as Password, plain or a hash by weir password; empty: only clients on this machine (loopback) are served"`
	EnablePassword setting.Secret   `toml:"enable_password" comment:"what clients must send to change something, as by learning; empty: password"`
	MaxMessages    int              `toml:"max_messages" comment:"messages under way at once; more wait, and are told to come again after 30s"`
	MaxConnections int              `toml:"max_connections" comment:"connections at once to each address; more wait"`
	HeaderTime     setting.Duration `toml:"header_time" comment:"for a request's header to come in"`
	ReadTime       setting.Duration `toml:"read_time" comment:"for a whole request to come in"`
	IdleTime       setting.Duration `toml:"idle_time" comment:"an unused connection is closed after it"`
}

// DefaultConfig has the door closed.
func DefaultConfig() Config {
	return Config{Listen: []string{}, ScanFrom: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		MaxMessages: 32, MaxConnections: 100, HeaderTime: setting.Duration(10 * time.Second),
		ReadTime: setting.Duration(time.Minute), IdleTime: setting.Duration(time.Minute)}
}

// readers are the passwords of clients who may read; writers of those who may change something. None: only loopback is
// served.
func (c *Config) readers() []string {
	return slices.DeleteFunc([]string{c.Password.Reveal(), c.EnablePassword.Reveal()}, func(s string) bool { return s == "" })
}

func (c *Config) writers() []string {
	if c.EnablePassword != "" {
		return []string{c.EnablePassword.Reveal()}
	}
	return c.readers()
}

// scansFrom tells whether a client has mail judged without a password.
func (c *Config) scansFrom(a netip.Addr) bool {
	return slices.ContainsFunc(c.ScanFrom, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Check tells everything that is wrong with the values, each with the key's name.
func (c *Config) Check() error {
	return errors.Join(c.checkListen(), c.checkPasswords(), c.checkNumbers())
}

func (c *Config) checkListen() error {
	var all []error
	for i, address := range c.Listen {
		if strings.HasPrefix(address, "unix:/") {
			continue
		}
		host, port, err := net.SplitHostPort(address)
		if _, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil {
			all = append(all, fmt.Errorf(`http.listen[%d] %q is no address with a port: write it like "127.0.0.1:11333", or "unix:/run/weir/http.sock"`, i, address))
			continue
		}
		a, err := netip.ParseAddr(host)
		if err == nil && !a.IsLoopback() && !a.IsUnspecified() && len(c.readers()) == 0 && !c.scansAbroad() {
			all = append(all, fmt.Errorf("http.listen[%d] %q is not on loopback, and without a password only loopback is served: "+
				"set http.password, or http.scan_from for clients that only have mail judged", i, address))
		}
	}
	return errors.Join(all...)
}

// scansAbroad tells whether clients of other machines may have mail judged without a password.
func (c *Config) scansAbroad() bool {
	return slices.ContainsFunc(c.ScanFrom, func(p netip.Prefix) bool { return !p.Addr().IsLoopback() })
}

// checkPasswords refuses a hash that can't be checked: nobody would get in, or, were it taken for a plain password, whoever
// has seen it.
func (c *Config) checkPasswords() error {
	var all []error
	for _, p := range []struct{ key, value string }{{"password", c.Password.Reveal()}, {"enable_password", c.EnablePassword.Reveal()}} {
		if err := password.Valid(p.value); p.value != "" && err != nil {
			all = append(all, fmt.Errorf("http.%s: %w", p.key, err))
		}
	}
	return errors.Join(all...)
}

func (c *Config) checkNumbers() error {
	var all []error
	for _, n := range []struct {
		key string
		n   int
	}{{"max_messages", c.MaxMessages}, {"max_connections", c.MaxConnections}} {
		if n.n < 1 {
			all = append(all, fmt.Errorf("http.%s must be 1 or more", n.key))
		}
	}
	for _, t := range []struct {
		key string
		d   setting.Duration
	}{{"header_time", c.HeaderTime}, {"read_time", c.ReadTime}, {"idle_time", c.IdleTime}} {
		if t.d <= 0 {
			all = append(all, fmt.Errorf("http.%s must be longer than 0, like \"10s\"", t.key))
		}
	}
	return errors.Join(all...)
}
