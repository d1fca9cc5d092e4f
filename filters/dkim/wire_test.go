package dkim

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/setting"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/message/signature"
)

// TestANameServerThatMisbehaves asks for the key over the wire, through the gateway's resolver.
func TestANameServerThatMisbehaves(t *testing.T) {
	record := must(signature.Record(rsaKey()))
	signed := sign(t, letter, signing{})
	for _, c := range []struct {
		name string
		how  dnstest.Fault
		want string
	}{
		{"as it should, with the key in two pieces", dnstest.Fault{}, "pass"},
		{"C16_black_holed", dnstest.Fault{BlackHole: true}, "temperror (the DNS does not give the key)"},
		{"C16_servfail", dnstest.Fault{Rcode: dns.RcodeServerFailure}, "temperror (the DNS does not give the key)"},
		{"C16_refused", dnstest.Fault{Rcode: dns.RcodeRefused}, "temperror (the DNS does not give the key)"},
		{"truncated, then over TCP", dnstest.Fault{Truncate: true}, "pass"},
		{"nothing is there", dnstest.Fault{Nothing: true}, "permerror (there is no key)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := dnstest.Start(t, `sel._domainkey.example.org TXT "`+strings.ReplaceAll(record[:200], ";", `\;`)+`" "`+record[200:]+`"`)
			if c.how.Rcode != 0 || c.how.BlackHole || c.how.Truncate || c.how.Nothing {
				server.Behave("example.org", c.how)
			}
			cfg := resolver.DefaultConfig()
			cfg.Servers, cfg.Timeout, cfg.Attempts = []string{server.Addr}, setting.Duration(200*time.Millisecond), 1
			r := resolver.New(cfg, resolver.Options{})
			t.Cleanup(func() { _ = r.Close() })
			if got := results(run(t, signed, r)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// silent is a resolver that never answers.
type silent struct{ filters.Resolver }

// LookupTXT waits until its time ends.
func (silent) LookupTXT(ctx context.Context, _ string) ([]string, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestASilentResolver(t *testing.T) {
	t.Run("C16_no_answer_before_the_time_ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		f := filtertest.New(t, Spec, "", filters.Env{Resolver: silent{}, Clock: filtertest.Clock(filtertest.Now)})
		r, err := f.Check(ctx, load(sign(t, letter, signing{})), filters.Findings{})
		if ctx.Err() != nil {
			t.Error("the filter's own time ended before it could say anything")
		}
		if err != nil || results(r) != "temperror (the DNS does not give the key)" {
			t.Errorf("%s %v", results(r), err)
		}
	})
}
