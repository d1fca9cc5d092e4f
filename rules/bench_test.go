package rules

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"weir/message"
)

// BenchmarkStockRules runs the stock rules over the corpora's mail, parsed beforehand, each message new to the rules.
// It reports ms and allocations a message; what is decoded and rendered lazily was asked for once before.
func BenchmarkStockRules(b *testing.B) {
	_, raw := mails(b, filepath.Join(sharedFolder(b), "corpora", "spamassassin"))
	_, modern := mails(b, filepath.Join(sharedFolder(b), "corpora", "modern-ham"))
	raw = append(raw, modern...)
	s, _ := stockSet(b)
	var parsed []*message.Message
	for _, data := range raw {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load(data)
		m.Links()
		m.Text()
		parsed = append(parsed, m)
	}
	ready(s)
	b.ReportAllocs()
	start, n := time.Now(), 0
	for b.Loop() {
		if _, _, err := s.Match(context.Background(), parsed[n%len(parsed)], noFacts, noon); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(time.Since(start).Microseconds())/1000/float64(n), "ms/msg")
}

// BenchmarkLoadStock measures loading the stock rules: parsing, patterns, literals, plan.
func BenchmarkLoadStock(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Options{Stock: true}); err != nil {
			b.Fatal(err)
		}
	}
}
