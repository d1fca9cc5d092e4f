// Package filtertest runs filters over cases kept in files, and has what filters are tested with: a resolver made of
// plain maps, a fixed clock, a dialer that refuses.
//
// A case is one file testdata/<filter>/<name>.txtar; its name is the name of the subtest. It holds sections:
//
//	What the case is about, in a sentence or two.
//	-- envelope --
//	ip 192.0.2.1
//	from jo@example.org
//	-- dns --
//	example.org TXT v=spf1 -all
//	-- mail.eml --
//	From: jo@example.org
//	…
//	-- want --
//	{"hits": [{"name": "SPF_FAIL"}]}
//
// All but mail and want may be left out. go test -update writes what filters now report into the want sections; read
// the difference before you commit it.
//
// The envelope's keys: ip, name (reverse name), port, helo, from (empty: the null sender), rcpt (several), hostname (our own), time
// (RFC 3339; also the clock), auth (login), outgoing, trusted (a network; several), strip (a field's name that the gateway
// removes, X-Spam-* for all of a kind; several), found (a symbol that an earlier filter reported; several), failed (a filter that failed),
// offline, tls (a version), auth-result (what another filter proved: dkim pass example.org; several) and store-down.
//
// The section earlier lists mails that came before (see parseEarlier): the filter sees each, with a store that remembers,
// and is told what became of it.
//
// The mail is written with plain newlines, which become CRLF. A mail with other bytes goes into a section mail.esc
// instead: there \r \n \t \0 \\ and \xHH stand for bytes, no newline becomes CRLF, and a backslash at the end of a line
// joins it to the next.
//
// The section config holds the filter's table of weir.toml. The section dns has lines "name TYPE value" with the types TXT, A, AAAA, MX
// ("MX 10 mx.example.org"), PTR (of an address), and FAIL with the value timeout or servfail.
package filtertest

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
	"github.com/rogpeppe/go-internal/txtar"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// update is the flag -update. A test package that has one of its own shares it.
func init() {
	if flag.Lookup("update") == nil {
		flag.Bool("update", false, "write what is found into the golden files")
	}
}

// Updating tells whether the test was run with -update.
func Updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// Run runs all case files of a folder through a filter. A folder without cases is a failure.
func Run(t *testing.T, spec filters.Spec, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("filtertest: no cases *.txtar in %s (%v)", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runFile(t, spec, file) })
	}
}

func runFile(t *testing.T, spec filters.Spec, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(data)
	c, err := parseCase(archive)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	got := c.run(t, spec)
	if Updating() {
		c.rewrite(t, archive, file, got)
		return
	}
	if c.want == "" {
		t.Fatalf("%s has no section want; go test -update writes it:\n%s", file, got)
	}
	if diff := cmp.Diff(strings.TrimSpace(c.want), strings.TrimSpace(got)); diff != "" {
		t.Errorf("%s: -want +got\n%s", file, diff)
	}
}

// run gives what the filter reports, as JSON.
func (c *testCase) run(t *testing.T, spec filters.Spec) string {
	t.Helper()
	f := c.filter(t, spec)
	down := c.store.Err
	c.store.Err = nil
	c.live(t, f)
	c.store.Err = down
	m := c.message()
	result, err := f.Check(context.Background(), c.known(m, spec.Stage), Ask(f, m, c.findings(), c.store).At(spec.Stage))
	for _, stage := range spec.Again {
		more, fault := f.Check(context.Background(), c.known(m, stage), c.findings().At(stage))
		result.Hits, result.Auth, err = append(result.Hits, more.Hits...), append(result.Auth, more.Auth...), errors.Join(err, fault)
	}
	spec.Symbols = append(spec.Symbols[:len(spec.Symbols):len(spec.Symbols)], declared(t, spec, c.config)...)
	CheckResult(t, spec, result)
	return render(result, err)
}

// known gives what is known of the message at a stage: for a filter that runs at several (Spec.Again), no data before the header stage.
func (c *testCase) known(m *message.Message, stage filters.Stage) *message.Message {
	if stage >= filters.Header {
		return m
	}
	env := c.env
	if stage < filters.Sender {
		env.HasFrom, env.From, env.Rcpts = false, "", nil
	}
	if stage < filters.Helo {
		env.Helo = ""
	}
	return message.New(env, c.opts)
}

// declared lists the symbols that a filter makes of its settings (filters.Declarer).
func declared(t testing.TB, spec filters.Spec, config string) []scoring.Symbol {
	var symbols []scoring.Symbol
	_, _ = spec.New(func(into any) error {
		if d, ok := into.(filters.Declarer); ok {
			if err := toml.Unmarshal([]byte(config), into); err != nil {
				t.Fatal(err)
			}
			symbols = d.Symbols()
		}
		return errOnlyAsked
	}, filters.Env{Offline: true})
	return symbols
}

var errOnlyAsked = errors.New("filtertest: only the settings were asked for")

// CheckResult fails the test if a filter reports a symbol that its Spec does not declare, or one twice.
func CheckResult(t testing.TB, spec filters.Spec, r filters.Result) {
	t.Helper()
	declared := make(map[string]bool, len(spec.Symbols))
	for _, s := range spec.Symbols {
		declared[s.Name] = true
	}
	seen := make(map[string]bool, len(r.Hits))
	for _, h := range r.Hits {
		if !declared[h.Name] {
			t.Errorf("filter %s reports %s, which its Spec does not declare", spec.Name, h.Name)
		}
		if seen[h.Name] {
			t.Errorf("filter %s reports %s twice", spec.Name, h.Name)
		}
		seen[h.Name] = true
	}
}

// rewrite puts what was found into the file's section want.
func (c *testCase) rewrite(t *testing.T, archive *txtar.Archive, file, got string) {
	t.Helper()
	written := false
	for i := range archive.Files {
		if archive.Files[i].Name == "want" {
			archive.Files[i].Data, written = []byte(got), true
		}
	}
	if !written {
		archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
