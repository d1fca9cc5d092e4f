package dkim

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"sync"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/message/header"
	"weir/message/signature"
)

// The keys of the tests are made once: it takes long.
var (
	rsaKey     = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	shortKey   = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 1024)) })
	ed25519Key = sync.OnceValue(func() crypto.Signer { _, k, err := ed25519.GenerateKey(rand.Reader); return must(k, err) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// letter is what most tests sign.
const letter = "From: Jo <jo@example.org>\r\nTo: pat@example.net\r\nSubject: lunch\r\nDate: Mon, 6 May 2024 07:00:00 +0000\r\n\r\nShall we meet at noon?\r\n"

// signing is how a test signs. Its zero value is a proper signature of example.org.
type signing struct {
	key  crypto.Signer     // nil: rsaKey
	tags map[string]string // instead of or beside the usual ones; "-" leaves one out
	body string            // what bh= is of; "": the letter's body
}

// usual are the tags of a proper signature, in order.
var usual = [...]struct{ name, value string }{
	{"v", "1"}, {"a", ""}, {"c", "relaxed/relaxed"}, {"d", "example.org"}, {"s", "sel"}, {"h", "From:To:Subject:Date"},
}

// sign puts a DKIM-Signature in front of a message.
func sign(t testing.TB, raw string, how signing) string {
	t.Helper()
	if how.key == nil {
		how.key = rsaKey()
	}
	h, at := header.Parse([]byte(raw), 0, nil)
	field := []byte("DKIM-Signature: ")
	put := func(name, value string) {
		if v, ok := how.tags[name]; ok {
			value = v
		}
		if value != "-" {
			field = append(field, name+"="+value+"; "...)
		}
	}
	for _, tag := range usual {
		if tag.name == "a" {
			tag.value = signature.Algorithm(how.key)
		}
		put(tag.name, tag.value)
	}
	for _, name := range []string{"i", "t", "x", "l", "q", "z"} {
		if how.tags[name] != "" {
			put(name, "")
		}
	}
	probe, _ := signature.Parse(field)
	if how.body == "" {
		how.body = raw[at:]
	}
	body := signature.NewBody([]byte(how.body))
	sum, _ := body.Sum(probe.Body)
	if probe.Length >= 0 {
		sum, _ = body.SumOf(probe.Body, probe.Length)
	}
	put("bh", string(signature.AppendFolded(nil, 0, sum[:])))
	field = append(field, "\r\n\tb="...)
	s, _ := signature.Parse(field)
	value, err := signature.Sign(how.key, s.FieldsSum(h.Fields, -1))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := how.tags["b"]; ok {
		return string(field) + v + "\r\n" + raw
	}
	return string(signature.AppendFolded(field, 3, value)) + "\r\n" + raw
}

// zone has the keys of example.org.
func zone() *filtertest.DNS {
	return &filtertest.DNS{TXT: map[string][]string{
		"sel._domainkey.example.org":   {must(signature.Record(rsaKey()))},
		"short._domainkey.example.org": {must(signature.Record(shortKey()))},
		"ed._domainkey.example.org":    {must(signature.Record(ed25519Key()))},
		"sel._domainkey.list.example":  {must(signature.Record(rsaKey()))},
	}, Fail: map[string]string{}}
}

// load reads a message.
func load(raw string) *message.Message {
	m := message.New(message.Envelope{Time: filtertest.Now}, message.Options{})
	m.Load([]byte(raw))
	return m
}

// run runs the filter over a message.
func run(t testing.TB, raw string, dns filters.Resolver) filters.Result {
	t.Helper()
	f := filtertest.New(t, Spec, "", filters.Env{Resolver: dns, Clock: filtertest.Clock(filtertest.Now)})
	r, err := f.Check(context.Background(), load(raw), filters.Findings{})
	if err != nil {
		t.Fatal(err)
	}
	filtertest.CheckResult(t, Spec, r)
	return r
}

// results are the values of all signatures, and the reasons of those that do not pass.
func results(r filters.Result) string {
	var list []string
	for _, a := range r.Auth {
		if a.Value == filters.Pass {
			list = append(list, "pass")
		} else {
			list = append(list, string(a.Value)+" ("+a.Reason+")")
		}
	}
	return strings.Join(list, ", ")
}

// names are the symbols of a result.
func names(r filters.Result) string {
	var list []string
	for _, h := range r.Hits {
		list = append(list, h.Name)
	}
	return strings.Join(list, " ")
}
