package filtertest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// echo reports what it was given, so that a case shows that all of it arrives.
var echo = filters.Spec{
	Name: "echo", Stage: filters.Data, Symbols: []scoring.Symbol{{Name: "ECHO_SUBJECT"}, {Name: "ECHO_ENVELOPE"}, {Name: "ECHO_DNS"}, {Name: "ECHO_FOUND"}},
	New: func(decode func(any) error, env filters.Env) (filters.Filter, error) {
		cfg := struct {
			Word string `toml:"word"`
		}{"default"}
		if err := decode(&cfg); err != nil {
			return nil, err
		}
		return echoFilter{cfg.Word, env}, nil
	},
}

type echoFilter struct {
	word string
	env  filters.Env
}

func (e echoFilter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	var r filters.Result
	r.Hits = append(r.Hits, scoring.Hit{Name: "ECHO_SUBJECT", Detail: e.word + ": " + m.Subject(), Count: len(m.Raw)})
	r.Hits = append(r.Hits, scoring.Hit{Name: "ECHO_ENVELOPE", Detail: strings.Join(append(m.Rcpts, m.Client.Addr.String(), m.Helo, m.Envelope.From, e.env.Clock().Format("2006")), " ")})
	if txt, err := e.env.Resolver.LookupTXT(ctx, "Example.ORG."); err == nil {
		r.Hits = append(r.Hits, scoring.Hit{Name: "ECHO_DNS", Detail: txt[0]})
	}
	if found.Count("SPF_FAIL") > 0 && found.Failed("dkim") {
		r.Hits = append(r.Hits, scoring.Hit{Name: "ECHO_FOUND"})
	}
	_, err := e.env.Resolver.LookupMX(ctx, "broken.example")
	return r, err
}

const echoCase = `A case that uses everything.
-- envelope --
# a comment
ip 192.0.2.1
helo client.example
from jo@example.org
rcpt a@example.com
rcpt b@example.com
time 2031-02-03T04:05:06Z
found SPF_FAIL
failed dkim
-- config --
word = "hello"
-- dns --
example.org TXT v=spf1 -all
broken.example FAIL timeout
-- mail.esc --
Subject: w\x6frld\r\n\r\n\
end
-- want --
`

func TestRunGivesAFilterItsCase(t *testing.T) {
	const want = `{
  "hits": [
    {
      "name": "ECHO_SUBJECT",
      "count": 22,
      "detail": "hello: world"
    },
    {
      "name": "ECHO_ENVELOPE",
      "detail": "a@example.com b@example.com 192.0.2.1 client.example jo@example.org 2031"
    },
    {
      "name": "ECHO_DNS",
      "detail": "v=spf1 -all"
    },
    {
      "name": "ECHO_FOUND"
    }
  ],
  "error": "lookup broken.example: i/o timeout"
}
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.txtar"), []byte(echoCase+want), 0o644); err != nil {
		t.Fatal(err)
	}
	Run(t, echo, dir)
}

func TestCasesWithMistakesAreRefused(t *testing.T) {
	for name, data := range map[string]string{
		"an unknown section": "-- mial --\n", "an unknown key": "-- envelope --\nipp 192.0.2.1\n", "a bad address": "-- envelope --\nip 300.1.1.1\n",
		"a bad time": "-- envelope --\ntime today\n", "a record without a value": "-- dns --\nexample.org TXT\n", "a record of an unknown type": "-- dns --\nexample.org SRV 1\n",
		"an AAAA that is an A": "-- dns --\nexample.org AAAA 192.0.2.1\n", "an unknown way to fail": "-- dns --\nexample.org FAIL maybe\n", "an unknown escape": "-- mail.esc --\n\\q\n", "half an escape": "-- mail.esc --\n\\x1",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseCase(txtar.Parse([]byte(data))); err == nil {
				t.Errorf("%q was taken", data)
			}
		})
	}
}

func TestDNSAnswersLikeAResolver(t *testing.T) {
	d, err := ParseDNS("a.example A 192.0.2.1\na.example AAAA 2001:db8::1\na.example MX 10 mx.example\n192.0.2.1 PTR a.example.\nslow.example FAIL timeout\nbad.example FAIL servfail\n")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if a, err := d.LookupNetIP(ctx, "ip6", "A.example."); err != nil || len(a) != 1 || !a[0].Is6() {
		t.Errorf("AAAA: %v %v", a, err)
	}
	if a, err := d.LookupNetIP(ctx, "ip", "a.example"); err != nil || len(a) != 2 {
		t.Errorf("A and AAAA: %v %v", a, err)
	}
	if mx, err := d.LookupMX(ctx, "a.example"); err != nil || mx[0].Host != "mx.example" || mx[0].Pref != 10 {
		t.Errorf("MX: %v %v", mx, err)
	}
	if ptr, err := d.LookupAddr(ctx, "192.0.2.1"); err != nil || ptr[0] != "a.example." {
		t.Errorf("PTR: %v %v", ptr, err)
	}
	for name, want := range map[string][3]bool{"no.example": {true, false, false}, "slow.example": {false, true, true}, "bad.example": {false, true, false}} {
		_, err := d.LookupTXT(ctx, name)
		e, ok := err.(*net.DNSError)
		if !ok || [3]bool{e.IsNotFound, e.IsTemporary, e.IsTimeout} != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d.Queries() != 7 {
		t.Errorf("%d queries counted, want 7", d.Queries())
	}
}
