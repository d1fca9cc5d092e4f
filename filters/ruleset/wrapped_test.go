package ruleset

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
	"weir/rules"
	"weir/scoring"
)

// corpus reads every nth mail of a folder of the shared corpora, or skips the test.
func corpus(t *testing.T, folder string, nth int) (mails []string) {
	t.Helper()
	shared := os.Getenv("WEIR_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir, n := filepath.Join(shared, "corpora", folder), 0
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SHARED SUITE NOT RUN: no folder %s", dir)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".eml" {
			return err
		}
		if n++; n%nth != 0 {
			return nil
		}
		data, err := os.ReadFile(path)
		if rest, mbox := strings.CutPrefix(string(data), "From "); mbox { // a line of the archive that the mail came in
			_, text, _ := strings.Cut(rest, "\n")
			data = []byte(text)
		}
		mails = append(mails, string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

// stock is the filter with the stock rules alone, and their scores.
func stock(t *testing.T) (filters.Filter, *scoring.Table) {
	t.Helper()
	set, err := rules.Load(rules.Options{Stock: true, RuleLimit: time.Minute}) // what rules find must not depend on how fast a machine is
	if err != nil {
		t.Fatal(err)
	}
	table := &scoring.Table{}
	for _, name := range []string{"RULESET_LIMIT", "RULESET_PARTIAL", "BAYES_99", "BAYES_95", "BAYES_80", "BAYES_60"} {
		table.Declare(scoring.Symbol{Name: name}, "filters", 0)
	}
	if err := set.Fill(table).Err(); err != nil {
		t.Fatal(err)
	}
	f, err := Spec.New(decodeNothing, filters.Env{Rules: set})
	if err != nil {
		t.Fatal(err)
	}
	return f, table
}

func scoreOf(t *testing.T, f filters.Filter, table *scoring.Table, mail string) (sum float64) {
	t.Helper()
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(mail))
	r, err := f.Check(t.Context(), m, filters.Findings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range table.Score(r.Hits) {
		sum += h.Score
	}
	return sum
}

// TestSpamInANoticeIsCaughtAsBefore: who wraps his mail as a notice to a sender who never wrote it gains nothing.
func TestSpamInANoticeIsCaughtAsBefore(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	f, table := stock(t)
	bare, inside, lost := 0, 0, 0
	for _, mail := range corpus(t, filepath.Join("spamassassin", "spam"), 8) {
		caught := scoreOf(t, f, table, mail) >= 5
		again := scoreOf(t, f, table, "Return-Path: <>\n"+notice("delivery-status", mail)) >= 5
		bare, inside, lost = bare+count(caught), inside+count(again), lost+count(caught && !again)
	}
	t.Logf("%d caught as they are, %d in a notice; %d of the first are not among the second", bare, inside, lost)
	if bare == 0 || lost*50 > bare {
		t.Errorf("%d of %d mails are caught as they are and not in a notice, want at most 2 %%", lost, bare)
	}
}

// TestTrueNoticesAreLeftAlone: none of the shared bounces is called spam, with what they bring back.
func TestTrueNoticesAreLeftAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	f, table := stock(t)
	for i, mail := range corpus(t, "bounces", 1) {
		if score := scoreOf(t, f, table, mail); score >= 5 {
			t.Errorf("bounce %d scores %.1f, want less than 5", i, score)
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
