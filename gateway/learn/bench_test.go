package learn

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/all"
	"weir/gateway/config"
	"weir/gateway/scan"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/message"
)

// BenchmarkLearn is weir learn on the shared corpus, from files to all of it being stored.
func BenchmarkLearn(b *testing.B) {
	for _, where := range []string{"file", "redis"} {
		b.Run(where+"/bayes alone", func(b *testing.B) { learnCorpus(b, where) })
		b.Run(where+"/bayes, fuzzy and known", func(b *testing.B) { learnCorpus(b, where, "fuzzy", "known") })
		b.Run(where+"/one by one", func(b *testing.B) { learnSingly(b, where) })
	}
}

func openState(b *testing.B, where string) store.State {
	c := store.DefaultConfig()
	if where == "redis" {
		c.Redis = []string{redistest.Start(b).Addr}
	}
	s, err := store.Open(c, b.TempDir(), backend.Hooks{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func openSchool(b *testing.B, state store.State, others ...string) *opened {
	cfg, err := config.Load("", all.Filters)
	if err != nil {
		b.Fatal(err)
	}
	h := House{Filters: all.Filters, School: "bayes", Others: others}
	o, err := h.open(cfg, state)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(o.close)
	return o
}

func corpus(b *testing.B, class string) string {
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	dir := filepath.Join(root, "corpora", "spamassassin", class)
	if _, err := os.Stat(dir); err != nil {
		b.Skipf("SHARED SUITE NOT RUN: %v", err)
	}
	return dir
}

func learnCorpus(b *testing.B, where string, others ...string) {
	n := 0
	var used time.Duration
	for b.Loop() {
		b.StopTimer()
		o := openSchool(b, openState(b, where), others...)
		before := cpu()
		b.StartTimer()
		for class, dir := range map[filters.Class]string{filters.Ham: corpus(b, "ham"), filters.Spam: corpus(b, "spam")} {
			r, err := Run(context.Background(), Options{Class: class, Who: "bench", Others: o.others, Message: o.parse, Source: scan.Source{Paths: []string{dir}}, Err: io.Discard}, o.school)
			if err != nil {
				b.Fatal(err)
			}
			n += r.Learned
		}
		used += cpu() - before
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64(used.Microseconds())/float64(n), "µs-CPU/message")
}

// learnSingly learns one message after another, each kept for good before the next.
func learnSingly(b *testing.B, where string) {
	o := openSchool(b, openState(b, where))
	var list []filters.Lesson
	source := scan.Source{Paths: []string{corpus(b, "spam")}}
	source.Each(context.Background(), func(int64) {}, func(m scan.Message) bool {
		list = append(list, o.school.Study(parsed(m.Raw), filters.Spam))
		return true
	})
	n := 0
	for b.Loop() {
		if n == len(list) {
			b.Fatal("there are no more messages: use -benchtime=1000x")
		}
		if _, err := o.school.Teach(context.Background(), "bench", list[n:n+1]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

func parsed(raw []byte) *message.Message {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(raw)
	return m
}

// cpu is what this process has used, without a Redis beside it.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(fmt.Sprint("getrusage: ", err))
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
