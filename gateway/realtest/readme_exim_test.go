package realtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// eximConfig is what stands around the README's lines: a mailbox for alice, nobody else.
const eximConfig = `primary_hostname = mx.weir.test
spool_directory = %[1]s/spool
log_file_path = %[1]s/log/%%slog
exim_path = %[2]s
keep_environment = LD_* : NSS_*
deliver_drop_privilege = true
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept domains = weir.test
         local_parts = alice
  deny message = no such user
begin routers
box:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = %[1]s/mail/alice
  create_directory = true
`

// TestDocumentedExim runs the README's Exim set-up with a real Exim.
func TestDocumentedExim(t *testing.T) {
	t.Parallel()
	program := Exim(t)
	if os.Getuid() != 0 {
		Skip(t, fmt.Errorf("%w: exim4: it needs root to take its own user", ErrUnavailable))
	}
	list := of(blocks(t, readme), "exim")
	if len(list) != 1 {
		t.Fatalf("%d exim blocks", len(list))
	}
	dir, free := eximFolder(t), ports(t, "10025", "25")
	addr := free.Replace("127.0.0.1:10025")
	config := filepath.Join(dir, "exim.conf")
	if err := os.WriteFile(config, fmt.Appendf([]byte(free.Replace(list[0].text)), eximConfig, dir, program), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := startProcess([]string{program, "-C", config, "-bdf"}, os.Environ(), filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.terminate)
	if err := awaitGreeting(addr, startLimit, p.ended); err != nil {
		out, _ := os.ReadFile(filepath.Join(dir, "out"))
		t.Fatalf("%v: %s", err, out)
	}
	file, front := documentedConfig(t, 0, free)
	NewWeir(t, Build(t), front, "--config", file)
	o := dial(t, front).Send("ann@example.org", []string{"nobody@weir.test", alice}, plain)
	if !o.Accepted || o.Rcpts["nobody@weir.test"] != 550 {
		t.Fatalf("outcome %+v", o)
	}
	eventually(t, "delivery by Exim", func() bool {
		text, _ := os.ReadFile(filepath.Join(dir, "mail", "alice"))
		return strings.Contains(string(text), "Shall we?\n.\n..and dots\n")
	})
}

// eximFolder makes the folders that Exim writes, for the user that it runs as.
func eximFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-exim-") // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	owner, none := ids(eximUser, "")
	if none != nil { // the usual case: Exim is not installed
		owner = [2]int{eximID, eximID}
	}
	err = os.Chmod(dir, 0o755)
	for _, name := range []string{"spool", "log", "mail"} {
		path := filepath.Join(dir, name)
		err = errors.Join(err, os.Mkdir(path, 0o750), os.Chown(path, owner[0], owner[1]))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
