package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/gateway/realtest"
)

// recorded gives the folder of recorded answers, as the path to begin at from this package, or skips the test.
func recorded(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WEIR_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "oracle", "hits.tsv")); err != nil {
		t.Skipf("SHARED SUITE NOT RUN: no recorded answers in %s", dir)
	}
	return dir
}

// stockRules gives the folders of SpamAssassin's own rules, or skips the test.
func stockRules(t *testing.T) []string {
	t.Helper()
	tree := realtest.Need(t, "spamassassin")
	folders := make([]string, len(stockFolders))
	for i, folder := range stockFolders {
		folders[i] = tree.Path(folder)
	}
	return folders
}

func clock(t *testing.T) time.Time {
	t.Helper()
	now, err := time.Parse(time.RFC3339, "2026-11-22T12:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// The least agreement on every tenth message. docs/oracle.md has the figures of the day; who makes the engine better
// moves these up behind him.
const (
	scoredFloor = 0.995
	subFloor    = 0.998
)

func TestRulesHitWhatSpamAssassinHits(t *testing.T) {
	dir := recorded(t)
	folders := stockRules(t)
	every := 10
	if testing.Short() {
		every = 100
	}
	answers, err := readAnswers(filepath.Join(dir, "oracle", "hits.tsv"), every)
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(folders, clock(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := compare(e, dir, answers)
	if err != nil {
		t.Fatal(err)
	}
	scored, subs := r.sum(false), r.sum(true)
	if scored.pairs < 10*len(answers)/5 || subs.pairs < 100*len(answers)/5 {
		t.Fatalf("%d and %d pairs of %d messages: too few to say anything", scored.pairs, subs.pairs, len(answers))
	}
	if every == 10 && (scored.share() < scoredFloor || subs.share() < subFloor) {
		var b bytes.Buffer
		if err := r.print(&b, e, "", 30); err != nil {
			t.Fatal(err)
		}
		t.Errorf("scored rules agree on %.4f of pairs (floor %.4f), sub-rules on %.4f (floor %.4f):\n%s", scored.share(), scoredFloor, subs.share(), subFloor, b.String())
	}
}

func TestAnswersAreRead(t *testing.T) {
	got, err := parseAnswer("a/b.eml\t2.3\tONE,TWO\t__A,__B=3")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer{path: "a/b.eml", hits: counts{"ONE": 1, "TWO": 1, "__A": 1, "__B": 3}}, got, cmp.AllowUnexported(answer{})); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "a\tb\tc", "a\t1\tA=x\t"} {
		if _, err := parseAnswer(bad); err == nil {
			t.Errorf("%q is read as an answer", bad)
		}
	}
}

func TestDifferencesAreSortedIntoMissedExtraAndCounted(t *testing.T) {
	r := &report{rules: map[string]*tally{},
		answers: []answer{{hits: counts{"A": 1, "__B": 2, "C": 1}}, {hits: counts{"A": 1}}},
		found:   []counts{{"A": 1, "__B": 3}, {"D": 1}}}
	r.message(0)
	r.message(1)
	got := map[string]tally{}
	for name, t := range r.rules {
		got[name] = *t
	}
	want := map[string]tally{
		"A":   {name: "A", expected: 2, agree: 1, missed: []int{1}},
		"__B": {name: "__B", expected: 1, counted: []int{0}},
		"C":   {name: "C", expected: 1, missed: []int{0}},
		"D":   {name: "D", extra: []int{1}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tally{})); diff != "" {
		t.Error(diff)
	}
	if s := r.sum(false); s.pairs != 4 || s.agree != 1 || s.rules != 2 || s.whole != 0 {
		t.Errorf("sum of scored rules: %+v", s)
	}
}

func TestLineOfAnMboxIsNoHeader(t *testing.T) {
	for in, want := range map[string]string{"From a Mon\nTo: b\n": "To: b\n", "From: a\n": "From: a\n", "From ": ""} {
		if got := string(withoutEnvelope([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestMistakesOfTheCallerAreTold(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-now yesterday", "2026-11-22T12:00:00Z"},
		{"-hits nowhere.tsv", "nowhere.tsv"},
		{"more", "no flag"},
	} {
		err := run(strings.Fields(c.args), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a word of %q", c.args, err, c.want)
		}
	}
}
