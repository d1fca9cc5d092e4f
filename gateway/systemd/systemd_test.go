package systemd

import (
	"net"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"
)

// manager listens as systemd does.
func manager(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	return c
}

func TestEachMessageIsOneDatagram(t *testing.T) {
	c := manager(t, filepath.Join(t.TempDir(), "notify"))
	m := Find()
	for _, s := range []struct {
		say  func() error
		want string
	}{
		{func() error { return m.Ready("3 doors\nREADY=0") }, `READY=1\nSTATUS=3 doors READY=0`},
		{m.Reloading, `RELOADING=1\nMONOTONIC_USEC=\d+`},
		{func() error { return m.Stopping("bye") }, `STOPPING=1\nSTATUS=bye`},
		{func() error { return m.Main(17) }, `MAINPID=17`},
		{m.Alive, `WATCHDOG=1`},
	} {
		if err := s.say(); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 512)
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := c.Read(b)
		if err != nil || !regexp.MustCompile("^"+s.want+"$").Match(b[:n]) {
			t.Errorf("got %q, %v; want %s", b[:n], err, s.want)
		}
	}
}

func TestASocketWithoutAPathIsReached(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("abstract sockets are Linux's")
	}
	c := manager(t, "@weir-test-notify-"+filepath.Base(t.TempDir()))
	if err := Find().Alive(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := c.Read(b); err != nil || string(b[:n]) != "WATCHDOG=1" {
		t.Errorf("got %q, %v", b[:n], err)
	}
}

func TestWithoutAManagerNothingIsSaid(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "1000000")
	m := Find()
	if m != nil || m.Ready("x") != nil || m.Alive() != nil || m.Watchdog() != 0 {
		t.Error("a manager that is not there is spoken to")
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	if Find().Alive() == nil {
		t.Error("a manager that does not listen is no error")
	}
}

func TestHowOftenASignOfLifeIsWanted(t *testing.T) {
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"30000000", "", 30 * time.Second},
		{"30000000", "7", 30 * time.Second},
		{"30000000", "8", 0},
		{"", "7", 0},
		{"0", "7", 0},
		{"-5", "7", 0},
		{"99999999999999999", "7", 0},
		{"x", "7", 0},
	} {
		if got := within(c.usec, c.pid, 7); got != c.want {
			t.Errorf("%q for %q: %s, want %s", c.usec, c.pid, got, c.want)
		}
	}
}
