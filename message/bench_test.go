package message

import (
	"runtime"
	"testing"
	"time"
)

// BenchmarkParseCorpus parses the SpamAssassin corpus: header, parts, decoded bodies, text, rendered HTML and links.
// It reports milliseconds a message, and allocated bytes as a multiple of the messages' bytes.
func BenchmarkParseCorpus(b *testing.B) {
	var mails [][]byte
	size := 0
	readMails(b, func(_ string, raw []byte) {
		mails = append(mails, raw)
		size += len(raw)
	}, "corpora/spamassassin")
	b.SetBytes(int64(size))
	b.ResetTimer()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range b.N {
		for _, raw := range mails {
			parse(raw)
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	n := float64(b.N)
	b.ReportMetric(took.Seconds()*1000/n/float64(len(mails)), "ms/msg")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n/float64(size), "alloc-bytes/byte")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n/float64(len(mails)), "allocs/msg")
}

// parse asks for everything that the budget of issue 2 counts as parsing.
func parse(raw []byte) {
	m := New(Envelope{}, Options{})
	m.Load(raw)
	for _, p := range m.Parts() {
		p.Body()
		p.Visible()
	}
	m.Subject()
	m.Links()
}
