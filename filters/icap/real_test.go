//go:build unix

package icap

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/filters/scanner"
	"weir/gateway/realtest"
)

// newServer starts Debian's c-icap with its virus_scan service, behind which is a clamd that knows the test file.
func newServer(t *testing.T) *fake {
	t.Helper()
	clamd := realtest.Binary(t, "clamav-daemon", "usr/sbin/clamd")
	tree := realtest.Need(t, "libc-icap-mod-virus-scan")
	program, err := tree.Program("usr/bin/c-icap")
	if err != nil {
		realtest.Skip(t, err)
	}
	dir, err := os.MkdirTemp("", "icap") // short enough for a socket in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	write(t, dir, "db/weir.ndb", "Eicar-Test:0:*:"+hex.EncodeToString(scanner.EICAR())+"\n")
	write(t, dir, "clamd.conf", fmt.Sprintf("LocalSocket %s/clamd.ctl\nDatabaseDirectory %[1]s/db\nForeground yes\nLogFile %[1]s/clamd.log\n", dir))
	start(t, clamd, "--config-file="+filepath.Join(dir, "clamd.conf"))
	eventually(t, "clamd listens", func() error { _, err := os.Stat(filepath.Join(dir, "clamd.ctl")); return err })
	addr := realtest.FreeAddr(t)
	modules, _ := filepath.Glob(tree.Path("usr/lib/*/c_icap"))
	if len(modules) == 0 {
		t.Fatal("no modules of c-icap")
	}
	magic := tree.Path("etc/c-icap/c-icap.magic")
	write(t, dir, "c-icap.conf", fmt.Sprintf(`PidFile %[1]s/c-icap.pid
CommandsSocket %[1]s/c-icap.ctl
StartServers 1
MaxServers 1
ThreadsPerChild 8
MinSpareThreads 1
MaxSpareThreads 8
Port %[2]s
TmpDir %[1]s
ModulesDir %[3]s
ServicesDir %[3]s
TemplateDir %[4]s
LoadMagicFile %[5]s
ServerLog %[1]s/server.log
AccessLog %[1]s/access.log
Module common clamd_mod.so
clamd_mod.ClamdSocket %[1]s/clamd.ctl
Service antivirus_module virus_scan.so
ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple
virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE
virus_scan.MaxObjectSize 25M
virus_scan.DefaultEngine clamd
`, dir, addr, modules[0], tree.Path("usr/share/c_icap/templates/"), magic))
	start(t, program, "-N", "-f", filepath.Join(dir, "c-icap.conf"))
	eventually(t, "c-icap listens", func() error {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
		}
		return err
	})
	return &fake{addr: addr}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// start runs a program, and ends it with all its children when the test ends.
func start(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
	})
}

func eventually(t *testing.T, what string, ok func() error) {
	t.Helper()
	end := time.Now().Add(30 * time.Second)
	for err := ok(); err != nil; err = ok() {
		if time.Sleep(5 * time.Millisecond); time.Now().After(end) {
			t.Fatalf("it never came about: %s: %v", what, err)
		}
	}
}

func TestRealServer(t *testing.T) {
	s := newServer(t)
	attached := "From: jo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=a.com\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(scanner.EICAR()) + "\r\n"
	for _, method := range []string{"respmod", "reqmod"} {
		f := newTest(t, s, fmt.Sprintf("method = %q\n", method))
		t.Run(method+": it is well and finds the test file", func(t *testing.T) {
			if got := f.Probe(t.Context()); len(got) != 1 || got[0].Kind != "" || !strings.Contains(got[0].Text, "C-ICAP") {
				t.Errorf("%+v", got)
			}
		})
		t.Run(method+": an innocent mail is clean", func(t *testing.T) {
			r, err := check(t, f, letter)
			want(t, r, err, "clean")
		})
		t.Run(method+": a large innocent mail is clean", func(t *testing.T) {
			r, err := check(t, f, letter+strings.Repeat("lorem ipsum\r\n", 1<<18))
			want(t, r, err, "clean")
		})
		t.Run(method+": the test file is found in an attachment", func(t *testing.T) {
			r, err := check(t, f, attached)
			if err != nil || r.Scan != "infected" || len(r.Hits) != 1 || !strings.Contains(r.Hits[0].Detail, "Eicar-Test") {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}
