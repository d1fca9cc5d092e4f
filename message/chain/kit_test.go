package chain

import (
	"bytes"
	"crypto"
	"os"
	"strings"
	"sync"
	"testing"

	"weir/message/header"
	"weir/message/signature"
)

const letter = "From: Ann <ann@example.org>\r\nTo: list@lists.example\r\nSubject: Lunch\r\nDate: Mon, 6 May 2024 11:00:00 +0000\r\n\r\nAt noon?\r\n"

// keyOnce reads a key made for these tests. It is always the same, so that what a fuzzer keeps stays signed.
var keyOnce = sync.OnceValue(func() crypto.Signer {
	text, err := os.ReadFile("testdata/key.pem")
	if err != nil {
		panic(err)
	}
	key, err := signature.ParsePrivate(text)
	if err != nil {
		panic(err)
	}
	return key
})

// station seals for a domain; its key is in the zone.
func station(t testing.TB, domain string, z zone) *Signer {
	t.Helper()
	return stationWith(t, keyOnce(), domain, z)
}

func stationWith(t testing.TB, key crypto.Signer, domain string, z zone) *Signer {
	t.Helper()
	s, err := NewSigner(key, domain, "k1", nil)
	if err != nil {
		t.Fatal(err)
	}
	record, err := signature.Record(key)
	if err != nil {
		t.Fatal(err)
	}
	z["k1._domainkey."+strings.ToLower(domain)] = record
	return s
}

// pass lets a mail go through a station, which verifies it, may change it, and seals it.
func (s *Signer) pass(t testing.TB, mail string, z zone, change func(string) string) string {
	t.Helper()
	status := verify(mail, z.lookup).Status
	if change != nil {
		mail = change(mail)
	}
	list := s.sealed(t, mail, status)
	if list == "" {
		t.Fatalf("%s put no seal on\n%s", s.domain, mail)
	}
	return list + mail
}

// sealed gives the text of a set for a mail.
func (s *Signer) sealed(t testing.TB, mail string, status Status) string {
	t.Helper()
	h, body := header.Parse([]byte(mail), 0, nil)
	list, err := s.Seal(h.Fields, signature.NewBody([]byte(mail)[body:]), status, s.domain+";\n\tdmarc=pass header.from=example.org", noon)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, f := range Header(list) {
		b.Write(f.Raw)
	}
	return b.String()
}

// footer is what lists do.
func footer(mail string) string { return mail + "-- \r\nA list.\r\n" }

// tag is what lists do, too.
func tag(mail string) string { return strings.Replace(mail, "Subject: ", "Subject: [list] ", 1) }
