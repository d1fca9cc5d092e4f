package dmarc

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/filters/filtertest"
)

func TestRecordsAreReadAsTheirOwnersMeantThem(t *testing.T) {
	place := []URI{{Address: "d@bank.example"}}
	for _, c := range []struct {
		name, text string
		want       Record
		err        error
	}{
		{"the shortest", "v=DMARC1; p=reject", Record{P: Reject, SP: Reject, NP: Reject, Percent: 100}, nil},
		{"white space and case", " v = DMARC1 ;\tP = Reject ; SP=None;ADKIM=S; aspf=s;; ", Record{P: Reject, Percent: 100, StrictDKIM: true, StrictSPF: true}, nil},
		{"all of RFC 9989", "v=DMARC1; p=none; sp=quarantine; np=reject; psd=n; t=y; fo=1:d; rua=mailto:d@bank.example",
			Record{SP: Quarantine, NP: Reject, PSD: PSDNo, Test: true, Percent: 100, Failure: "1:d", Modern: true, RUA: place}, nil},
		{"np is sp where it is not there", "v=DMARC1; p=none; sp=reject", Record{SP: Reject, NP: Reject, Percent: 100}, nil},
		{"pct of RFC 7489", "v=DMARC1; p=reject; pct=25; ri=3600; rf=afrf", Record{P: Reject, SP: Reject, NP: Reject, Percent: 25}, nil},
		{"a pct that is no number", "v=DMARC1; p=reject; pct=all", Record{P: Reject, SP: Reject, NP: Reject, Percent: 100}, nil},
		{"a tag said twice: the first", "v=DMARC1; p=reject; p=none", Record{P: Reject, SP: Reject, NP: Reject, Percent: 100}, nil},
		{"rubbish between", "v=DMARC1; hello; p=reject; =; x=y=z; ;", Record{P: Reject, SP: Reject, NP: Reject, Percent: 100}, nil},
		{"a bad policy with reports", "v=DMARC1; p=maybe; rua=mailto:d@bank.example", Record{Percent: 100, RUA: place}, nil},
		{"a bad sp with reports", "v=DMARC1; p=reject; sp=maybe; rua=mailto:d@bank.example", Record{Percent: 100, RUA: place}, nil},
		{"a bad policy without reports", "v=DMARC1; p=maybe", Record{Percent: 100}, ErrUnusable},
		{"no policy, reports to nowhere", "v=DMARC1; rua=https://bank.example/", Record{Percent: 100}, ErrUnusable},
		{"the version alone", "v=DMARC1", Record{Percent: 100}, ErrUnusable},
		{"the version in small letters", "v=dmarc1; p=reject", Record{Percent: 100}, ErrNoRecord},
		{"the version not first", "p=reject; v=DMARC1", Record{Percent: 100}, ErrNoRecord},
		{"another version", "v=DMARC10; p=reject", Record{Percent: 100}, ErrNoRecord},
		{"SPF", "v=spf1 -all", Record{Percent: 100}, ErrNoRecord},
		{"nothing", "", Record{Percent: 100}, ErrNoRecord},
		{"longer than any record", "v=DMARC1; p=reject;" + strings.Repeat(" ", maxRecord), Record{Percent: 100}, ErrNoRecord},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseRecord(c.text)
			if diff := cmp.Diff(c.want, got); diff != "" || err != c.err {
				t.Errorf("%v -want +got\n%s", err, diff)
			}
		})
	}
}

func TestPlacesForReports(t *testing.T) {
	for in, want := range map[string][]URI{
		"mailto:d@bank.example":                                   {{"d@bank.example", 0}},
		"mailto:a@bank.example!10m , MAILTO:b@other.example!5k":   {{"a@bank.example", 10 << 20}, {"b@other.example", 5 << 10}},
		"mailto:a%2Bb@bank.example":                               {{"a+b@bank.example", 0}},
		"mailto:a@bank.example?subject=x":                         {{"a@bank.example", 0}},
		"mailto:a@bank.example!0":                                 nil,
		"mailto:a@bank.example!-5m":                               nil,
		"mailto:a@bank.example!99999999999999t":                   nil,
		"https://bank.example/report":                             nil,
		"mailto:a@bank.example%0d%0aBcc:%20x@y.example":           nil,
		`mailto:"a b"@bank.example`:                               nil,
		"mailto:a@localhost":                                      nil,
		"mailto:a@[192.0.2.1]":                                    nil,
		"mailto:":                                                 nil,
		strings.Repeat("mailto:a@bank.example,", 50) + "mailto:x": nil,
	} {
		got := ParseURIs(in)
		if strings.Count(in, ",") > 20 {
			if len(got) != maxURIs {
				t.Errorf("%d places of 50 were read, want %d", len(got), maxURIs)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", in, diff)
		}
	}
}

// TestTheWalk has the names that RFC 9989 section 4.10 asks for.
func TestTheWalk(t *testing.T) {
	for domain, want := range map[string]string{
		"example":                         "example",
		"a.mail.example.com":              "a.mail.example.com mail.example.com example.com com",
		"a.b.c.d.e.f.g.h.i.j.example.com": "a.b.c.d.e.f.g.h.i.j.example.com f.g.h.i.j.example.com g.h.i.j.example.com h.i.j.example.com i.j.example.com j.example.com example.com com",
		"b.c.d.e.f.example.com":           "b.c.d.e.f.example.com c.d.e.f.example.com d.e.f.example.com e.f.example.com f.example.com example.com com",
		"a.b.c.d.e.f.example.com":         "a.b.c.d.e.f.example.com b.c.d.e.f.example.com c.d.e.f.example.com d.e.f.example.com e.f.example.com f.example.com example.com com",
	} {
		s := &survey{resolver: &filtertest.DNS{}}
		if _, err := s.walk(context.Background(), domain); err != nil {
			t.Fatal(err)
		}
		var asked []string
		for _, p := range s.places {
			asked = append(asked, p.domain)
		}
		if got := strings.Join(asked, " "); got != want {
			t.Errorf("%s asked %q, want %q", domain, got, want)
		}
	}
}

func TestCommonName(t *testing.T) {
	for _, c := range [][3]string{
		{"a.example.com", "b.example.com", "example.com"}, {"example.com", "a.example.com", "example.com"}, {"notexample.com", "example.com", "com"},
		{"example.com", "example.com", "example.com"}, {"example.com", "example.org", ""}, {"", "example.com", ""}, {"xa.b.c", "ya.b.c", "b.c"},
	} {
		if got := common(c[0], c[1]); got != c[2] {
			t.Errorf("%s and %s share %q, want %q", c[0], c[1], got, c[2])
		}
		if got := common(c[1], c[0]); got != c[2] {
			t.Errorf("%s and %s share %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, s := range []string{"v=DMARC1; p=reject; sp=none; pct=50; rua=mailto:a@b.example!10m,mailto:c@d.example", "v=DMARC1;p=none;np=reject;psd=y;t=y;fo=1:d:s;adkim=s", "v=DMARC1;;;=;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRecord(s)
		if errors.Is(err, ErrNoRecord) && (r.P != None || len(r.RUA) > 0) {
			t.Errorf("%q is no record and has %+v", s, r)
		}
		if r.Percent < 0 || r.Percent > 100 || len(r.RUA) > maxURIs {
			t.Errorf("%q: %+v", s, r)
		}
		for _, u := range r.RUA {
			if strings.ContainsAny(u.Address, "\r\n<> ,\"") || u.Max < 0 {
				t.Errorf("%q: place %+v", s, u)
			}
		}
	})
}
