package relay

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"golang.org/x/net/idna"
)

// Check tells what is wrong with the next hops, every problem in one joined error, each naming its table and key.
func (c Config) Check() error {
	if len(c.Hops) == 0 {
		return errors.New("next_hop: none is set: mail could go nowhere; add a [[next_hop]] with address and domains")
	}
	var errs []error
	owner := map[string]string{}
	for i, h := range c.Hops {
		where := fmt.Sprintf("next_hop %d", i+1)
		errs = append(errs, h.check(where)...)
		errs = append(errs, claim(owner, where, h)...)
	}
	return errors.Join(errs...)
}

// claim notes who serves each domain and complains where two hops do.
func claim(owner map[string]string, where string, h HopConfig) (errs []error) {
	for _, d := range h.Domains {
		key, err := pattern(d)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: domains: %w", where, err))
			continue
		}
		if other := owner[key]; other != "" {
			errs = append(errs, fmt.Errorf("%s: domains: %q goes to %s already; a domain has one next hop", where, d, other))
		}
		owner[key] = cmp.Or(strings.Join(h.Address, ", "), "another next hop")
	}
	return errs
}

func (c HopConfig) check(where string) (errs []error) {
	say := func(format string, args ...any) { errs = append(errs, fmt.Errorf(where+": "+format, args...)) }
	oneOf(say, "protocol", c.Protocol, "", SMTP, LMTP, Maildir)
	oneOf(say, "tls", c.TLS, "", TLSNone, TLSOpportunistic, TLSRequired)
	oneOf(say, "xclient", c.XCLIENT, "", Auto, Off)
	oneOf(say, "xforward", c.XFORWARD, "", Auto, Off)
	oneOf(say, "recipients", c.Recipients, "", RecipientsLive, RecipientsFile, RecipientsNone)
	c.checkAddress(say)
	c.checkDomains(say)
	c.checkFiles(say)
	c.checkNumbers(say)
	return errs
}

func oneOf[T ~string](say func(string, ...any), key string, got T, allowed ...T) {
	var names []string
	for _, a := range allowed {
		if a == got {
			return
		}
		if a != "" {
			names = append(names, string(a))
		}
	}
	say("%s: %q is not known; it is one of %s", key, string(got), strings.Join(names, ", "))
}

func (c HopConfig) checkAddress(say func(string, ...any)) {
	if len(c.Address) == 0 {
		say(`address: none is set; write it like ["127.0.0.1:25"] or ["unix:/run/lmtp.sock"]`)
	}
	if c.Protocol == Maildir {
		if len(c.Address) > 1 {
			say("address: a maildir is one folder, got %d", len(c.Address))
		}
		return
	}
	for _, a := range c.Address {
		parsed, err := parseAddress(a, c.Protocol)
		switch {
		case err != nil:
			say("address: %v", err)
		case parsed.host == "" && c.TLS == TLSRequired && c.TLSName == "" && !c.TLSInsecure:
			say(`tls_name: not set, but tls = "required" at %s needs the name that the certificate must bear`, a)
		}
	}
}

func (c HopConfig) checkDomains(say func(string, ...any)) {
	if len(c.Domains) == 0 {
		say(`domains: none is set; list the recipient domains that go here, like ["example.com", "*.example.com"]`)
	}
	for _, d := range c.Domains {
		if d == "*" && c.Protocol != Maildir {
			say(`domains: "*" would relay mail for anybody (an open relay); list your domains. "*" is for the maildir only`)
		}
	}
}

func (c HopConfig) checkFiles(say func(string, ...any)) {
	if c.Recipients == RecipientsFile && c.RecipientsFile == "" {
		say(`recipients_file: not set, but recipients = "file" needs it`)
	}
	if c.RecipientsFile != "" && c.Recipients != RecipientsFile && c.Recipients != "" {
		say("recipients_file: is set, but recipients = %q does not read it", c.Recipients)
	}
	if c.TLSCA != "" {
		if _, err := loadCA(c.TLSCA); err != nil {
			say("tls_ca: %v", err)
		}
	}
	if c.RecipientsFile != "" {
		if _, err := openList(c.RecipientsFile); err != nil {
			say("%v", err)
		}
	}
}

func (c HopConfig) checkNumbers(say func(string, ...any)) {
	for key, n := range map[string]int{"remember_max": c.RememberMax, "idle_max": c.IdleMax, "messages": c.MessagesPerConn, "breaker_after": c.BreakerFailures} {
		if n < 0 {
			say("%s: %d is below zero; 0 means the default", key, n)
		}
	}
	if d := c.WithDefaults(); d.BreakerWait > d.BreakerMax {
		say("breaker_wait: %v is longer than breaker_longest, %v", d.BreakerWait.D(), d.BreakerMax.D())
	}
}

// address is a parsed address of a next hop.
type address struct {
	network, addr string
	host          string // for the certificate; "" for a socket
	name          string // as shown
}

// parseAddress reads "host:port", "host" and "unix:/path".
func parseAddress(s string, p Protocol) (address, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if !filepath.IsAbs(path) {
			return address{}, fmt.Errorf("%q: a socket's path must begin with /", s)
		}
		return address{"unix", path, "", s}, nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = strings.Trim(s, "[]"), map[Protocol]string{SMTP: "25", "": "25", LMTP: "24"}[p]
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return address{}, fmt.Errorf("%q is no host:port (an IPv6 address goes in brackets: [::1]:25)", s)
		}
	}
	if _, err := net.LookupPort("tcp", port); err != nil || host == "" || strings.ContainsAny(host, " /@<>") {
		return address{}, fmt.Errorf("%q is no host:port, like 127.0.0.1:25 or mail.example.com:25", s)
	}
	whole := net.JoinHostPort(host, port)
	return address{"tcp", whole, host, whole}, nil
}

// pattern brings a domain of the config into the form it is looked up by: "example.com", ".example.com" for its
// subdomains, "*" for any.
func pattern(s string) (string, error) {
	if s == "*" {
		return s, nil
	}
	rest, sub := strings.CutPrefix(s, "*.")
	if !sub {
		rest, sub = strings.CutPrefix(s, ".")
	}
	d, ok := canonical(rest)
	if !ok || strings.Contains(d, "*") {
		return "", fmt.Errorf("%q is no domain; write it like example.com, or *.example.com for its subdomains", s)
	}
	if sub {
		d = "." + d
	}
	return d, nil
}

// canonical gives a domain in lower case and A-labels, without a final dot. It does not allocate for most.
func canonical(d string) (string, bool) {
	d = strings.TrimSuffix(d, ".")
	if d == "" || len(d) > 255 || strings.ContainsAny(d, " \t\r\n<>@,;/\\\"") {
		return d, false
	}
	if ascii(d) {
		return strings.ToLower(d), labelled(d)
	}
	a, err := idna.Lookup.ToASCII(d)
	return a, err == nil && labelled(a)
}

// labelled tells whether a domain has labels, none of them empty. A dot at its end was cut off before; IDNA may leave nothing.
func labelled(d string) bool {
	return d != "" && d[0] != '.' && d[len(d)-1] != '.' && !strings.Contains(d, "..")
}
