package dkim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"net/netip"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/spf"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/message"
	"weir/message/signature"
)

// sixKilobytes is a mail of the usual size, signed with RSA-2048.
func sixKilobytes(t testing.TB) string {
	raw := "Received: by mx.example.net\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n" + letter
	raw += strings.Repeat("A line of text as people write it, with  two spaces now and then.\r\n", 84)
	return sign(t, raw, signing{tags: map[string]string{"h": "From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:Cc:Reply-To"}})
}

// BenchmarkCheck is the whole filter; its DNS answers from a map.
func BenchmarkCheck(b *testing.B) {
	for _, c := range []struct {
		name string
		how  string
	}{{"relaxed", "relaxed/relaxed"}, {"simple", "simple/simple"}} {
		b.Run(c.name, func(b *testing.B) {
			raw := strings.Replace(sixKilobytes(b), "c=relaxed/relaxed", "c="+c.how, 1)
			if c.how == "simple/simple" {
				_, rest, _ := strings.Cut(raw, "Received:")
				raw = sign(b, "Received:"+rest, signing{tags: map[string]string{"c": c.how}})
			}
			m := load(raw)
			f := filtertest.New(b, Spec, "", filters.Env{Resolver: zone(), Clock: filtertest.Clock(filtertest.Now)})
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := f.Check(b.Context(), m, filters.Findings{})
				if err != nil || r.Auth[0].Value != filters.Pass {
					b.Fatal(results(r), err)
				}
			}
		})
	}
}

// BenchmarkRSA is the least that verifying can cost.
func BenchmarkRSA(b *testing.B) {
	key := rsaKey().(*rsa.PrivateKey)
	sum := sha256.Sum256([]byte("x"))
	sig := must(rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]))
	for b.Loop() {
		if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig) != nil {
			b.Fatal("it does not verify")
		}
	}
}

// BenchmarkAuthentication is SPF (two identities, one include) and DKIM (one signature, RSA-2048) of a mail of 6 kB, through
// the gateway's resolver with a warm cache.
func BenchmarkAuthentication(b *testing.B) {
	record := must(signature.Record(rsaKey()))
	server := dnstest.Start(b, `sel._domainkey.example.org TXT "`+record[:200]+`" "`+record[200:]+`"
example.org TXT "v=spf1 include:_spf.example.com ip4:203.0.113.0/24 -all"
_spf.example.com TXT "v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all"
mx.example.org TXT "v=spf1 a -all"
mx.example.org A 192.0.2.1
`)
	cfg := resolver.DefaultConfig()
	cfg.Servers = []string{server.Addr}
	r := resolver.New(cfg, resolver.Options{})
	b.Cleanup(func() { _ = r.Close() })
	env := filters.Env{Resolver: r, Clock: filtertest.Clock(filtertest.Now)}
	m := message.New(message.Envelope{Time: filtertest.Now, Client: message.Client{Addr: netip.MustParseAddr("192.0.2.1")}, Helo: "mx.example.org", HasFrom: true, From: "jo@example.org"}, message.Options{})
	m.Load([]byte(sixKilobytes(b)))
	both := []filters.Filter{filtertest.New(b, spf.Spec, "", env), filtertest.New(b, Spec, "", env)}
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range both {
			r, err := f.Check(b.Context(), m, filters.Findings{})
			if err != nil || r.Auth[len(r.Auth)-1].Value != filters.Pass {
				b.Fatal(results(r), err)
			}
		}
	}
}
