package urlbl

import (
	"context"
	"testing"

	"weir/filters"
	"weir/filters/dnslist"
	"weir/filters/filtertest"
	"weir/message"
)

// FuzzGather reads hostile mail: whatever it holds, what is asked about stays within bounds.
func FuzzGather(f *testing.F) {
	f.Add([]byte("From: A <a+b@gmail.com>\r\nSubject: x\r\n\r\nhttp://0x7f.1/ https://a.example/?u=http%3a%2f%2fb.example mailto:x@y.example\r\n"))
	f.Add([]byte("From: \r\nContent-Type: text/html\r\n\r\n<a href=http://x\x00y.example>http://z.example</a>"))
	made, err := Spec.New(func(any) error { return nil }, filters.Env{Resolver: &filtertest.DNS{}})
	if err != nil {
		f.Fatal(err)
	}
	u := made.(*filter)
	f.Cleanup(func() { _ = u.Close() })
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load(raw)
		g := u.gather(m)
		for _, from := range []*gathering{&g.domains, &g.hosts, &g.ips, &g.emails} {
			texts, left := from.pick(5)
			if len(texts) > 5 || left != (len(from.list) > 5) {
				t.Fatalf("picked %q of %d", texts, len(from.list))
			}
			for _, s := range subjects(dnslist.Host, texts) {
				if s.Name == "" {
					t.Fatal("an empty name")
				}
			}
		}
		if _, err := u.Check(context.Background(), m, filters.Findings{}); err != nil {
			t.Skip(err)
		}
	})
}
