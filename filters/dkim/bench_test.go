package dkim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
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
