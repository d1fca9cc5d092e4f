package smtp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"weir/filters/setting"
)

// Config is the [smtp] table. Reload takes all of it over for new sessions, except Listen and SpoolDir.
type Config struct {
	// Listen addresses: "127.0.0.1:2525", "[::1]:25", ":25".
	Listen []string `toml:"listen"`
	// Banner is the text after our name in the greeting.
	Banner string `toml:"banner"`
	// GreetDelay before the greeting; who talks meanwhile is no mail server. 0 looks at what has come in already.
	GreetDelay setting.Duration `toml:"greet_delay"`

	// MaxSize of a message. It is announced as SIZE unless the next hop's is smaller; 0: no limit.
	MaxSize setting.Size `toml:"max_size"`
	// MaxRecipients of one transaction; more are told 452. At least 100 (RFC 5321 section 4.5.3.1.8).
	MaxRecipients int `toml:"max_recipients"`
	// MaxCommand is the longest command line with its line end; at least 512.
	MaxCommand setting.Size `toml:"max_command"`
	// MaxLine is the longest line of a message with its line end; 0: no limit. RFC 5321 asks for 1000, much real mail
	// has longer ones.
	MaxLine setting.Size `toml:"max_line"`
	// MaxErrors is the number of commands refused with 5xx after which the session ends with 421.
	MaxErrors int `toml:"max_errors"`
	// MaxJunk is the number of commands that move no mail (NOOP, RSET, VRFY, …) between two messages, before 421.
	MaxJunk int `toml:"max_junk"`
	// MaxConnections at once; more are told 421.
	MaxConnections int `toml:"max_connections"`
	// MaxConnectionsPerClient at once from one IPv4 address or IPv6 /64; 0: no limit.
	MaxConnectionsPerClient int `toml:"max_connections_per_client"`
	// MaxRatePerClient is the number of new connections a minute from one IPv4 address or IPv6 /64; 0: no limit.
	MaxRatePerClient int `toml:"max_rate_per_client"`
	// Unlimited networks are exempt from the limits per client, as are proxies and XCLIENT and XFORWARD clients.
	Unlimited []netip.Prefix `toml:"unlimited"`
	// MinRate in bytes a second while a message comes in, measured over each timeouts.data; 0: none.
	MinRate setting.Size `toml:"min_rate"`

	Timeouts Timeouts `toml:"timeouts"`
	TLS      TLS      `toml:"tls"`

	// BareLF says what a line end other than CRLF in a message means: "normalize" or "reject".
	BareLF string `toml:"bare_lf"`
	// Received adds our trace field (RFC 5321 section 4.4).
	Received bool `toml:"received"`

	// ProxyProtocol, XClient and XForward list the networks that may tell us who the client is.
	ProxyProtocol []netip.Prefix `toml:"proxy_protocol"`
	XClient       []netip.Prefix `toml:"xclient"`
	XForward      []netip.Prefix `toml:"xforward"`

	// SpoolDir is where messages above SpoolMemory are kept while they are judged; "": the system's temporary folder.
	SpoolDir string `toml:"spool_dir"`
	// SpoolMemory is the size up to which a message is kept in memory.
	SpoolMemory setting.Size `toml:"spool_memory"`
}

// Timeouts of a session. Each is for one whole request, not for one byte of it.
type Timeouts struct {
	Command setting.Duration `toml:"command"` // for the next command line: RFC 5321 section 4.5.3.2.7 asks for 5m
	Data    setting.Duration `toml:"data"`    // window in which message data must come in at MinRate
	Message setting.Duration `toml:"message"` // for one message from 354 to its end
	Write   setting.Duration `toml:"write"`   // for the client to take a reply
	TLS     setting.Duration `toml:"tls"`     // for the TLS handshake
	Proxy   setting.Duration `toml:"proxy"`   // for the PROXY header
	Drain   setting.Duration `toml:"drain"`   // for transactions in progress when Weir is told to stop
}

// TLS offers STARTTLS.
type TLS struct {
	Mode       string `toml:"mode"`        // "none", "optional" or "required"
	Cert       string `toml:"cert"`        // file of the certificate and its chain, PEM
	Key        string `toml:"key"`         // file of the key, PEM
	MinVersion string `toml:"min_version"` // "1.0" to "1.3"
}

// The values of Config.BareLF and TLS.Mode.
const (
	Normalize   = "normalize"
	RejectBare  = "reject"
	TLSNone     = "none"
	TLSOptional = "optional"
	TLSRequired = "required"
)

// DefaultConfig gives the shipped values.
func DefaultConfig() Config {
	return Config{
		Listen: []string{"127.0.0.1:2525"}, Banner: "ESMTP Weir",
		MaxSize: 50 << 20, MaxRecipients: 1000, MaxCommand: 4 << 10, MaxErrors: 20, MaxJunk: 50,
		MaxConnections: 2000, MaxConnectionsPerClient: 50, MaxRatePerClient: 600, MinRate: 100,
		Unlimited: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Timeouts:  defaultTimeouts(),
		TLS:       TLS{Mode: TLSNone, MinVersion: "1.2"},
		BareLF:    Normalize, Received: true, SpoolMemory: 1 << 20,
	}
}

func defaultTimeouts() Timeouts {
	d := func(t time.Duration) setting.Duration { return setting.Duration(t) }
	return Timeouts{Command: d(5 * time.Minute), Data: d(5 * time.Minute), Message: d(time.Hour), Write: d(5 * time.Minute),
		TLS: d(time.Minute), Proxy: d(5 * time.Second), Drain: d(30 * time.Second)}
}

// Validate tells everything that is wrong with the values, each with the key's name. Files are not looked at: New
// and Reload do that.
func (c *Config) Validate() error {
	return errors.Join(
		atLeast("max_recipients", int64(c.MaxRecipients), 100),
		atLeast("max_command", int64(c.MaxCommand), 512),
		atLeast("max_errors", int64(c.MaxErrors), 1),
		atLeast("max_junk", int64(c.MaxJunk), 1),
		atLeast("max_connections", int64(c.MaxConnections), 1),
		atLeast("spool_memory", int64(c.SpoolMemory), 4<<10),
		oneOf("bare_lf", c.BareLF, Normalize, RejectBare),
		oneOf("tls.mode", c.TLS.Mode, TLSNone, TLSOptional, TLSRequired),
		oneOf("tls.min_version", c.TLS.MinVersion, "1.0", "1.1", "1.2", "1.3"),
		c.validateText(), c.validateTimes(), c.validateFiles())
}

func atLeast(key string, value, least int64) error {
	if value >= least {
		return nil
	}
	return fmt.Errorf("smtp.%s = %d is too small: at least %d", key, value, least)
}

func oneOf(key, value string, allowed ...string) error {
	for _, a := range allowed {
		if a == value {
			return nil
		}
	}
	return fmt.Errorf("smtp.%s = %q is not known: one of %q", key, value, allowed)
}

func (c *Config) validateText() error {
	if len(c.Banner) > 200 || strings.ContainsFunc(c.Banner, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("smtp.banner: at most 200 printable ASCII characters")
	}
	return nil
}

func (c *Config) validateTimes() error {
	t := &c.Timeouts
	var all []error
	for _, d := range []struct {
		key   string
		value setting.Duration
	}{{"command", t.Command}, {"data", t.Data}, {"message", t.Message}, {"write", t.Write}, {"tls", t.TLS}, {"proxy", t.Proxy}} {
		if d.value <= 0 {
			all = append(all, fmt.Errorf("smtp.timeouts.%s must be longer than 0", d.key))
		}
	}
	return errors.Join(all...)
}

func (c *Config) validateFiles() error {
	if c.TLS.Mode != TLSNone && (c.TLS.Cert == "" || c.TLS.Key == "") {
		return fmt.Errorf("smtp.tls.mode = %q needs smtp.tls.cert and smtp.tls.key", c.TLS.Mode)
	}
	return nil
}
