package helo

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

func TestNamesOfOurs(t *testing.T) {
	f := filtertest.New(t, Spec, `ours = ["Mail.Example.NET", ".inner.example.net"]`, filters.Env{Resolver: &filtertest.DNS{}, Hostname: "mx.example.net"})
	for name, ours := range map[string]bool{
		"mx.example.net": true, "mail.example.net.": true, "a.inner.example.net": true, "inner.example.net": false, "badinner.example.net": false, "example.net": false,
	} {
		m := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("198.51.100.25")}, Helo: name}, message.Options{})
		r, err := f.Check(t.Context(), m, filters.Findings{})
		if err != nil || (r.Hits[0].Name == "HELO_OURS") != ours {
			t.Errorf("%s: %+v %v, ours %v", name, r.Hits, err, ours)
		}
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	_, err := Spec.New(func(into any) error {
		into.(*Config).Ours = []string{"not a name"}
		return nil
	}, filters.Env{})
	if err == nil || !strings.Contains(err.Error(), `ours: "not a name"`) {
		t.Errorf("%v", err)
	}
}

// silent is a resolver that never answers.
type silent struct{ filters.Resolver }

// LookupNetIP waits until its time ends.
func (silent) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestASilentResolver(t *testing.T) {
	t.Run("C16_no_answer_before_the_time_ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		f := filtertest.New(t, Spec, "", filters.Env{Resolver: silent{}})
		m := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("198.51.100.25")}, Helo: "mx.example.org"}, message.Options{})
		r, err := f.Check(ctx, m, filters.Findings{})
		if ctx.Err() != nil {
			t.Error("the filter's own time ended before it could say anything")
		}
		if err != nil || len(r.Hits) != 1 || r.Hits[0].Name != "HELO_TEMPERROR" {
			t.Errorf("%+v %v", r, err)
		}
	})
}

func FuzzNames(f *testing.F) {
	f.Add("mx.example.org")
	f.Add("[IPv6:2001:db8::1]")
	f.Add("[192.0.2.1")
	f.Fuzz(func(t *testing.T, name string) {
		dns := &filtertest.DNS{}
		filter := filtertest.New(t, Spec, "", filters.Env{Resolver: dns, Hostname: "mx.example.net"})
		m := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("198.51.100.25")}, Helo: name}, message.Options{})
		r, err := filter.Check(t.Context(), m, filters.Findings{})
		if err != nil || name != "" && len(r.Hits) != 1 {
			t.Fatalf("%+v %v", r, err)
		}
		for _, h := range r.Hits {
			if strings.ContainsAny(h.Detail, "\x00\r\n\x1b") || len(h.Detail) > 200 {
				t.Errorf("unclean: %q", h.Detail)
			}
			if dns.Queries() > 0 && h.Name != "HELO_UNKNOWN" {
				t.Errorf("%s was asked for", name)
			}
		}
	})
}
