package main

import (
	"io"
	"strings"
	"testing"
)

func run(t *testing.T, strict bool, lines ...string) (string, bool) {
	t.Helper()
	var out strings.Builder
	s := summary{out: &out, open: map[string]bool{}, output: map[string][]string{}}
	if err := s.read(strings.NewReader(strings.Join(lines, "\n") + "\n")); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	ok := s.verdict(strict)
	return out.String(), ok
}

const (
	start   = `{"Action":"start","Package":"p"}`
	passed  = `{"Action":"pass","Package":"p","Test":"A"}`
	end     = `{"Action":"pass","Package":"p"}`
	shared  = `{"Action":"output","Package":"p","Test":"B","Output":"    x_test.go:1: SHARED SUITE NOT RUN: gone\n"}`
	server  = `{"Action":"output","Package":"p","Test":"B","Output":"    x_test.go:1: REAL SERVER NOT RUN: gone\n"}`
	skipped = `{"Action":"skip","Package":"p","Test":"B"}`
)

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name   string
		strict bool
		lines  []string
		ok     bool
		want   string
	}{
		{"a passed test", true, []string{start, passed, end}, true, "tests: 1 passed, 0 failed, 0 skipped"},
		{"no test at all", false, []string{start, end}, false, "tests: 0 passed"},
		{"a failed test shows its output", false, []string{start, passed,
			`{"Action":"output","Package":"p","Test":"B","Output":"why\n"}`, `{"Action":"fail","Package":"p","Test":"B"}`,
			`{"Action":"fail","Package":"p"}`}, false, "why\n"},
		{"a package that dies shows its output", false, []string{start, passed,
			`{"Action":"output","Package":"p","Test":"B","Output":"panic: x\n"}`, `{"Action":"fail","Package":"p"}`}, false, "panic: x\n"},
		{"a package that never ends", false, []string{start, passed}, false, "did not end"},
		{"a build that fails", false, []string{start, passed, end, `{"Action":"build-output","ImportPath":"q","Output":"bad.go\n"}`,
			`{"Action":"build-fail","ImportPath":"q"}`}, false, "bad.go\n"},
		{"a shared suite that is absent is counted", true, []string{start, passed, shared, skipped, end}, true, "SHARED SUITES NOT RUN: 1\n"},
		{"a server that is absent is shown", false, []string{start, passed, server, skipped, end}, true, "SKIP p B: x_test.go:1: REAL SERVER NOT RUN: gone"},
		{"a server that is absent in CI", true, []string{start, passed, server, skipped, end}, false, "FAIL: 1 tests with real servers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, ok := run(t, c.strict, c.lines...)
			if ok != c.ok || !strings.Contains(out, c.want) {
				t.Errorf("ok %v, output %q", ok, out)
			}
		})
	}
}
