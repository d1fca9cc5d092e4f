package dnsbl

import (
	"context"
	"testing"

	"weir/filters"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/message"
)

// BenchmarkAllStages is one mail's four stages with the shipped lists and a warm cache (six lists about the client,
// one about its names), as the gateway runs them.
func BenchmarkAllStages(b *testing.B) {
	server := dnstest.Start(b, `
		2.0.0.127.zen.spamhaus.org A 127.0.0.2
		dbltest.com.dbl.spamhaus.org A 127.0.1.2
		2.0.0.127.bl.spamcop.net A 127.0.0.2
		2.0.0.127.psbl.surriel.com A 127.0.0.2
		2.0.0.127.bl.mailspike.net A 127.0.0.2
		7.2.0.192.in-addr.arpa PTR mail.sender.example.`)
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
	m := message.New(message.Envelope{Client: clientAt("192.0.2.7"), Helo: "mail.sender.example", HasFrom: true, From: "ann@sender.example"}, message.Options{})
	m.Load([]byte(mail))
	b.ReportAllocs()
	for b.Loop() {
		for _, stage := range append([]filters.Stage{Spec.Stage}, Spec.Again...) {
			if res, err := f.Check(context.Background(), m, filters.Findings{}.At(stage)); err != nil || len(res.Hits) != 0 {
				b.Fatal(res, err)
			}
		}
	}
}
