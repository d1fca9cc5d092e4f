package clamav

import (
	"fmt"
	"net"
	"path"
	"strings"
	"time"

	"weir/filters/scanner"
	"weir/filters/setting"
)

// Config is the table [filters.clamav].
type Config struct {
	Address      []string         `toml:"address" comment:"where clamd is: \"/run/clamav/clamd.ctl\", \"host:3310\"; several share the work. None: the sockets below are tried at start"`
	Sockets      []string         `toml:"sockets" comment:"where a clamd of this machine is looked for while address is empty"`
	Scans        int              `toml:"scans" comment:"scans at once on each clamd, never more than its MaxThreads; 0: as many as that"`
	StreamMax    setting.Size     `toml:"stream_max" comment:"clamd's StreamMaxLength; a larger message is scanned part by part"`
	Oversize     string           `toml:"oversize" comment:"a part that is larger than that: \"fail\", the mail is unscanned (on_failure); \"symbol\": CLAMAV_LIMITS"`
	ScanTimeout  setting.Duration `toml:"scan_timeout" comment:"for one try; 0: what is left of timeout, divided by the tries that are left"`
	Tries        int              `toml:"tries" comment:"clamds that are tried for one scan"`
	Parts        string           `toml:"parts" comment:"decoded parts that are scanned beside the whole message: \"needed\", those that clamd may not see into; \"all\""`
	ScoreOnly    []string         `toml:"score_only" comment:"names that are no virus, but CLAMAV_SCORED: \"Sanesecurity.Spam.*\""`
	MaxAge       setting.Duration `toml:"max_age" comment:"a database that is older is a trouble, and CLAMAV_OLD_DATABASE; 0: never"`
	Remember     int              `toml:"remember" comment:"verdicts that are remembered by SHA-256, until a database changes; 0: none"`
	RememberTime setting.Duration `toml:"remember_time" comment:"how long they are: clamd does not tell when a local signature file changes"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{
		Address: []string{}, ScoreOnly: []string{},
		Sockets:   []string{"/run/clamav/clamd.ctl", "/run/clamav/clamd.sock", "/run/clamd.scan/clamd.sock", "/var/run/clamav/clamd.ctl", "/var/run/clamav/clamd.sock"},
		StreamMax: 25 << 20, Oversize: "fail", Tries: 2, Parts: "needed", MaxAge: setting.Duration(7 * 24 * time.Hour),
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
	if c.StreamMax <= 0 {
		return nil, fmt.Errorf("stream_max must be clamd's StreamMaxLength, like \"25MB\"")
	}
	for _, pattern := range c.ScoreOnly {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return nil, fmt.Errorf("score_only: %q is no pattern: * stands for any characters, ? for one", pattern)
		}
	}
	seen := map[string]bool{}
	for _, a := range c.Address {
		t, err := target(a)
		if err != nil {
			return nil, err
		}
		if seen[t.Address] {
			return nil, fmt.Errorf("address: %q is named twice", a)
		}
		seen[t.Address] = true
		list = append(list, t)
	}
	return list, nil
}

// target reads one address.
func target(a string) (scanner.Target, error) {
	file := strings.TrimPrefix(a, "unix:")
	if strings.HasPrefix(file, "/") || file != a && file != "" {
		return scanner.Target{Name: file, Network: "unix", Address: file}, nil
	}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(a, "tcp:"))
	if err != nil || host == "" || port == "" || strings.ContainsAny(host+port, "/ ") {
		return scanner.Target{}, fmt.Errorf("address %q: write the path of a socket, \"/run/clamav/clamd.ctl\", or \"host:3310\"", a)
	}
	at := net.JoinHostPort(host, port)
	return scanner.Target{Name: at, Network: "tcp", Address: at}, nil
}
