package bimi

import (
	"context"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/scoring"
)

// TestTheSelectorHasToBeSigned has a BIMI-Selector, under one signature or another.
func TestTheSelectorHasToBeSigned(t *testing.T) {
	records, err := filtertest.ParseDNS("gold._bimi.bank.example TXT v=BIMI1; l=https://bank.example/gold.svg\ndefault._bimi.bank.example TXT v=BIMI1; l=https://bank.example/logo.svg\n")
	if err != nil {
		t.Fatal(err)
	}
	own := "DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=k; h=From:BIMI-Selector; bh=AAAA; b=AAAA\r\n"
	pass := func(domain, selector string) filters.Auth {
		return filters.Auth{Method: "dkim", Value: filters.Pass, Domain: domain, Props: []filters.AuthProp{{Type: "header", Name: "s", Value: selector}}}
	}
	for name, c := range map[string]struct {
		head string
		dkim filters.Auth
		want string
	}{
		"signed":                       {own + "BIMI-Selector: v=BIMI1; s=gold\r\n", pass("bank.example", "k"), "gold"},
		"not in h=":                    {"DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=k; h=From; bh=AAAA; b=AAAA\r\nBIMI-Selector: v=BIMI1; s=gold\r\n", pass("bank.example", "k"), "default"},
		"under another signature":      {own + "BIMI-Selector: v=BIMI1; s=gold\r\n", pass("bank.example", "other"), "default"},
		"of a stranger":                {"DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=k; h=From:BIMI-Selector; bh=AAAA; b=AAAA\r\nBIMI-Selector: v=BIMI1; s=gold\r\n", pass("evil.example", "k"), "default"},
		"twice":                        {own + "BIMI-Selector: v=BIMI1; s=gold\r\nBIMI-Selector: v=BIMI1; s=lead\r\n", pass("bank.example", "k"), "default"},
		"a name that DNS can not have": {own + "BIMI-Selector: v=BIMI1; s=go ld\r\n", pass("bank.example", "k"), "default"},
	} {
		t.Run(name, func(t *testing.T) {
			m := message.New(message.Envelope{}, message.Options{})
			m.Load([]byte(c.head + "From: ann@bank.example\r\n\r\nx\r\n"))
			found := filters.NewFindings([]scoring.Hit{{Name: enforced}}, []filters.Auth{c.dkim, {Method: "dmarc", Value: filters.Pass, Domain: "bank.example"}}, nil)
			r, err := filtertest.New(t, Spec, "", filters.Env{Resolver: records}).Check(context.Background(), m, found)
			if err != nil || len(r.Auth) != 1 || r.Auth[0].Props[1].Value != c.want {
				t.Errorf("%+v %v, want the selector %s", r, err, c.want)
			}
		})
	}
}
