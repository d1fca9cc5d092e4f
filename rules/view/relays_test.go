package view

import (
	"net/netip"
	"testing"
	"time"

	"weir/message"
)

func TestTheClientIsTheFirstRelay(t *testing.T) {
	for name, c := range map[string]struct {
		client message.Client
		want   string
		own    string
	}{
		"a stranger": {
			client: message.Client{Addr: netip.MustParseAddr("192.0.2.1"), Name: "r.example.com."},
			want:   "[ ip=192.0.2.1 rdns=r.example.com helo=h!x! by=mx.example.net ident= envfrom=a@b.org intl=0 id=W1 auth= msa=0 ] [ ip=198.51.100.1 rdns=s.example.com helo=k by=h ident= envfrom= intl=0 id=abc auth= msa=0 ]",
		},
		"one of our networks": {
			client: message.Client{Addr: netip.MustParseAddr("192.0.2.1")}, own: "192.0.2.0/24",
			want: "[ ip=198.51.100.1 rdns=s.example.com helo=k by=h ident= envfrom= intl=0 id=abc auth= msa=0 ]",
		},
		"a user who authenticated": {
			client: message.Client{Addr: netip.MustParseAddr("192.0.2.1"), Auth: "ann"},
			want:   "[ ip=198.51.100.1 rdns=s.example.com helo=k by=h ident= envfrom= intl=0 id=abc auth= msa=0 ]",
		},
	} {
		opts := message.Options{}
		if c.own != "" {
			opts.Trusted = []netip.Prefix{netip.MustParsePrefix(c.own)}
		}
		m := message.New(message.Envelope{ID: "W1", Hostname: "mx.example.net", Client: c.client, Helo: "h[x]", HasFrom: true, From: "a@b.org"}, opts)
		m.Load([]byte("Received: from k (s.example.com [198.51.100.1]) by h (Postfix) with SMTP id abc\r\n\r\n"))
		v := New(m, NewSettings(), Facts{}, time.Time{})
		if got, _ := v.Get("X-Spam-Relays-Untrusted"); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", name, got, c.want)
		}
		if got, _ := v.Get("EnvelopeFrom"); got != "a@b.org" {
			t.Errorf("%s: the envelope's sender is %q", name, got)
		}
	}
}

func TestFilesSayWhomToTrust(t *testing.T) {
	set := NewSettings()
	for _, l := range [][2]string{{"trusted_networks", "198.51.100.0/24"}, {"envelope_sender_header", "X-Env"}} {
		if known, err := set.Set(l[0], l[1]); !known || err != nil {
			t.Fatalf("%v: %v, %v", l, known, err)
		}
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("Received: from k (s.example.com [198.51.100.1]) by h (Postfix) with SMTP id abc\nX-Env: <e@example.com>\n\n"))
	v := New(m, set, Facts{}, time.Time{})
	if p := v.Relays(); len(p.Trusted) != 1 || len(p.Internal) != 1 || !p.Trusted[0].Internal {
		t.Errorf("got %+v", p)
	}
	if got, _ := v.Get("EnvelopeFrom"); got != "e@example.com" {
		t.Errorf("got %q", got)
	}
	if known, err := set.Set("trusted_networks", "nonsense"); !known || err == nil {
		t.Error("nonsense is taken for a network")
	}
}

func TestAClientThatAFieldTellsOfIsNoSecondRelay(t *testing.T) {
	m := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("198.51.100.1")}}, message.Options{})
	m.Load([]byte("Received: from k (s.example.com [198.51.100.1]) by h (Postfix) with SMTP id abc\n\n"))
	if p := New(m, NewSettings(), Facts{}, time.Time{}).Relays(); len(p.Untrusted) != 1 || p.Untrusted[0].By != "h" {
		t.Errorf("got %+v", p.Untrusted)
	}
}
