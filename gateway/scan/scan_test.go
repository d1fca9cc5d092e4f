package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/gateway"
	"weir/message"
	"weir/scoring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// probe is a filter that finds what the body asks for: "spam", "fail", "slow". It reports the envelope as detail.
type probe struct{ clock func() time.Time }

func (p probe) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	body := string(m.Raw)
	if strings.Contains(body, "fail") {
		return filters.Result{}, errors.New("no answer\x1b[31m from the scanner")
	}
	e := m.Envelope
	detail := fmt.Sprintf("%s|%s|%v %s|%s|%s", e.Client.Addr, e.Helo, e.HasFrom, e.From, strings.Join(e.Rcpts, ","), p.clock().UTC().Format(time.RFC3339))
	hits := []scoring.Hit{{Name: "PROBE_SEEN", Detail: detail}}
	if strings.Contains(body, "spam") {
		hits = append(hits, scoring.Hit{Name: "PROBE_SPAM", Count: 2, Detail: "found \x1b]0;spam\a"})
	}
	return filters.Result{Hits: hits}, nil
}

func specs() []filters.Spec {
	return []filters.Spec{{Name: "probe", Stage: filters.Data,
		Symbols: []scoring.Symbol{{Name: "PROBE_SEEN", Text: "The probe was here."}, {Name: "PROBE_SPAM", Score: 20, Text: "Unwanted."}},
		New: func(decode func(any) error, env filters.Env) (filters.Filter, error) {
			return probe{env.Clock}, decode(&struct{}{})
		}},
		{Name: "other", New: func(decode func(any) error, env filters.Env) (filters.Filter, error) {
			return probe{env.Clock}, decode(&struct{}{})
		}}}
}

// run is weir scan with the probe alone and no rules.
func run(t *testing.T, stdin string, c Command) (code int, out, errs string) {
	t.Helper()
	if c.Config == "" {
		c.Config = write(t, t.TempDir(), "weir.toml", "stock_rules = false\nhostname = \"mx.example.com\"\n")
	}
	if c.Only == nil {
		c.Only = []string{"probe"}
	}
	if c.Format == "" {
		c.Format = "auto"
	}
	var o, e bytes.Buffer
	code = c.Run(context.Background(), House{Filters: specs(), In: strings.NewReader(stdin), Out: &o, Err: &e,
		Env: func(now func() time.Time, offline bool) filters.Env { return filters.Env{Clock: now, Offline: offline} }})
	return code, o.String(), e.String()
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const ham, spam, fail = "Subject: hello\n\nham\n", "Subject: buy\n\nspam\n", "Subject: hm\n\nfail\n"

func TestTheExitCodeTellsWhatWasFound(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		set   Command
		want  int
	}{
		{"all clean", map[string]string{"a": ham, "b": ham}, Command{}, ExitClean},
		{"one spam", map[string]string{"a": ham, "b": spam}, Command{}, ExitSpam},
		{"a filter could not tell", map[string]string{"a": fail, "b": spam}, Command{}, ExitPartial},
		{"a filter could not tell, and was not to ask", map[string]string{"a": fail}, Command{Offline: true}, ExitClean},
		{"one too large", map[string]string{"a": ham, "b": ham + strings.Repeat("x", 1000)}, Command{MaxSize: 500}, ExitPartial},
		{"an empty file", map[string]string{"a": ham, "b": ""}, Command{}, ExitPartial},
		{"no such filter", map[string]string{"a": ham}, Command{Only: []string{"prob"}}, ExitUsage},
		{"no such time", map[string]string{"a": ham}, Command{Now: "noon"}, ExitUsage},
		{"no such config", map[string]string{"a": ham}, Command{Config: "/nonexistent/weir.toml"}, ExitUsage},
		{"no such rules", map[string]string{"a": ham}, Command{Rules: []string{"/nonexistent"}}, ExitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				write(t, dir, name, text)
			}
			c.set.Paths = []string{dir}
			if code, out, errs := run(t, "", c.set); code != c.want {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.want, out, errs)
			}
		})
	}
	t.Run("a path that is not there", func(t *testing.T) {
		code, out, _ := run(t, "", Command{Paths: []string{filepath.Join(t.TempDir(), "none")}})
		if code != ExitPartial || !strings.Contains(out, "not judged") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
	t.Run("no path", func(t *testing.T) {
		if code, _, errs := run(t, "", Command{}); code != ExitUsage || errs == "" {
			t.Errorf("exit code %d", code)
		}
	})
}

func TestJSONIsOneReportALineInTheOrderOfReading(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range 50 {
		name := fmt.Sprintf("%03d.eml", i)
		want = append(want, write(t, dir, filepath.Join("sub", name), []string{ham, spam}[i%2]))
	}
	want = append(want, write(t, dir, "z.mbox", fromA+ham+"\n"+fromB+spam)+"#1", filepath.Join(dir, "z.mbox#2"), "-")
	code, out, errs := run(t, ham, Command{Paths: []string{dir, "-"}, JSON: true, Jobs: 4})
	if code != ExitSpam || errs != "" {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	var got []string
	ids := map[string]bool{}
	for line := range strings.Lines(out) {
		var keys map[string]json.RawMessage
		var r gateway.Report
		if err := errors.Join(json.Unmarshal([]byte(line), &keys), json.Unmarshal([]byte(line), &r)); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for _, key := range []string{"file", "id", "action", "score", "symbols", "auth", "failed", "ms"} {
			if v, ok := keys[key]; !ok || string(v) == "null" {
				t.Errorf("no %s in %s", key, line)
			}
		}
		if wantSpam := strings.Contains(line, "PROBE_SPAM"); wantSpam != (r.Action == scoring.Reject) {
			t.Errorf("%s: %s", r.File, r.Action)
		}
		got, ids[r.ID] = append(got, r.File), true
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(ids) != len(want) {
		t.Errorf("%d ids for %d messages", len(ids), len(want))
	}
}

func TestUnreadableMailIsDeferredInJSONAndNeverClean(t *testing.T) {
	_, out, _ := run(t, "", Command{Paths: []string{"-"}, JSON: true})
	var r gateway.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Action != scoring.Defer || len(r.Failed) != 1 || r.Failed[0].Name != "scan" || r.Symbols == nil {
		t.Errorf("got %s", out)
	}
}

func TestTheEnvelopeComesFromFlagsAndIsNeverGuessed(t *testing.T) {
	from, null := "alice@example.org", "<>"
	for _, c := range []struct {
		name, want string
		set        Command
	}{
		{"none", "invalid IP||false ||", Command{}},
		{"all", "192.0.2.1|mx.example.org|true alice@example.org|b@example.com,c@example.com|2026-01-31T12:00:00Z",
			Command{IP: netip.MustParseAddr("192.0.2.1"), Helo: "mx.example.org", From: &from, Rcpt: []string{"b@example.com", "<c@example.com>"}, Now: "2026-01-31T12:00:00Z"}},
		{"null sender", "|true |", Command{From: &null}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.set.Paths = []string{"-"}
			_, out, _ := run(t, "Return-Path: <x@example.net>\nReceived: from y ([203.0.113.9])\n"+ham, c.set)
			if !strings.Contains(out, c.want) || strings.Contains(out, "203.0.113.9") || strings.Contains(out, "example.net") {
				t.Errorf("%q is not in\n%s", c.want, out)
			}
		})
	}
}

func TestMeaningsStandInOneColumn(t *testing.T) {
	table := &scoring.Table{}
	names := []string{"A", "A_NAME_OF_MORE_THAN_24_LETTERS", "B"}
	for _, name := range names {
		table.Declare(scoring.Symbol{Name: name, Text: "meaning"}, "test", 0)
	}
	var out bytes.Buffer
	p := newPrinter(&Options{Out: &out, Table: table}, nil)
	p.words(&gateway.Report{Symbols: []scoring.Scored{{Name: names[0], Count: 3}, {Name: names[1], Count: 1}, {Name: names[2], Count: 1}}}, nil)
	p.out.Flush()
	columns := map[int]int{}
	for line := range strings.Lines(out.String()) {
		if at := strings.Index(line, "meaning"); at > 0 {
			columns[at]++
		}
	}
	if len(columns) != 1 {
		t.Errorf("columns %v in\n%s", columns, out.String())
	}
}

func TestWordsExplainTheVerdict(t *testing.T) {
	dir := t.TempDir()
	a, b, c := write(t, dir, "a", spam), write(t, dir, "b", fail), write(t, dir, "c", "")
	_, out, _ := run(t, "", Command{Paths: []string{dir}})
	for _, want := range []string{
		a + ": reject, score 20 of 5: ", "     20  PROBE_SPAM (2 times)      Unwanted.  [found \\x1b]0;spam\\a]", "      0  PROBE_SEEN                The probe was here.",
		"Subject: buy", b + ": accept", "not checked: probe: no answer\\x1b[31m from the scanner", c + ": not judged: there is no message in it",
		"3 messages: 1 accept, 1 reject, 1 not judged; 1 of them with something that could not be checked", "Not told: --ip, --helo, --from, --rcpt.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("missing: %s\n%s", want, out)
		}
	}
	if strings.Index(out, "PROBE_SPAM") > strings.Index(out, "PROBE_SEEN") {
		t.Error("what weighs most does not come first")
	}
	if strings.ContainsAny(out, "\x1b\a") {
		t.Errorf("control characters reach the terminal: %q", out)
	}
	if _, out, _ := run(t, spam, Command{Paths: []string{"-"}, Colour: "always"}); !strings.Contains(out, "\x1b[31mreject\x1b[0m") {
		t.Errorf("no colours: %q", out)
	}
}

func TestObserveModeTellsWhatWouldHaveHappened(t *testing.T) {
	conf := write(t, t.TempDir(), "weir.toml", "stock_rules = false\nmode = \"observe\"\n")
	code, out, _ := run(t, spam, Command{Paths: []string{"-"}, Config: conf})
	if code != ExitSpam || !strings.Contains(out, "accept (observed; else reject)") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestFoldersAreReadInOrderAndMaildirsRightly(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b/2", "b/10", "a", ".hidden", ".git/x", "md/cur/1:2,S", "md/new/2", "md/tmp/3", "md/dovecot.index", "md/.Sent/cur/4", "md/.Sent/new/5", "md/.Sent/tmp/6", "md/cur/.nfs"} {
		write(t, dir, name, ham)
	}
	_ = os.Symlink(filepath.Join(dir, "a"), filepath.Join(dir, "link"))
	_ = os.Symlink(dir, filepath.Join(dir, "loop"))
	_ = os.Symlink("nowhere", filepath.Join(dir, "nolink"))
	var got []string
	for _, f := range find([]string{dir}) {
		name, _ := filepath.Rel(dir, f.path)
		if f.err != nil {
			name = "error " + name
		}
		got = append(got, name)
	}
	want := []string{"a", "b/10", "b/2", "link", "md/.Sent/cur/4", "md/.Sent/new/5", "md/cur/1:2,S", "md/new/2", "error nolink"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// counting is a Judge that notes how many messages there are at once.
type counting struct{ now, most *atomic.Int64 }

func (c counting) Judge(_ context.Context, raw []byte) *gateway.Report {
	if n := c.now.Add(1); n > c.most.Load() {
		c.most.Store(n)
	}
	defer c.now.Add(-1)
	if bytes.Contains(raw, []byte("slow")) {
		time.Sleep(20 * time.Millisecond)
	}
	return &gateway.Report{Subject: string(raw)}
}

func (counting) Close() {}

func TestASlowMessageHoldsUpTheOrderButNotTheOthers(t *testing.T) {
	var mailbox strings.Builder
	for i := range 40 {
		word := "fast"
		if i%10 == 0 {
			word = "slow"
		}
		fmt.Fprintf(&mailbox, "%sS: %d %s\n\nx\n\n", fromA, i, word)
	}
	var now, most atomic.Int64
	var out bytes.Buffer
	code := Run(context.Background(), Options{Paths: []string{"-"}, Jobs: 4, JSON: true, In: strings.NewReader(mailbox.String()), Out: &out, Err: io.Discard},
		func(context.Context) Judge { return counting{&now, &most} })
	if code != ExitClean || strings.Count(out.String(), "\n") != 40 {
		t.Fatalf("exit code %d, %d lines", code, strings.Count(out.String(), "\n"))
	}
	i := 0
	for line := range strings.Lines(out.String()) {
		if !strings.Contains(line, fmt.Sprintf(`"S: %d `, i)) {
			t.Fatalf("line %d is %s", i, line)
		}
		i++
	}
	if n := most.Load(); n < 2 || n > 4 {
		t.Errorf("%d messages were judged at once, with 4 jobs", n)
	}
}

// endless is a mailbox without end, which counts how much of it was read.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	one := fromA + "S: x\n\n" + strings.Repeat("y", 10_000) + "\n\n"
	n := copy(p, one)
	for n+len(one) <= len(p) {
		n += copy(p[n:], one)
	}
	e.read.Add(int64(n))
	return n, nil
}

// failAfter is a reader of the output that goes away.
type failAfter struct{ left int }

func (f *failAfter) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestAScanStopsWhenItIsToldToOrNobodyReads(t *testing.T) {
	var now, most atomic.Int64
	judge := func(context.Context) Judge { return counting{&now, &most} }
	t.Run("told to", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		var errs bytes.Buffer
		time.AfterFunc(50*time.Millisecond, cancel)
		code := Run(ctx, Options{Paths: []string{"-"}, Jobs: 2, JSON: true, In: &endless{}, Out: io.Discard, Err: &errs}, judge)
		if code != ExitPartial || !strings.Contains(errs.String(), "stopped early") {
			t.Errorf("exit code %d: %s", code, errs.String())
		}
	})
	t.Run("told to while standard input is silent", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		silent, writer := io.Pipe()
		defer writer.Close()
		time.AfterFunc(50*time.Millisecond, cancel)
		code, out := make(chan int, 1), &bytes.Buffer{}
		go func() {
			code <- Run(ctx, Options{Paths: []string{"-"}, Jobs: 2, In: silent, Out: out, Err: io.Discard}, judge)
		}()
		select {
		case c := <-code:
			if c != ExitPartial || out.Len() > 0 {
				t.Errorf("exit code %d: %s", c, out)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it still waits")
		}
	})
	t.Run("told to before a named pipe has a writer", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skip(err)
		}
		time.AfterFunc(50*time.Millisecond, cancel)
		code := make(chan int, 1)
		go func() {
			code <- Run(ctx, Options{Paths: []string{pipe}, Jobs: 2, JSON: true, Out: io.Discard, Err: io.Discard}, judge)
		}()
		select {
		case c := <-code:
			if c != ExitPartial {
				t.Errorf("exit code %d", c)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it still waits")
		}
		if w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil { // lets the goroutine that opens it end
			w.Close()
		}
	})
	t.Run("nobody reads", func(t *testing.T) {
		code := Run(context.Background(), Options{Paths: []string{"-"}, Jobs: 2, JSON: true, In: &endless{}, Out: &failAfter{100_000}, Err: io.Discard}, judge)
		if code != ExitPartial {
			t.Errorf("exit code %d", code)
		}
	})
}

// held is a Judge that waits.
type held struct{ release chan struct{} }

func (h held) Judge(context.Context, []byte) *gateway.Report { <-h.release; return &gateway.Report{} }
func (held) Close()                                          {}

func TestNoMoreIsReadThanIsJudgedSoon(t *testing.T) {
	in, release := &endless{}, make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		Run(ctx, Options{Paths: []string{"-"}, Jobs: 2, JSON: true, In: in, Out: io.Discard, Err: io.Discard}, func(context.Context) Judge { return held{release} })
	})
	before := int64(-1)
	for n := in.read.Load(); n != before; n = in.read.Load() { // until nothing more is read
		before = n
		time.Sleep(50 * time.Millisecond)
	}
	if before == 0 || before > 1<<20 {
		t.Errorf("%d bytes were read while 2 messages of 10 kB are judged", before)
	}
	cancel()
	close(release)
	all.Wait()
}
