package bayes

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"weir/filters"
	"weir/message"
	"weir/scoring/bayes"
)

// corpus gives the messages of a shared folder, parsed as far as filters before this one do.
func corpus(tb testing.TB, dir string) (list []*message.Message) {
	long(tb)
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(root, "corpora", dir, "*.eml"))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		m := message.New(message.Envelope{}, message.Options{})
		m.Load(raw)
		m.Text()
		m.Links()
		m.Relays()
		list = append(list, m)
	}
	if len(list) == 0 {
		tb.Skipf("SHARED SUITE NOT RUN: no messages below ../shared/corpora/%s or WEIR_SHARED", dir)
	}
	return list
}

// BenchmarkCheck is what judging costs of a message that is parsed, by a model of the whole corpus.
func BenchmarkCheck(b *testing.B) {
	s := newSchool(b)
	var all []*message.Message
	for c, dir := range map[filters.Class]string{filters.Ham: "spamassassin/ham", filters.Spam: "spamassassin/spam"} {
		list := corpus(b, dir)
		all = append(all, list...)
		for _, m := range list {
			s.teach(Study(m, c))
		}
	}
	f := &filter{Config: DefaultConfig(), memory: newMemory(s.store)}
	defer f.Close()
	if _, err := f.Check(context.Background(), all[0], filters.Findings{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := f.Check(context.Background(), all[i*7919%len(all)], filters.Findings{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTokens is the part of it that takes messages apart.
func BenchmarkTokens(b *testing.B) {
	all := append(corpus(b, "spamassassin/ham"), corpus(b, "spamassassin/spam")...)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Tokens(all[i*7919%len(all)], func([]bayes.Token) {})
	}
}

// BenchmarkFit fits the linear model to as many messages as are remembered.
func BenchmarkFit(b *testing.B) {
	list := make([]bayes.Sample, 0, 2*remembered)
	for _, m := range append(sharedMails(b, "spamassassin/ham", false, false), sharedMails(b, "spamassassin/spam", true, false)...) {
		list = append(list, bayes.Sample{ID: m.id, Spam: m.spam, Slots: m.vector})
	}
	list = list[:2*remembered]
	for b.Loop() {
		bayes.Fit(list)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/fit")
}
