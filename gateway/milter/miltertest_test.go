package milter

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weir/gateway/realtest"
)

// TestMiltertest runs OpenDKIM's milter client with the scripts of testdata against the door.
func TestMiltertest(t *testing.T) {
	program := realtest.Binary(t, "miltertest", "usr/bin/miltertest")
	scripts, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(scripts) < 6 {
		t.Fatal(scripts, err)
	}
	for _, on := range []setup{func(*door) {}, onUnix} {
		d := start(t, on, with(func(c *Config) { c.Quarantine = QuarantineHold }))
		socket := "unix:" + d.addr
		if d.network == "tcp" {
			_, port, _ := strings.Cut(d.addr, ":")
			socket = "inet:" + port + "@127.0.0.1"
		}
		n := 0
		for _, script := range scripts {
			name := filepath.Base(script)
			if name == "start.lua" {
				continue
			}
			t.Run(d.network+"/"+name, func(t *testing.T) {
				if out, err := exec.Command(program, "-s", together(t, script), "-D", "socket="+socket).CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
			n += map[string]int{"reject.lua": 3}[name]
			if name != "reject.lua" {
				n++
			}
			if r := d.last(n); name == "macros.lua" && (r.User != "ann" || r.Next != "queue 4TcXl") {
				t.Errorf("user %q, next %q", r.User, r.Next)
			}
		}
	}
}

// together puts what every script begins with before one.
func together(t *testing.T, script string) string {
	t.Helper()
	var all []byte
	for _, name := range []string{"testdata/start.lua", script} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	file := filepath.Join(t.TempDir(), "script.lua")
	if err := os.WriteFile(file, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
