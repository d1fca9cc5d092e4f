package http_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	door "weir/gateway/http"
	"weir/gateway/scan"
)

// BenchmarkLearn is mail of the shared corpus taught by four clients over loopback, each reply after the store has it.
// Each iteration teaches one message.
func BenchmarkLearn(b *testing.B) {
	for _, where := range []string{"file", "redis"} {
		b.Run(where+"/keep-alive", func(b *testing.B) { learnOver(b, where) })
		b.Run(where+"/a connection each", func(b *testing.B) { learnOver(b, where, "Connection: close") })
	}
}

const clients = 4

func learnOver(b *testing.B, where string, headers ...string) {
	d := open(b, where, door.DefaultConfig(), "")
	d.limit = 64 << 20
	list := corpus(b)
	var next, learned, known atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range clients {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(b.N); n = next.Add(1) - 1 {
				if n >= int64(len(list)) {
					b.Errorf("there are only %d messages: use a smaller -benchtime", len(list))
					return
				}
				switch status, text := d.post(list[n].path, list[n].raw, headers...); status {
				case http.StatusOK:
					learned.Add(1)
				case http.StatusAlreadyReported:
					known.Add(1)
				default:
					b.Errorf("answer %d %s", status, text)
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(learned.Load())/b.Elapsed().Seconds(), "learned/s")
	b.ReportMetric(float64(known.Load()), "known-already")
	if past := len(d.journal()); int64(past) < min(learned.Load(), 3000) {
		b.Errorf("%d were learned, the journal has %d", learned.Load(), past)
	}
}

type taught struct{ path, raw string }

// corpus is ham and spam in turn.
func corpus(b *testing.B) (list []taught) {
	ham, spam := class(b, "ham"), class(b, "spam")
	for i := range max(len(ham), len(spam)) {
		if i < len(ham) {
			list = append(list, taught{"/learnham", ham[i]})
		}
		if i < len(spam) {
			list = append(list, taught{"/learnspam", spam[i]})
		}
	}
	return list
}

func class(b *testing.B, name string) (list []string) {
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	dir := filepath.Join(root, "corpora", "spamassassin", name)
	if _, err := os.Stat(dir); err != nil {
		b.Skipf("SHARED SUITE NOT RUN: %v", err)
	}
	source := scan.Source{Paths: []string{dir}}
	source.Each(context.Background(), func(int64) {}, func(m scan.Message) bool {
		if m.Err != nil || strings.TrimSpace(string(m.Raw)) == "" {
			b.Fatalf("%s: %v", m.Name, m.Err)
		}
		list = append(list, string(m.Raw))
		return true
	})
	return list
}
