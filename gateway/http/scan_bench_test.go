package http_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"weir/filters"
	"weir/gateway"
	door "weir/gateway/http"
	"weir/message"
)

// BenchmarkScan is mail of the shared corpus judged over loopback, client and Weir in one process. cpu-us is that of both.
// "door" has a verdict ready: what is left is HTTP, the envelope and the reply, and the client's half of it.
func BenchmarkScan(b *testing.B) {
	for _, what := range []string{"door", "filters"} {
		b.Run(what+"/keep-alive", func(b *testing.B) { scanOver(b, what) })
		b.Run(what+"/a connection each", func(b *testing.B) { scanOver(b, what, "Connection: close") })
		b.Run(what+"/packed", func(b *testing.B) { scanOver(b, what, "Compression: zstd") })
	}
}

func scanOver(b *testing.B, what string, headers ...string) {
	list := corpus(b)
	if len(headers) > 0 && headers[0] == "Compression: zstd" {
		for i := range list {
			list[i].raw = zstandard(b, list[i].raw)
		}
	}
	d := open(b, "file", door.DefaultConfig(), "")
	if what == "door" {
		d = fakeDoor(b, newReady(b, d), door.DefaultConfig())
	}
	d.limit = 64 << 20
	headers = append(headers, "IP: 192.0.2.10", "Helo: mail.example.org", "From: sender@example.org", "Rcpt: rcpt@example.com")
	var next atomic.Int64
	before := cpu(b)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		m := list[int(next.Add(1)-1)%len(list)]
		if status, text := d.post("/checkv2", m.raw, headers...); status != http.StatusOK || len(text) < 100 {
			b.Fatalf("answer %d %s", status, text)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-us/op")
}

// cpu is what this process has used, in microseconds.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return (u.Utime.Nano() + u.Stime.Nano()) / 1000
}

// ready is a house with one outcome for all.
type ready struct{ out *gateway.Outcome }

// tap gives the outcome that a house gives.
type tap struct {
	door.House
	out *gateway.Outcome
}

func (t *tap) Judge(ctx context.Context, env *message.Envelope, raw []byte, use func(*gateway.Outcome)) *gateway.Refusal {
	raw = []byte(strings.Clone(string(raw)))
	return t.House.Judge(ctx, env, raw, func(o *gateway.Outcome) { t.out = o; use(o) })
}

func newReady(b *testing.B, d *visited) ready {
	t := &tap{House: d.house}
	other := fakeDoor(b, t, door.DefaultConfig())
	other.scanned("/checkv2", mail(1), "IP: 192.0.2.10", "From: sender@example.org", "Rcpt: rcpt@example.com")
	if t.out == nil {
		b.Fatal("there is no outcome")
	}
	return ready{t.out}
}

func (r ready) Judge(_ context.Context, _ *message.Envelope, _ []byte, use func(*gateway.Outcome)) *gateway.Refusal {
	use(r.out)
	return nil
}

func (ready) Teach(context.Context, message.Envelope, []byte, filters.Class, string) (filters.Taught, error) {
	return filters.Taught{}, nil
}
