package urlbl

import (
	"context"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/message/link"
	"weir/scoring"
)

// TestLinksOfAttachmentsAreAskedAboutAtTheDataStage: those that the mail itself does not have, once.
func TestLinksOfAttachmentsAreAskedAboutAtTheDataStage(t *testing.T) {
	dns, err := filtertest.ParseDNS("dbltest.com.dbl.spamhaus.org A 127.0.1.2\ntest.dbl.spamhaus.org A 127.0.1.2\nevil.example.dbl.spamhaus.org A 127.0.1.4\nin-mail.example.dbl.spamhaus.org A 127.0.1.4\n")
	if err != nil {
		t.Fatal(err)
	}
	only := "[zones]\nspamhaus_dbl = { enabled = true }\nsurbl = { enabled = false }\nuribl = { enabled = false }\n"
	f := filtertest.New(t, Spec, only, filters.Env{Resolver: dns, Clock: filtertest.Clock(filtertest.Now)})
	t.Cleanup(func() {
		if c, ok := f.(interface{ Close() error }); ok {
			_ = c.Close()
		}
	})
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("From: jo@example.org\r\n\r\nhttp://in-mail.example/\r\n"))
	look := func(urls ...string) string {
		var links []link.Link
		for _, u := range urls {
			l, ok := link.Parse(u)
			if !ok {
				t.Fatal(u)
			}
			links = append(links, l)
		}
		view := filters.NewFindings([]scoring.Hit(nil), nil, nil).WithAttached(filters.Attached{Links: links}).At(filters.Data)
		r, err := f.Check(context.Background(), m, view)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, h := range r.Hits {
			names = append(names, h.Name+" "+h.Detail)
		}
		return strings.Join(names, "; ")
	}
	if got := look("https://evil.example/login"); !strings.Contains(got, "URLBL_SPAMHAUS_DBL_PHISH") || !strings.Contains(got, "evil.example") {
		t.Errorf("a link of an attachment: %q", got)
	}
	if got := look("https://in-mail.example/"); got != "" {
		t.Errorf("a link that the mail has too was asked about again: %q", got)
	}
	if got := look(); got != "" {
		t.Errorf("no links: %q", got)
	}
}
