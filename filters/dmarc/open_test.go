package dmarc

import (
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
)

// TestAPassThatIsEverybodys: an SPF record that lets everybody in meets the policy, and proves nobody.
func TestAPassThatIsEverybodys(t *testing.T) {
	from := func(domain string, open bool) filters.Auth {
		return filters.Auth{Method: "spf", Value: filters.Pass, Domain: domain, Open: open, Props: []filters.AuthProp{{Type: "smtp", Name: "mailfrom", Value: domain}}}
	}
	signed := filters.Auth{Method: "dkim", Value: filters.Pass, Domain: "bank.example"}
	f := filtertest.New(t, Spec, "", filters.Env{Resolver: &filtertest.DNS{TXT: map[string][]string{"_dmarc.bank.example": {"v=DMARC1; p=reject"}}}})
	for name, c := range map[string]struct {
		auth []filters.Auth
		open bool
	}{
		"by SPF alone":                          {[]filters.Auth{from("bank.example", true)}, true},
		"by an SPF record for few":              {[]filters.Auth{from("bank.example", false)}, false},
		"by a signature as well":                {[]filters.Auth{from("bank.example", true), signed}, false},
		"by a signature before":                 {[]filters.Auth{signed, from("bank.example", true)}, false},
		"by two records, one of them for few":   {[]filters.Auth{from("bank.example", false), from("bank.example", true)}, false},
		"and a signature that is not aligned":   {[]filters.Auth{from("bank.example", true), {Method: "dkim", Value: filters.Pass, Domain: "evil.example"}}, true},
		"of another domain, beside a signature": {[]filters.Auth{from("evil.example", true), signed}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := f.Check(t.Context(), mail("ann@bank.example"), filters.NewFindings(nil, c.auth, nil))
			if err != nil || len(r.Auth) != 1 || r.Auth[0].Value != filters.Pass || r.Auth[0].Open != c.open {
				t.Fatalf("%+v %v, want a pass, open %v", r.Auth, err, c.open)
			}
			if got := filters.NewFindings(nil, append(c.auth[:len(c.auth):len(c.auth)], r.Auth...), nil).Proves("bank.example"); got == c.open {
				t.Errorf("the domain is proved: %v", got)
			}
		})
	}
}
