package milter

import (
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

func TestMistakesInTheConfigAreNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"the defaults", func(*Config) {}, ""},
		{"addresses", func(c *Config) {
			c.Listen = []string{"127.0.0.1:11332", "[::1]:11332", "unix:/run/weir/milter.sock", "127.0.0.1:0", "127.0.0.1:0"}
		}, ""},
		{"no port", func(c *Config) { c.Listen = []string{"127.0.0.1"} }, "milter.listen"},
		{"no path", func(c *Config) { c.Listen = []string{"unix:"} }, "milter.listen"},
		{"a path too long for a socket", func(c *Config) { c.Listen = []string{"unix:/" + strings.Repeat("x", 103)} }, "milter.listen"},
		{"twice", func(c *Config) { c.Listen = []string{"unix:/a", "unix:/a"} }, "listed twice"},
		{"a mode that is none", func(c *Config) { c.SocketMode = "rw" }, "milter.socket_mode"},
		{"a mode too large", func(c *Config) { c.SocketMode = "7777" }, "milter.socket_mode"},
		{"no connections", func(c *Config) { c.MaxConnections = 0 }, "milter.max_connections"},
		{"another quarantine", func(c *Config) { c.Quarantine = "keep" }, "milter.quarantine"},
		{"no time", func(c *Config) { c.Timeouts.Answer = 0 }, "milter.timeouts.answer"},
	} {
		cfg := DefaultConfig()
		c.change(&cfg)
		err := cfg.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestASocketIsOpenToWhomTheConfigSays looks at its mode and group.
func TestASocketIsOpenToWhomTheConfigSays(t *testing.T) {
	own, err := user.LookupGroupId("0")
	if err != nil || os.Getuid() != 0 {
		own = &user.Group{}
	}
	d := start(t, onUnix, with(func(c *Config) { c.SocketMode, c.SocketGroup = "0606", own.Name }))
	d.dial().greet().mail(plain)
	if info, err := os.Stat(d.addr); err != nil || info.Mode().Perm() != 0o606 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "m"))
	if err != nil {
		t.Fatal(err)
	}
	d.cfg.SocketGroup = "there-is-no-such-group"
	if err := d.Serve(l); err == nil || !strings.Contains(err.Error(), "socket_group") {
		t.Errorf("%v", err)
	}
}
