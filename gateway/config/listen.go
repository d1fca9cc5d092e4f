package config

import (
	"crypto/tls"
	"net"
	"strconv"
	"strings"

	"weir/gateway/smtp"
)

// checkListen refuses addresses that nobody can listen on, so that a check finds them and not only a start.
func (c *Config) checkListen(b *binder) {
	if len(c.SMTP.Listen) == 0 && len(c.HTTP.Listen) == 0 && len(c.Milter.Listen) == 0 && len(c.Spamd.Listen) == 0 {
		b.add("smtp.listen", `names no address, and no other door is open, so no mail could come in: write it like ["127.0.0.1:2525"] or [":25"]`)
	}
	seen := map[string]bool{}
	for i, address := range c.SMTP.Listen {
		path := element("smtp.listen", i)
		_, port, err := net.SplitHostPort(address)
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil {
			b.add(path, `%q is no address with a port from 1 to 65535: write it like "127.0.0.1:2525", "[::1]:2525" or ":25"`, address)
		} else if seen[address] && n != 0 {
			b.add(path, "%q is listed twice", address)
		}
		seen[address] = true
	}
	c.checkShared(b)
}

// listens are the addresses of each door, and of the metrics.
func (c *Config) listens() []doorAddresses {
	return []doorAddresses{
		{"smtp", c.SMTP.Listen}, {"milter", c.Milter.Listen}, {"http", c.HTTP.Listen}, {"spamd", c.Spamd.Listen},
		{"metrics", []string{c.Metrics.Listen}},
	}
}

type doorAddresses struct {
	door string
	list []string
}

// checkShared refuses an address that two doors name: only one of them could have it.
func (c *Config) checkShared(b *binder) {
	owner := map[string]string{}
	for _, d := range c.listens() {
		for _, address := range d.list {
			first := owner[address]
			if address == "" || strings.HasSuffix(address, ":0") || first == d.door {
				continue
			}
			if first != "" {
				b.add(d.door+".listen", "%q is an address of %s.listen already: each door needs its own", address, first)
				continue
			}
			owner[address] = d.door
		}
	}
}

// checkCertificate reads the certificate of smtp.tls. Only `weir config check` asks: a start and a reload read it
// themselves, and a scan may run as a user who must not read the key.
func (c *Config) checkCertificate() error {
	t := c.SMTP.TLS
	if t.Mode == smtp.TLSNone {
		return nil
	}
	var problems Problems
	if _, err := tls.LoadX509KeyPair(t.Cert, t.Key); err != nil {
		problems.add(c.doc.place("smtp.tls.cert"), "smtp.tls.cert", "the certificate in %q with the key in %q can't be used: %s", t.Cert, t.Key, err)
	}
	return problems.err()
}
