// Package compare holds what Weir runs with beside Rspamd (make compare), and measures the same work without any door.
package compare

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/realtest"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/message"
)

// BenchmarkJudge is what judging costs with a full model and Redis as the store, without a door: the mails of the peers'
// bench set, one after another. CPU is that of this process, and of Redis beside it.
func BenchmarkJudge(b *testing.B) {
	corpus := realtest.Shared(b, "corpora", "spamassassin")
	h := open(b)
	train, test := h.halves(corpus)
	h.teach(train)
	h.judge(test) // warms up
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	began, stored := cpu(b), h.storeCPU()
	for i := 0; b.Loop(); i++ {
		h.one(test[i%len(test)].raw)
	}
	n := float64(b.N)
	b.ReportMetric((cpu(b)-began).Seconds()*1e6/n, "cpu-µs/op")
	b.ReportMetric((h.storeCPU()-stored)*1e6/n, "store-cpu-µs/op")
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.NumGC-before.NumGC)*1000/n, "GCs/1000")
	b.ReportMetric(float64(after.HeapInuse)/(1<<20), "heap-MiB")
}

// house is a gateway as make compare runs it.
type house struct {
	testing.TB
	gateway *gateway.Gateway
	redis   *goredis.Client
}

func open(b *testing.B) *house {
	text, err := os.ReadFile("weir.toml")
	if err != nil {
		b.Fatal(err)
	}
	addr := redistest.Start(b).Addr
	filled := strings.NewReplacer("@PEERS_HTTP@", "127.0.0.1:1", "@PEERS_REDIS@", addr).Replace(string(text))
	cfg, err := config.Parse("weir.toml", []byte(filled), all.Filters)
	if err != nil {
		b.Fatal(err)
	}
	state, err := store.Open(cfg.Store, b.TempDir(), backend.Hooks{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { state.Close() })
	snap, err := cfg.Snapshot(all.Filters, filters.Env{Clock: time.Now, Store: state})
	if err != nil {
		b.Fatal(err)
	}
	h := &house{TB: b, gateway: gateway.New(snap, nil), redis: goredis.NewClient(&goredis.Options{Addr: addr})}
	b.Cleanup(func() { h.gateway.Close(); h.redis.Close() })
	return h
}

type mail struct {
	class filters.Class
	raw   []byte
}

// halves gives every other mail of each class to learn, and up to 500 of each of the rest to judge, in turn.
func (h *house) halves(corpus string) (train, test []mail) {
	var classes [2][]mail
	for i, c := range []filters.Class{filters.Ham, filters.Spam} {
		files, _ := filepath.Glob(filepath.Join(corpus, c.String(), "*"))
		for k, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				h.Fatal(err)
			}
			if k%2 == 0 {
				train = append(train, mail{c, raw})
			} else if len(classes[i]) < 500 {
				classes[i] = append(classes[i], mail{c, raw})
			}
		}
	}
	for i := range min(len(classes[0]), len(classes[1])) {
		test = append(test, classes[0][i], classes[1][i])
	}
	return train, test
}

func (h *house) teach(list []mail) {
	for _, m := range list {
		if _, err := h.gateway.Teach(h.Context(), message.Envelope{Time: time.Now()}, slices.Clone(m.raw), m.class, "bench"); err != nil {
			h.Fatal(err)
		}
	}
}

// judge judges all, twice, and tells how many were called what they are.
func (h *house) judge(list []mail) {
	hits := 0
	for range 2 {
		hits = 0
		for _, m := range list {
			if r := h.one(m.raw); (r.Score >= r.Required) == (m.class == filters.Spam) {
				hits++
			}
		}
	}
	if hits < len(list)*9/10 {
		h.Fatalf("only %d of %d were called what they are: this is no full model", hits, len(list))
	}
}

// one is the way of the HTTP door with a request that has no envelope.
func (h *house) one(raw []byte) *gateway.Report {
	s := h.gateway.Open(context.Background(), message.Client{})
	defer s.Close()
	t := s.Unknown()
	defer t.Close()
	r := t.Data(context.Background(), raw).Report
	if len(r.Failed) > 0 {
		h.Fatalf("%v", r.Failed)
	}
	return r
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// storeCPU is what Redis has used so far, in seconds.
func (h *house) storeCPU() (sum float64) {
	text, err := h.redis.Info(h.Context(), "cpu").Result()
	if err != nil {
		h.Fatal(err)
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_sys" || name == "used_cpu_user" {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				h.Fatal(fmt.Errorf("Redis says %q: %w", line, err))
			}
			sum += v
		}
	}
	return sum
}
