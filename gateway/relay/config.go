package relay

import (
	"time"

	"weir/filters/setting"
)

// Config is where mail goes: the `[[next_hop]]` tables.
type Config struct {
	Hops []HopConfig `toml:"next_hop"`
}

// DefaultConfig delivers mail for any domain into a Maildir under weir-data: what `weir serve` does out of the box.
func DefaultConfig() Config {
	return Config{Hops: []HopConfig{{
		Address: []string{"weir-data/Maildir"}, Protocol: Maildir, Domains: []string{"*"}, Recipients: RecipientsNone,
	}}}
}

// Protocol is how a hop is spoken to.
type Protocol string

// The protocols.
const (
	SMTP    Protocol = "smtp"    // RFC 5321
	LMTP    Protocol = "lmtp"    // RFC 2033: one reply per recipient after the dot
	Maildir Protocol = "maildir" // no server: a folder of this machine
)

// RecipientsMode is how a recipient is checked before the next hop is asked.
type RecipientsMode string

// The ways of checking. The next hop is asked for every recipient in all of them.
const (
	RecipientsLive RecipientsMode = "live" // the hop's refusals are remembered for a while
	RecipientsFile RecipientsMode = "file" // a file lists who exists; others are refused without asking the hop
	RecipientsNone RecipientsMode = "none" // nothing is remembered
)

// TLSMode is how much TLS a hop needs (STARTTLS, RFC 3207).
type TLSMode string

// The TLS policies.
const (
	TLSNone          TLSMode = "none"          // never
	TLSOpportunistic TLSMode = "opportunistic" // where offered, any certificate; clear text where it fails
	TLSRequired      TLSMode = "required"      // with a verified certificate, or the mail is deferred
)

// Offer tells whether XCLIENT or XFORWARD is used.
type Offer string

// Auto uses the extension where the hop offers it to us; Off never does.
const (
	Auto Offer = "auto"
	Off  Offer = "off"
)

// HopConfig is one next hop. The zero value of a setting means its default (see DefaultHop), so that a table needs to
// say no more than address and domains.
type HopConfig struct {
	// Address is "host:port", "host" (port 25; LMTP 24), "unix:/path" or, for the maildir, a folder. Several are tried in order.
	Address  []string `toml:"address"`
	Protocol Protocol `toml:"protocol"`
	// Domains are the recipient domains that go here: "example.com", "*.example.com" (its subdomains), or "*" (any;
	// refused except where the hop is a Maildir, since it makes an open relay).
	Domains []string `toml:"domains"`
	Helo    string   `toml:"helo"` // our name in EHLO; "" means the gateway's hostname

	TLS         TLSMode `toml:"tls"`
	TLSName     string  `toml:"tls_name"`     // name that the certificate must bear; "" means the address's host
	TLSCA       string  `toml:"tls_ca"`       // PEM file of authorities; "" means the system's
	TLSInsecure bool    `toml:"tls_insecure"` // with "required": accept any certificate (a passive listener learns nothing, an active one does)

	XCLIENT  Offer `toml:"xclient"`
	XFORWARD Offer `toml:"xforward"` // used where XCLIENT is off or not offered

	Recipients     RecipientsMode   `toml:"recipients"`
	RecipientsFile string           `toml:"recipients_file"` // one address, or @domain, a line; read again when it changes
	RememberGood   setting.Duration `toml:"remember_good"`   // how long an accepted recipient is known
	RememberBad    setting.Duration `toml:"remember_bad"`    // how long a refused (5xx) recipient is refused without asking
	RememberMax    int              `toml:"remember_max"`    // recipients remembered

	Timeouts        Timeouts         `toml:"timeouts"`
	IdleTime        setting.Duration `toml:"idle_time"`       // a connection without mail is closed after it
	IdleMax         int              `toml:"idle_max"`        // unused connections kept
	MessagesPerConn int              `toml:"messages"`        // mails per connection; 1 means no reuse
	BreakerFailures int              `toml:"breaker_after"`   // failures in a row until an address is left alone
	BreakerWait     setting.Duration `toml:"breaker_wait"`    // first pause before it is probed; doubles with each failed probe
	BreakerMax      setting.Duration `toml:"breaker_longest"` // longest pause
	CapsFresh       setting.Duration `toml:"offers_fresh"`    // how long the hop's EHLO offers hold while no connection is open
}

// Timeouts are for one step each; those of RFC 5321 section 4.5.3.2, except Connect. 0 means the default.
type Timeouts struct {
	// Connect is for opening a connection in all: every address, the greeting, EHLO and TLS. It is short, since the
	// client is better served by a 451 now.
	Connect setting.Duration `toml:"connect"`
	Command setting.Duration `toml:"command"` // reply to MAIL, RCPT, RSET, XCLIENT, XFORWARD
	Data    setting.Duration `toml:"data"`    // reply to DATA
	Block   setting.Duration `toml:"block"`   // sending one block of content
	Dot     setting.Duration `toml:"dot"`     // reply to the final dot
}

// DefaultHop is what an empty setting of a `[[next_hop]]` means.
func DefaultHop() HopConfig {
	return HopConfig{
		Protocol: SMTP, TLS: TLSOpportunistic, XCLIENT: Auto, XFORWARD: Auto,
		Recipients: RecipientsLive, RememberGood: hours(1), RememberBad: minutes(5), RememberMax: 100_000,
		Timeouts: Timeouts{Connect: seconds(5), Command: minutes(5), Data: minutes(2), Block: minutes(3), Dot: minutes(10)},
		IdleTime: seconds(30), IdleMax: 20, MessagesPerConn: 100,
		BreakerFailures: 3, BreakerWait: seconds(2), BreakerMax: minutes(1), CapsFresh: seconds(30),
	}
}

func hours(n int) setting.Duration   { return setting.Duration(time.Duration(n) * time.Hour) }
func minutes(n int) setting.Duration { return setting.Duration(time.Duration(n) * time.Minute) }
func seconds(n int) setting.Duration { return setting.Duration(time.Duration(n) * time.Second) }

// or gives v, or d where v is the zero value.
func or[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// WithDefaults fills in what is left empty.
func (c HopConfig) WithDefaults() HopConfig {
	d := DefaultHop()
	c.Protocol, c.TLS, c.XCLIENT, c.XFORWARD = or(c.Protocol, d.Protocol), or(c.TLS, d.TLS), or(c.XCLIENT, d.XCLIENT), or(c.XFORWARD, d.XFORWARD)
	if c.Protocol == Maildir {
		d.Recipients = RecipientsNone
	}
	if c.RecipientsFile != "" {
		d.Recipients = RecipientsFile
	}
	c.Recipients = or(c.Recipients, d.Recipients)
	c.RememberGood, c.RememberBad, c.RememberMax = or(c.RememberGood, d.RememberGood), or(c.RememberBad, d.RememberBad), or(c.RememberMax, d.RememberMax)
	c.Timeouts = c.Timeouts.withDefaults(d.Timeouts)
	c.IdleTime, c.IdleMax, c.MessagesPerConn = or(c.IdleTime, d.IdleTime), or(c.IdleMax, d.IdleMax), or(c.MessagesPerConn, d.MessagesPerConn)
	c.BreakerFailures, c.BreakerWait, c.BreakerMax = or(c.BreakerFailures, d.BreakerFailures), or(c.BreakerWait, d.BreakerWait), or(c.BreakerMax, d.BreakerMax)
	c.CapsFresh = or(c.CapsFresh, d.CapsFresh)
	return c
}

func (t Timeouts) withDefaults(d Timeouts) Timeouts {
	return Timeouts{
		Connect: or(t.Connect, d.Connect), Command: or(t.Command, d.Command), Data: or(t.Data, d.Data),
		Block: or(t.Block, d.Block), Dot: or(t.Dot, d.Dot),
	}
}
