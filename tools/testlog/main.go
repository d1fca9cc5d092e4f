// Command testlog reads what "go test -json" prints and shows what a person needs: each package's line, the whole
// output of each test that failed, and every skip. Plain "go test" hides skips of passing packages.
//
//	go test -json ./... | testlog [-strict]
//
// It ends with a line "tests: N passed, N failed, N skipped", and with exit code 1 where a test or a build failed,
// where no test ran, where the input breaks off, or (-strict, for CI) where a real server was not run.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// The marks that skips carry. A shared suite may be absent anywhere, a real server not in CI.
const (
	sharedMark = "SHARED SUITE NOT RUN: "
	serverMark = "REAL SERVER NOT RUN: "
)

// event is a line of "go test -json" (go doc test2json).
type event struct {
	Action, Package, Test, Output, ImportPath, FailedBuild string
	Elapsed                                                float64
}

// summary gathers a run. The zero value is ready.
type summary struct {
	passed, failed, skipped int
	packages                int                 // that ended
	open                    map[string]bool     // packages that began and did not end
	output                  map[string][]string // by package and test, until it ends
	skips                   []string            // "package Test: why"
	out                     io.Writer
}

func main() {
	strict := flag.Bool("strict", false, "a real server that was not run is a failure")
	flag.Parse()
	s := summary{out: os.Stdout, open: map[string]bool{}, output: map[string][]string{}}
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testlog:", err)
		os.Exit(1)
	}
	if !s.verdict(*strict) {
		os.Exit(1)
	}
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var e event
		if json.Unmarshal(line, &e) != nil {
			fmt.Fprintf(s.out, "%s", line) // a compiler's or the go command's own words
			continue
		}
		s.add(e)
	}
}

func (s *summary) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "build-fail":
		s.failed++
	case "start":
		s.open[e.Package] = true
	case "output":
		s.output[key] = append(s.output[key], e.Output)
	case "pass", "fail", "skip":
		s.end(e, key)
		delete(s.output, key)
	}
}

func (s *summary) end(e event, key string) {
	if e.Test == "" {
		s.endPackage(e, key)
		return
	}
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprint(s.out, strings.Join(s.output[key], ""))
	case "skip":
		s.skipped++
		s.skips = append(s.skips, key+": "+reason(s.output[key]))
	}
}

func (s *summary) endPackage(e event, key string) {
	delete(s.open, e.Package)
	s.packages++
	switch e.Action {
	case "pass":
		fmt.Fprintf(s.out, "ok  \t%s\t%.1fs\n", e.Package, e.Elapsed)
	case "fail":
		// What a test printed before the process died (a panic, a time-out) belongs to no ended test.
		for _, rest := range s.unfinished(e.Package) {
			fmt.Fprint(s.out, rest)
		}
		fmt.Fprintf(s.out, "FAIL\t%s\t%.1fs\n", e.Package, e.Elapsed)
		s.failed++
	}
}

// unfinished gives the output of a package's tests that never ended, and of the package itself.
func (s *summary) unfinished(pkg string) (text []string) {
	for key, lines := range s.output {
		if strings.HasPrefix(key, pkg+" ") {
			text = append(text, strings.Join(lines, ""))
			delete(s.output, key)
		}
	}
	slices.Sort(text)
	return text
}

// reason is what t.Skip said: the output without go test's own lines.
func reason(lines []string) string {
	var said []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") {
			said = append(said, l)
		}
	}
	return strings.Join(said, " ")
}

// verdict prints the end and tells whether all is well.
func (s *summary) verdict(strict bool) bool {
	shared, servers := 0, 0
	for _, skip := range s.skips {
		switch {
		case strings.Contains(skip, sharedMark):
			shared++
		case strings.Contains(skip, serverMark):
			servers++
		}
		fmt.Fprintln(s.out, "SKIP", skip)
	}
	if shared > 0 {
		fmt.Fprintf(s.out, "SHARED SUITES NOT RUN: %d\n", shared)
	}
	bad := s.failed > 0 || s.passed == 0 || len(s.open) > 0 || strict && servers > 0
	for pkg := range s.open {
		fmt.Fprintf(s.out, "FAIL\t%s\tdid not end\n", pkg)
		s.failed++
	}
	if strict && servers > 0 {
		fmt.Fprintf(s.out, "FAIL: %d tests with real servers did not run\n", servers)
	}
	fmt.Fprintf(s.out, "tests: %d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return !bad
}
