package sockets

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func listenOn(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// handed makes a set of sockets that were handed over.
func handed(t *testing.T, passed Passed, listeners ...net.Listener) *Set {
	t.Helper()
	s := &Set{}
	for _, l := range listeners {
		s.given = append(s.given, &given{passed, l})
	}
	return s
}

func addresses(list []net.Listener) (all []string) {
	for _, l := range list {
		all = append(all, l.Addr().String())
	}
	return all
}

func TestADoorUsesTheSocketsOfItsName(t *testing.T) {
	for _, name := range []string{"smtp", "weir-smtp.socket"} {
		l := listenOn(t, "tcp", "127.0.0.1:0")
		s := handed(t, Passed{Door: name, Held: true}, l)
		list, unused, err := s.Listen("smtp.listen", []string{"127.0.0.1:1", l.Addr().String()})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{l.Addr().String()}, addresses(list)); diff != "" {
			t.Errorf("%s: sockets (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"127.0.0.1:1"}, unused); diff != "" {
			t.Errorf("%s: unused addresses (-want +got):\n%s", name, diff)
		}
		if !s.Held() || s.Rest() != nil {
			t.Error("systemd's socket is not known as such, or is left over")
		}
	}
}

func TestAClosedDoorStaysClosed(t *testing.T) {
	s := handed(t, Passed{Door: "http", Held: true}, listenOn(t, "tcp", "127.0.0.1:0"))
	list, _, err := s.Listen("http.listen", nil)
	if len(list) != 0 || err != nil {
		t.Fatalf("%d sockets, %v", len(list), err)
	}
}

func TestASocketWithoutADoorsNameIsFoundByItsAddress(t *testing.T) {
	l, other := listenOn(t, "tcp", "127.0.0.1:0"), listenOn(t, "tcp", "127.0.0.1:0")
	s := handed(t, Passed{Held: true}, l, other)
	list, unused, err := s.Listen("smtp.listen", []string{"127.0.0.1:0", l.Addr().String()})
	if err != nil || unused != nil {
		t.Fatal(err, unused)
	}
	if len(list) != 2 || list[1].Addr().String() != l.Addr().String() || list[0].Addr().String() == other.Addr().String() {
		t.Errorf("sockets %v", addresses(list))
	}
	if rest := s.Rest(); len(rest) != 1 || !strings.Contains(rest[0], other.Addr().String()) {
		t.Errorf("left over: %v", rest)
	}
	if c, err := net.Dial("tcp", other.Addr().String()); err == nil {
		c.Close()
		t.Error("what nobody wants still listens")
	}
	for _, l := range list {
		l.Close()
	}
}

func TestWhichAddressesAreTheSame(t *testing.T) {
	tcp := func(s string) net.Addr { a, _ := net.ResolveTCPAddr("tcp", s); return a }
	for _, c := range []struct {
		have net.Addr
		want string
		same bool
	}{
		{tcp("[::]:25"), ":25", true},
		{tcp("[::]:25"), ":smtp", true},
		{tcp("0.0.0.0:25"), "[::]:25", true},
		{tcp("[::]:25"), ":26", false},
		{tcp("192.0.2.1:25"), ":25", false},
		{tcp("192.0.2.1:25"), "192.0.2.1:25", true},
		{tcp("192.0.2.1:25"), "[::ffff:192.0.2.1]:25", true},
		{tcp("192.0.2.1:25"), "192.0.2.2:25", false},
		{tcp("192.0.2.1:25"), "mx.example:25", false},
		{tcp("192.0.2.1:25"), "25", false},
		{tcp("192.0.2.1:25"), "unix:/run/weir/x", false},
		{&net.UnixAddr{Name: "/run/weir/x", Net: "unix"}, "unix:/run/weir/x", true},
		{&net.UnixAddr{Name: "/run/weir/x", Net: "unix"}, "unix:/run/weir/y", false},
		{&net.UnixAddr{Name: "/run/weir/x", Net: "unix"}, ":25", false},
	} {
		if got := matches(c.have, c.want); got != c.same {
			t.Errorf("%s for %s: %v", c.have, c.want, got)
		}
	}
}

func TestWhatTheEnvironmentSays(t *testing.T) {
	for _, c := range []struct {
		name, pid, fds, names string
		want                  []string
		wrong                 bool
	}{
		{"nothing", "", "", "", nil, false},
		{"for another process", "8", "2", "a:b", nil, false},
		{"names", "7", "2", "smtp:milter", []string{"smtp", "milter"}, false},
		{"no names", "7", "2", "", []string{"", ""}, false},
		{"too few names", "7", "2", "smtp", []string{"smtp", ""}, false},
		{"too many names", "7", "1", "smtp:milter", []string{"smtp"}, false},
		{"unknown", "7", "1", "unknown", []string{""}, false},
		{"no number", "7", "x", "", nil, true},
		{"negative", "7", "-1", "", nil, true},
		{"too many", "7", "1000000000", "", nil, true},
	} {
		env := map[string]string{"LISTEN_PID": c.pid, "LISTEN_FDS": c.fds, "LISTEN_FDNAMES": c.names}
		got, err := activation(func(k string) string { return env[k] }, 7)
		if (err != nil) != c.wrong || !cmp.Equal(c.want, got) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func TestWhatIsNoSocketIsToldForPeople(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	_, err = From(int(f.Fd()), []Passed{{Door: "smtp"}}) // From closes it
	if err == nil || !strings.Contains(err.Error(), "(smtp) that was handed over") {
		t.Errorf("got %v", err)
	}
}

// TestARetiredSocketServesElsewhere hands a socket on, as one process does to the next, in one process.
func TestARetiredSocketServesElsewhere(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "sock")} {
		old := &Set{}
		list, _, err := old.Listen("milter.listen", []string{address})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { _, err := list[0].Accept(); ended <- err }()
		what, files, err := old.Pass()
		if err != nil || len(files) != 1 {
			t.Fatal(err, len(files))
		}
		young, err := From(int(files[0].Fd()), what)
		runtime.KeepAlive(files)
		if err != nil {
			t.Fatal(err)
		}
		next, _, err := young.Listen("milter.listen", []string{address})
		if err != nil || len(young.Rest()) != 0 {
			t.Fatal(err)
		}
		old.Retire()
		go func() {
			if c, err := next[0].Accept(); err == nil {
				_, _ = c.Write([]byte("young"))
				c.Close()
			}
		}()
		a := next[0].Addr()
		c, err := net.DialTimeout(a.Network(), a.String(), 10*time.Second)
		if err != nil {
			t.Fatalf("%s: nobody is there after the hand-over: %v", address, err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 5)
		if n, _ := c.Read(b); string(b[:n]) != "young" {
			t.Errorf("%s: %q answers", address, b[:n])
		}
		c.Close()
		select {
		case err := <-ended:
			t.Errorf("%s: the retired socket's door was woken: %v", address, err)
		default:
		}
		list[0].Close()
		if err := <-ended; err != net.ErrClosed {
			t.Errorf("%s: the door hears %v", address, err)
		}
		if path, ok := strings.CutPrefix(address, "unix:"); ok {
			if _, err := os.Stat(path); err != nil {
				t.Errorf("the old process took the path away: %v", err)
			}
		}
		next[0].Close()
		if path, ok := strings.CutPrefix(address, "unix:"); ok {
			if _, err := os.Stat(path); err == nil {
				t.Error("the last process leaves the path behind")
			}
		}
	}
}

func TestAPortInUseIsToldForPeople(t *testing.T) {
	l := listenOn(t, "tcp", "127.0.0.1:0")
	_, _, err := (&Set{}).Listen("metrics.listen", []string{l.Addr().String()})
	if err == nil || strings.Contains(err.Error(), "--listen") {
		t.Errorf("the flag --listen is not about metrics: %v", err)
	}
	_, _, err = (&Set{}).Listen("smtp.listen", []string{"127.0.0.1:0", l.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "smtp.listen: can't listen on "+l.Addr().String()) || !strings.Contains(err.Error(), "another server has this port") {
		t.Errorf("got %v", err)
	}
}

func TestASocketThatAKilledProcessLeftIsReplacedAndOneInUseIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = (&Set{}).Listen("http.listen", []string{"unix:" + path})
	if err == nil || !strings.Contains(err.Error(), "http.listen: can't listen on unix:") || !strings.Contains(err.Error(), "another server has this address") {
		t.Errorf("a socket in use: %v", err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	list, _, err := (&Set{}).Listen("http.listen", []string{"unix:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer list[0].Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAFileIsNoSocketAndStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(path, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, _, err := (&Set{}).Listen("milter.listen", []string{"unix:" + path}); err == nil {
		closeAll(list)
		t.Error("it listens")
	}
	if text, _ := os.ReadFile(path); string(text) != "dear" {
		t.Errorf("the file is %q now", text)
	}
}

func FuzzActivation(f *testing.F) {
	f.Add("2", "smtp:milter")
	f.Add("-1", "::::")
	f.Fuzz(func(t *testing.T, fds, names string) {
		list, err := activation(func(k string) string {
			return map[string]string{"LISTEN_PID": "7", "LISTEN_FDS": fds, "LISTEN_FDNAMES": names}[k]
		}, 7)
		if n, wrong := strconv.Atoi(fds); err == nil && (wrong != nil || len(list) != n || n > mostFDs) {
			t.Errorf("%q gives %d sockets", fds, len(list))
		}
	})
}
