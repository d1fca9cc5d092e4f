package resolver_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

// BenchmarkWarm is a lookup that the cache answers.
func BenchmarkWarm(b *testing.B) {
	s := dnstest.Start(b, records)
	r := newResolver(b, slow(s.Addr), resolver.Options{})
	ctx := context.Background()
	for _, c := range []struct{ kind, name string }{{"TXT", "example.org"}, {"MX", "example.org"}, {"ip4", "mx1.example.org"}, {"ip", "mx1.example.org"},
		{"PTR", "192.0.2.1"}, {"ip4", "4.3.2.1.zen.nowhere.test"}} {
		one := func() {
			switch c.kind {
			case "TXT":
				_, _ = r.LookupTXT(ctx, c.name)
			case "MX":
				_, _ = r.LookupMX(ctx, c.name)
			case "PTR":
				_, _ = r.LookupAddr(ctx, c.name)
			default:
				_, _ = r.LookupNetIP(ctx, c.kind, c.name)
			}
		}
		b.Run(c.kind+"/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				one()
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, _ = r.LookupNetIP(ctx, "ip4", "mx1.example.org")
			}
		})
	})
}

// BenchmarkCold asks a server on loopback for another name each time, 64 at once. The server's work is in the figure.
func BenchmarkCold(b *testing.B) {
	s := dnstest.Start(b, "*.cold.test A 192.0.2.1")
	c := slow(s.Addr)
	r := newResolver(b, c, resolver.Options{})
	var n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := r.LookupNetIP(context.Background(), "ip4", strconv.FormatInt(n.Add(1), 36)+".cold.test"); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkThirtyZones asks 30 lists at once, each of which takes 20 ms, about another address each time: the time that
// they add to a mail whose client did not make us wait.
func BenchmarkThirtyZones(b *testing.B) {
	s := dnstest.Start(b, "*.list.test A 127.0.0.2")
	s.Behave("list.test", dnstest.Fault{Delay: 20 * time.Millisecond})
	r := newResolver(b, slow(s.Addr), resolver.Options{})
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		var all sync.WaitGroup
		for zone := range 30 {
			all.Go(func() {
				if _, err := r.LookupNetIP(context.Background(), "ip4", strconv.Itoa(n)+".z"+strconv.Itoa(zone)+".list.test"); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
	}
}
