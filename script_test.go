package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"weir/gateway/realtest"
	"weir/gateway/resolver/dnstest"
)

// TestScripts runs testdata/script/*.txtar against the weir command. Beside testscript's own commands there is
// `exits CODE weir …`, which wants that exit code, and leaves stdout and stderr for what follows, and `dns FILE`, which
// starts a name server on loopback with the records of a file; its address is $DNS from then on, and stands for DNS: in
// the files named after it.
func TestScripts(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "bin")
	if err := errors.Join(os.Mkdir(bin, 0o755), realtest.BuildTo(filepath.Join(bin, "weir"))); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits,
			"dns": func(ts *testscript.TestScript, _ bool, args []string) { nameServer(t, ts, args) }},
	})
}

// nameServer is the command dns.
func nameServer(t *testing.T, ts *testscript.TestScript, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: dns RECORDS file…")
	}
	addr := dnstest.Start(t, ts.ReadFile(args[0])).Addr
	ts.Setenv("DNS", addr)
	for _, file := range args[1:] {
		text := strings.ReplaceAll(ts.ReadFile(file), "DNS:", addr)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// exits is the command of that name.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := 0, error(nil)
	if len(args) > 1 {
		want, err = strconv.Atoi(args[0])
	}
	if neg || len(args) < 2 || err != nil {
		ts.Fatalf("usage: exits CODE command…")
	}
	got, exit := 0, (*exec.ExitError)(nil)
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
