package http

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"weir/filters/setting"
)

// Config is the table [http]. Listen and the times change only with a restart.
type Config struct {
	Listen         string           `toml:"listen" comment:"address of the HTTP door, like \"127.0.0.1:11334\"; \"\" switches it off"`
	Password       setting.Secret   `toml:"password" comment:"what clients send as Password; empty: only clients on this machine (loopback) are served"`
	EnablePassword setting.Secret   `toml:"enable_password" comment:"what clients must send to change something, as by learning; empty: password"`
	MaxConnections int              `toml:"max_connections" comment:"connections at once; more wait"`
	HeaderTime     setting.Duration `toml:"header_time" comment:"for a request's header to come in"`
	ReadTime       setting.Duration `toml:"read_time" comment:"for a whole request to come in"`
	IdleTime       setting.Duration `toml:"idle_time" comment:"an unused connection is closed after it"`
}

// DefaultConfig has the door closed.
func DefaultConfig() Config {
	return Config{MaxConnections: 100, HeaderTime: setting.Duration(10 * time.Second),
		ReadTime: setting.Duration(time.Minute), IdleTime: setting.Duration(time.Minute)}
}

// Secret is what a client must send to change something; "": none, and only loopback is served.
func (c *Config) secret() string {
	if c.EnablePassword != "" {
		return c.EnablePassword.Reveal()
	}
	return c.Password.Reveal()
}

// Check tells everything that is wrong with the values, each with the key's name.
func (c *Config) Check() error {
	return errors.Join(c.checkListen(), c.checkNumbers())
}

func (c *Config) checkListen() error {
	if c.Listen == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if _, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil {
		return fmt.Errorf(`http.listen %q is no address with a port: write it like "127.0.0.1:11334", or "" for none`, c.Listen)
	}
	a, err := netip.ParseAddr(host)
	if err == nil && !a.IsLoopback() && !a.IsUnspecified() && c.secret() == "" {
		return fmt.Errorf("http.listen %q is not on loopback, and without a password only loopback is served: set http.password", c.Listen)
	}
	return nil
}

func (c *Config) checkNumbers() error {
	var all []error
	if c.MaxConnections < 1 {
		all = append(all, errors.New("http.max_connections must be 1 or more"))
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
