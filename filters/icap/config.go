package icap

import (
	"fmt"
	"net"
	"strings"
	"time"

	"weir/filters/scanner"
	"weir/filters/setting"
)

// Config is the table [filters.icap].
type Config struct {
	Address      []string         `toml:"address" comment:"ICAP servers, \"host:1344\"; several share the work. None: this filter is off"`
	Service      string           `toml:"service" comment:"name of the service there: \"avscan\", \"virus_scan\", \"srv_clamav\" …"`
	Method       string           `toml:"method" comment:"respmod or reqmod"`
	TLS          bool             `toml:"tls" comment:"speak TLS, and verify the certificate"`
	TLSName      string           `toml:"tls_name" comment:"name in the certificate; needed with tls"`
	TLSCA        string           `toml:"tls_ca" comment:"PEM file of authorities; empty: the system's"`
	Scans        int              `toml:"scans" comment:"scans at once on each server; 0: as many as its Max-Connections"`
	MaxSize      setting.Size     `toml:"max_size" comment:"the server's largest; a larger message is scanned part by part"`
	Oversize     string           `toml:"oversize" comment:"a part that is larger than that: \"fail\", the mail is unscanned (on_failure); \"symbol\": ICAP_LIMITS"`
	ScanTimeout  setting.Duration `toml:"scan_timeout" comment:"for one try; 0: what is left of timeout, divided by the tries that are left"`
	Tries        int              `toml:"tries" comment:"servers that are tried for one scan"`
	Parts        string           `toml:"parts" comment:"decoded parts that are scanned beside the whole message: \"all\"; \"needed\", where the server decodes mail itself"`
	Remember     int              `toml:"remember" comment:"verdicts that are remembered by SHA-256, until the server's ISTag changes; 0: none"`
	RememberTime setting.Duration `toml:"remember_time" comment:"how long they are"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{
		Address: []string{}, Service: "avscan", Method: "respmod", MaxSize: 25 << 20, Oversize: "fail", Tries: 2, Parts: "all",
		Remember: 10_000, RememberTime: setting.Duration(10 * time.Minute),
	}
}

// Longest tells how long the tries may take together (filters.Patient).
func (c *Config) Longest() (time.Duration, string) {
	return c.ScanTimeout.D() * time.Duration(min(c.Tries, max(len(c.Address), 1))), "scan_timeout x tries"
}

// targets checks the settings and reads the addresses.
func (c *Config) targets() (list []scanner.Target, err error) {
	if err := (scanner.Shared{Tries: c.Tries, Scans: c.Scans, Remember: c.Remember, Oversize: c.Oversize, Parts: c.Parts, Servers: len(c.Address)}).Check(); err != nil {
		return nil, err
	}
	switch {
	case c.MaxSize <= 0:
		return nil, fmt.Errorf("max_size must be more than 0, like \"25MB\"")
	case c.Method != "respmod" && c.Method != "reqmod":
		return nil, fmt.Errorf("method %q: write \"respmod\" or \"reqmod\"", c.Method)
	case c.TLS && c.TLSName == "":
		return nil, fmt.Errorf("tls needs tls_name, the name in the server's certificate")
	case c.Service == "" || strings.ContainsFunc(c.Service, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return nil, fmt.Errorf("service %q is no name of a service: write it like \"avscan\"", c.Service)
	}
	seen := map[string]bool{}
	for _, a := range c.Address {
		host, port, err := net.SplitHostPort(a)
		if err != nil || host == "" || port == "" || strings.ContainsAny(a, "/ ") {
			return nil, fmt.Errorf("address %q: write \"host:1344\"; the service's name goes into service", a)
		}
		if seen[a] {
			return nil, fmt.Errorf("address: %q is named twice", a)
		}
		seen[a] = true
		list = append(list, scanner.Target{Name: a, Network: "tcp", Address: a})
	}
	return list, nil
}
