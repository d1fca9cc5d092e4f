package urlbl

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"weir/filters"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/message"
)

// BenchmarkSixKilobytes is a mail of 6 kB with ten links to ten domains, the shipped lists, and a warm cache. Reading the
// links is part of the message's parsing, not of this.
func BenchmarkSixKilobytes(b *testing.B) {
	server := dnstest.Start(b, `
		dbltest.com.dbl.spamhaus.org A 127.0.1.2
		surbl-org-permanent-test-point.com.multi.surbl.org A 127.0.0.254
		2.0.0.127.multi.uribl.com A 127.0.0.14`)
	c := resolver.DefaultConfig()
	c.Servers = []string{server.Addr}
	r := resolver.New(c, resolver.Options{})
	defer r.Close()
	made, err := Spec.New(func(any) error { return nil }, filters.Env{Resolver: r})
	if err != nil {
		b.Fatal(err)
	}
	f := made.(*filter)
	defer f.Close()
	text := "From: Ann <ann@sender.example>\r\nSubject: x\r\n\r\n"
	for i := range 10 {
		text += fmt.Sprintf("https://www.site%d.example/path\r\n%s\r\n", i, strings.Repeat("words ", 95))
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(text))
	m.Links()
	b.ReportAllocs()
	for b.Loop() {
		if res, err := f.Check(context.Background(), m, filters.Findings{}); err != nil || len(res.Hits) != 0 {
			b.Fatal(res, err)
		}
	}
}
