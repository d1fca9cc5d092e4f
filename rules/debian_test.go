package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// debian gives the folders of SpamAssassin's rules as Debian installs them, or skips a test.
func debian(t testing.TB) (tree realtest.Tree, dirs []string) {
	t.Helper()
	tree = realtest.Need(t, "spamassassin")
	return tree, []string{tree.Path("etc/spamassassin"), tree.Path("usr/share/spamassassin")}
}

// debianSet is these rules, read once for all tests.
func debianSet(t testing.TB) *Set {
	t.Helper()
	_, dirs := debian(t)
	debianOnce.Do(func() { debianRead, debianErr = Load(Options{Paths: dirs}) })
	if debianErr != nil {
		t.Fatal(debianErr)
	}
	return debianRead
}

var (
	debianOnce sync.Once
	debianRead *Set
	debianErr  error
)

// TestAllOfDebiansRulesLoad lists what of them is not run: nothing but what asks other services, and what Weir sets
// elsewhere.
func TestAllOfDebiansRulesLoad(t *testing.T) {
	s := debianSet(t)
	run := 0
	for _, r := range s.Rules() {
		if r.NotRun == "" {
			run++
		}
	}
	if run < 2800 {
		t.Errorf("only %d of %d rules are run", run, len(s.Rules()))
	}
	var odd []string
	for _, p := range s.Problems() {
		if p.Level == NotRun && !expected(p.Text) {
			odd = append(odd, p.Error())
		}
	}
	if len(odd) > 0 {
		t.Errorf("%d lines are not run without need:\n%s", len(odd), strings.Join(odd, "\n"))
	}
}

// expected tells whether a line of Debian's is one that Weir leaves out on purpose.
func expected(text string) bool {
	for _, reason := range []string{"does not hold here", "the if holds", "set elsewhere", "SpamAssassin's own business", "as weir.toml says", "own settings say",
		"Weir loads no code", "bounds and workings", "keeps the pieces of the first mail", // lines of the language
		"other service", "Razor", "Pyzor", "DCC", "countries", "charset is read from HTML", "limit of parts", "ADSP is historic", "lists for hashes"} { // functions and lists
		if strings.Contains(text, reason) {
			return true
		}
	}
	return false
}

// TestSpamAssassinLoadsOurStockRules feeds them to the real one: whoever moves between the two keeps his files.
func TestSpamAssassinLoadsOurStockRules(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	tree, dirs := debian(t)
	dir := t.TempDir()
	for _, f := range Stock() {
		name := strings.TrimPrefix(f.Name, "stock:")
		if err := os.WriteFile(filepath.Join(dir, name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "perl", "-T", "-I"+tree.Path("usr/share/perl5"), tree.Path("usr/bin/spamassassin"), "--lint", "-L", "--configpath="+dir, "--siteconfigpath="+preFiles(t, dirs[0]), "--prefs-file=/dev/null")
	cmd.Env, cmd.WaitDelay = append(os.Environ(), "HOME="+t.TempDir()), time.Minute
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("spamassassin --lint: %v\n%s", err, out[:min(len(out), 4000)])
	}
}

// preFiles is a folder with the .pre files alone, which say which plugins are on.
func preFiles(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	names, err := filepath.Glob(filepath.Join(from, "*.pre"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no .pre files: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
