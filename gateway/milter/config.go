package milter

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/filters/setting"
)

// Config is the table [milter]. Listen, SocketMode and SocketGroup change only with a restart; the rest holds for new
// connections.
type Config struct {
	// Listen addresses: "127.0.0.1:11332", "unix:/run/weir/milter.sock".
	Listen []string `toml:"listen" comment:"addresses of the milter door, like \"127.0.0.1:11332\" or \"unix:/run/weir/milter.sock\"; none switches it off"`
	// SocketMode of unix sockets, octal.
	SocketMode string `toml:"socket_mode" comment:"who may connect to a unix socket, as chmod takes it"`
	// SocketGroup of unix sockets; "": the process's own.
	SocketGroup string `toml:"socket_group" comment:"group of a unix socket, like \"postfix\"; \"\": the group that Weir runs as"`
	// Allowed networks of mail servers. Whoever can open a unix socket is allowed.
	Allowed []netip.Prefix `toml:"allowed" comment:"networks of mail servers that are served over TCP: they are believed who their clients are, and who has logged in; others are hung up on"`
	// MaxConnections at once, each with one message at most; more are closed at once, and the server acts as it is told for that.
	MaxConnections int `toml:"max_connections" comment:"connections at once, each with one message at most; beyond them the mail server does what it does without us"`
	// Quarantine is QuarantineWeir or QuarantineHold.
	Quarantine string `toml:"quarantine" comment:"where quarantined mail is kept: \"weir\", in our own quarantine, or \"hold\", in the mail server's (Postfix: the hold queue)"`
	// Early tells refusals of clients at once.
	Early bool `toml:"early" comment:"refuse clients at connect and HELO, before it is known whether they log in; otherwise at MAIL"`

	Timeouts Timeouts `toml:"timeouts"`
}

// Timeouts of a connection.
type Timeouts struct {
	Idle     setting.Duration `toml:"idle" comment:"for the next packet: a mail server waits here for its own client"`
	Packet   setting.Duration `toml:"packet" comment:"for the rest of a packet that has begun"`
	Write    setting.Duration `toml:"write" comment:"for the mail server to take an answer"`
	Progress setting.Duration `toml:"progress" comment:"how often a mail server that waits for a verdict is told that we still work"`
	Answer   setting.Duration `toml:"answer" comment:"a mail without a verdict by then is put off; mail servers wait for 5m"`
	Drain    setting.Duration `toml:"drain" comment:"for messages in progress when Weir is told to stop"`
}

// The values of Config.Quarantine.
const (
	QuarantineWeir = "weir"
	QuarantineHold = "hold"
)

// DefaultConfig has the door closed.
func DefaultConfig() Config {
	d := func(t time.Duration) setting.Duration { return setting.Duration(t) }
	return Config{SocketMode: "0660", Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, MaxConnections: 500, Quarantine: QuarantineWeir,
		Timeouts: Timeouts{Idle: d(time.Hour), Packet: d(time.Minute), Write: d(time.Minute), Progress: d(30 * time.Second),
			Answer: d(4*time.Minute + 30*time.Second), Drain: d(30 * time.Second)}}
}

// Check tells everything that is wrong with the values, each with the key's name.
func (c *Config) Check() error {
	all := []error{c.checkListen()}
	if _, err := c.mode(); err != nil {
		all = append(all, err)
	}
	if c.MaxConnections < 1 {
		all = append(all, errors.New("milter.max_connections must be 1 or more"))
	}
	if c.Quarantine != QuarantineWeir && c.Quarantine != QuarantineHold {
		all = append(all, fmt.Errorf(`milter.quarantine = %q is not known: "weir" or "hold"`, c.Quarantine))
	}
	t := &c.Timeouts
	for _, d := range []struct {
		key string
		d   setting.Duration
	}{{"idle", t.Idle}, {"packet", t.Packet}, {"write", t.Write}, {"progress", t.Progress}, {"answer", t.Answer}} {
		if d.d <= 0 {
			all = append(all, fmt.Errorf("milter.timeouts.%s must be longer than 0, like \"30s\"", d.key))
		}
	}
	return errors.Join(all...)
}

func (c *Config) checkListen() error {
	seen := map[string]bool{}
	for _, a := range c.Listen {
		path, unix := strings.CutPrefix(a, "unix:")
		_, port, err := net.SplitHostPort(a)
		_, perr := strconv.ParseUint(port, 10, 16)
		switch {
		case unix && (path == "" || len(path) > maxPath || strings.ContainsRune(path, 0)):
			return fmt.Errorf("milter.listen %q: the path of a socket has 1 to %d bytes", a, maxPath)
		case !unix && (err != nil || perr != nil):
			return fmt.Errorf(`milter.listen %q is no address: write it like "127.0.0.1:11332" or "unix:/run/weir/milter.sock"`, a)
		case seen[a] && port != "0":
			return fmt.Errorf("milter.listen %q is listed twice", a)
		}
		seen[a] = true
	}
	return nil
}

// serves tells whether a mail server at an address may use the door. Those without one come through a unix socket.
func (c *Config) serves(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return true
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(c.Allowed, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// maxPath is what fits into a socket address on Linux (107) and on BSD (103).
const maxPath = 103

// mode is SocketMode as a number.
func (c *Config) mode() (fs.FileMode, error) {
	n, err := strconv.ParseUint(c.SocketMode, 8, 32)
	if err != nil || n > 0o777 {
		return 0, fmt.Errorf(`milter.socket_mode %q is no mode: write it like "0660"`, c.SocketMode)
	}
	return fs.FileMode(n), nil
}

// group is SocketGroup as a number; -1: leave it.
func (c *Config) group() (int, error) {
	if c.SocketGroup == "" {
		return -1, nil
	}
	g, err := user.LookupGroup(c.SocketGroup)
	if err != nil {
		return 0, fmt.Errorf("milter.socket_group: %w", err)
	}
	return strconv.Atoi(g.Gid)
}
