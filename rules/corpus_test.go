package rules

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/scoring"
)

// sharedFolder is the folder with others' mail, or the test is skipped.
func sharedFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WEIR_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SHARED SUITE NOT RUN: no folder %s with corpora", dir)
	}
	return dir
}

// mails reads all messages below a folder.
func mails(t testing.TB, dir string) (names []string, raw [][]byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		base := filepath.Base(path)
		if err != nil || d.IsDir() || strings.HasPrefix(base, "LICENSE") || strings.HasPrefix(base, "README") || strings.HasSuffix(base, ".tsv") ||
			strings.Contains(path, "licenses") {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.HasPrefix(string(data[:min(5, len(data))]), "From ") {
			_, rest, _ := strings.Cut(string(data), "\n")
			data = []byte(rest)
		}
		names, raw = append(names, path), append(raw, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) < 100 {
		t.Fatalf("only %d mails in %s", len(raw), dir)
	}
	return names, raw
}

// stockSet is the stock rules with their scores; symbols of filters, which are not run here, are taken as declared.
func stockSet(t testing.TB) (*Set, *scoring.Table) {
	t.Helper()
	s, err := Load(Options{Stock: true, RuleLimit: time.Minute}) // what rules find must not depend on how fast a machine is
	if err != nil {
		t.Fatal(err)
	}
	table := &scoring.Table{}
	for _, set := range s.settings {
		if s.Rule(set.name) == nil && table.Entry(set.name) == nil {
			table.Declare(scoring.Symbol{Name: set.name}, "filters/"+strings.ToLower(set.name), 0)
		}
	}
	if err := s.Fill(table).Err(); err != nil {
		t.Fatal(err)
	}
	return s, table
}

// judge gives a mail's score and its hits.
func judge(t testing.TB, s *Set, table *scoring.Table, raw []byte) (float64, []scoring.Hit) {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(raw)
	hits, failed, err := ready(s).Match(context.Background(), m, noFacts, noon)
	if err != nil || len(failed) > 0 {
		t.Errorf("failed %v, error %v", failed, err)
	}
	sum := 0.0
	for _, h := range table.Score(hits) {
		sum += h.Score
	}
	return sum, hits
}

// TestStockRulesOnCorpora holds the stock rules to what they must not do, and prints what they catch. Of the large
// corpus it takes every tenth mail, or all with WEIR_FULL=1.
func TestStockRulesOnCorpora(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	dir := filepath.Join(sharedFolder(t), "corpora")
	s, table := stockSet(t)
	for _, c := range []struct {
		folder string
		ham    bool
		most   float64 // no mail may score as much; 0: no bound
	}{
		{"modern-ham", true, 2.51}, {"bounces", true, 5}, {"spamassassin/ham", true, 0}, {"modern-spam", false, 0}, {"spamassassin/spam", false, 0},
	} {
		names, raw := mails(t, filepath.Join(dir, c.folder))
		if len(raw) > 1000 && os.Getenv("WEIR_FULL") == "" {
			names, raw = tenth(names), tenth(raw)
		}
		at5, over := 0, 0
		byRule := map[string]int{}
		for i := range raw {
			score, hits := judge(t, s, table, raw[i])
			if score >= 5 {
				at5++
			}
			if score > 2.5 {
				over++
			}
			var list []string
			for _, h := range hits {
				byRule[h.Name]++
				list = append(list, h.Name)
			}
			if c.most > 0 && score >= c.most {
				t.Errorf("%s scores %.1f: %v", names[i], score, list)
			}
			if os.Getenv("WEIR_SHOW") == c.folder && (c.ham == (score > 1.5)) {
				t.Logf("%s %.1f %v", filepath.Base(names[i]), score, list)
			}
		}
		t.Logf("%-18s %5d mails: %5d at 5 or more (%.1f %%), %d above 2.5", c.folder, len(raw), at5, 100*float64(at5)/float64(len(raw)), over)
		if os.Getenv("WEIR_SHOW") != "" {
			t.Log(top(byRule))
		}
	}
}

func tenth[T any](all []T) (some []T) {
	for i := 0; i < len(all); i += 10 {
		some = append(some, all[i])
	}
	return some
}

func top(n map[string]int) string {
	var names []string
	for name := range n {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return n[b] - n[a] })
	var out []string
	for _, name := range names {
		out = append(out, fmt.Sprintf("%s=%d", name, n[name]))
	}
	return strings.Join(out, " ")
}

// TestStockRulesHitTheirSamples runs the samples, and asks that each scored rule has one of each kind, a score and a
// description.
func TestStockRulesHitTheirSamples(t *testing.T) {
	s, table := stockSet(t)
	failed, ran := s.CheckSamples()
	for _, p := range failed {
		t.Error(p)
	}
	for _, p := range s.Problems() {
		t.Errorf("%s: %v", p.Level, p)
	}
	scored := 0
	for _, r := range s.Rules() {
		if r.Sub() {
			continue
		}
		scored++
		hit, spared := false, false
		for _, sample := range r.Samples() {
			hit, spared = hit || sample.Hit, spared || !sample.Hit
		}
		e := table.Entry(r.Name)
		if !hit || !spared || e.Text == "" || len(e.Origins) < 2 {
			t.Errorf("%s:%d: %s: ok sample %v, fail sample %v, text %q, score set %v", r.File, r.Line, r.Name, hit, spared, e.Text, len(e.Origins) > 1)
		}
	}
	if scored < 300 || ran < 2*scored {
		t.Errorf("%d scored rules with %d samples, want 300 or more with two each", scored, ran)
	}
	if joint := jointRules(s); joint < 150 {
		t.Errorf("%d scored rules need more than one word, want 150 or more", joint)
	}
}

// jointRules counts the scored rules that need more than one word: metas of several rules that have to agree.
func jointRules(s *Set) (n int) {
	for _, r := range s.Rules() {
		if !r.Sub() && r.Kind == Meta && len(r.Uses()) > 1 && strings.Contains(r.Text, "&&") {
			n++
		}
	}
	return n
}

// wrapped is a mail as a bounce to nobody's letter would carry it.
func wrapped(raw []byte) []byte {
	return []byte("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: ann@x.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_w\"\n\n--=_w\nContent-Type: text/plain\n\nYour message could not be delivered.\n" +
		"\n--=_w\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; bob@x.example\nAction: failed\nStatus: 5.1.1\n" +
		"\n--=_w\nContent-Type: message/rfc822\n\n" + string(raw) + "\n--=_w--\n")
}

// TestABounceIsNoWayRoundTheRules: what a spammer wraps as a bounce keeps what its text and links score. Only what the
// outer header would have scored may be lost, since the outer header is another.
func TestABounceIsNoWayRoundTheRules(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	s, table := stockSet(t)
	_, raw := mails(t, filepath.Join(sharedFolder(t), "corpora", "spamassassin", "spam"))
	bare, inside := 0.0, 0.0
	for _, r := range tenth(raw) {
		body := slices.Index([]byte(r), '\n') // of every mail only text and links: an empty header in both
		_, text, ok := strings.Cut(string(r), "\n\n")
		if body < 0 || !ok || !strings.Contains(strings.ToLower(string(r[:len(r)-len(text)])), "content-type: text/") {
			continue
		}
		kind := "Content-Type: text/plain\n\n"
		if strings.Contains(strings.ToLower(string(r[:len(r)-len(text)])), "text/html") {
			kind = "Content-Type: text/html\n\n"
		}
		plain, _ := judge(t, s, table, []byte("From: ann@y.example\nTo: ann@x.example\nSubject: x\n"+kind+text))
		report, _ := judge(t, s, table, wrapped([]byte(kind+text)))
		bare, inside = bare+min(plain, 10), inside+min(report, 10)
	}
	t.Logf("mean of text and links alone: sum %.0f bare, %.0f as a bounce", bare, inside)
	if inside < 0.6*bare {
		t.Errorf("as bounces the mails score %.0f together, bare %.0f: a bounce is a way round the rules", inside, bare)
	}
}
