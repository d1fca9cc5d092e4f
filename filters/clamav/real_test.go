//go:build unix

package clamav

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"weir/filters/scanner"

	"weir/filters"
	"weir/gateway/realtest"
)

// clamd is a real one, with signatures of our own: none can be downloaded in a test.
type server struct {
	file, dir, program string
	command            *exec.Cmd
}

func newClamd(t *testing.T) *server {
	t.Helper()
	d := &server{program: realtest.Binary(t, "clamav-daemon", "usr/sbin/clamd"), dir: socketDir(t)}
	d.file = filepath.Join(d.dir, "clamd.ctl")
	write(t, filepath.Join(d.dir, "db", "weir.ndb"), "Eicar-Test:0:*:"+hex.EncodeToString(scanner.EICAR())+"\n")
	write(t, filepath.Join(d.dir, "clamd.conf"), fmt.Sprintf("LocalSocket %s\nDatabaseDirectory %s/db\nForeground yes\nLogFile %s/log\nStreamMaxLength 1M\nMaxThreads 4\nSelfCheck 0\n", d.file, d.dir, d.dir))
	d.command = exec.Command(d.program, "--config-file="+filepath.Join(d.dir, "clamd.conf"))
	d.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := d.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.command.Process.Signal(syscall.SIGCONT)
		_ = d.command.Process.Kill()
		_ = d.command.Wait()
	})
	eventually(t, "clamd listens", func() bool { _, err := os.Stat(d.file); return err == nil })
	return d
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRealClamd shares one clamd among all that is asked of it.
func TestRealClamd(t *testing.T) {
	d := newClamd(t)
	config := fmt.Sprintf("address = [%q]\nremember = 0\n", d.file)
	f := newTest(t, config, env())
	t.Run("it is well, finds the test file, and tells its threads", func(t *testing.T) {
		got := f.Probe(t.Context())
		if len(got) != 1 || got[0].Kind != "" || !strings.Contains(got[0].Text, "ClamAV ") {
			t.Errorf("%+v", got)
		}
		if g := f.Gauges(); len(g) < 2 || g[1].Value != 4 {
			t.Errorf("%+v", g)
		}
	})
	t.Run("an innocent mail is clean", func(t *testing.T) {
		r, err := check(t, f, letter, plenty)
		want(t, r, err, "clean")
	})
	for name, raw := range hiding() {
		t.Run("found: "+name, func(t *testing.T) {
			r, err := check(t, f, raw, plenty)
			want(t, r, err, "infected CLAMAV_VIRUS")
		})
	}
	t.Run("found in every nesting", func(t *testing.T) { everyNesting(t, f) })
	t.Run("what nobody can open is not clean", func(t *testing.T) { unopened(t, f) })
	t.Run("C11_size_limit", func(t *testing.T) {
		r, err := check(t, f, letter+strings.Repeat("x", 4<<20), plenty)
		want(t, r, err, "unscanned CLAMAV_LIMITS failed")
	})
	t.Run("C14_a_reload_makes_no_wrong_verdict", func(t *testing.T) { reload(t, f) })
	t.Run("C10_SIGSTOP", func(t *testing.T) { stopped(t, d, config) })
}

func quoted(b []byte) string {
	var out strings.Builder
	for i, c := range b {
		if i%20 == 19 {
			out.WriteString("=\r\n")
		}
		fmt.Fprintf(&out, "=%02X", c)
	}
	return out.String()
}

// reload lets clamd read its database again and again while mail is scanned.
func reload(t *testing.T, f *filter) {
	var over atomic.Bool
	go func() {
		defer over.Store(true)
		for range 5 {
			if text, err := command(f.Address[0], "nRELOAD\n"); err != nil || text != "RELOADING\n" {
				t.Errorf("%q %v", text, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	for i := 0; !over.Load() || i < 20; i++ {
		r, err := check(t, f, letter+fmt.Sprint(i), plenty)
		want(t, r, err, "clean")
		r, err = check(t, f, infected()+fmt.Sprint(i), plenty)
		want(t, r, err, "infected CLAMAV_VIRUS")
	}
}

func command(socket, text string) (string, error) {
	c, err := env().Dialer.DialContext(context.Background(), "unix", socket)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(plenty))
	if _, err := c.Write([]byte(text)); err != nil {
		return "", err
	}
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	return string(buf[:n]), err
}

// stopped: a clamd that is stopped, and goes on later.
func stopped(t *testing.T, d *server, config string) {
	f := newTest(t, config+`scan_timeout = "300ms"`, env())
	r, err := check(t, f, letter, plenty)
	want(t, r, err, "clean")
	_ = d.command.Process.Signal(syscall.SIGSTOP)
	for _, raw := range []string{letter, letter + strings.Repeat("x", 900<<10)} {
		r, err = check(t, f, raw, plenty)
		want(t, r, err, "unscanned failed")
	}
	_ = d.command.Process.Signal(syscall.SIGCONT)
	eventually(t, "it is well again", func() bool {
		r, err := check(t, f, letter, plenty)
		return err == nil && r.Scan == filters.ScanClean
	})
}
