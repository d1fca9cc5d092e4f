package dmarc

import (
	"context"
	"strings"
	"testing"
)

func TestPlacesOfOthersHaveToAgree(t *testing.T) {
	for name, c := range map[string]struct {
		dns  []string
		want string
	}{
		"a place of its own":             {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@bank.example!1m"}, "d@bank.example"},
		"a place of its organisation":    {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@mail.bank.example"}, "d@mail.bank.example"},
		"a stranger who said nothing":    {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@victim.test"}, ""},
		"a service that agrees":          {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@reports.test", "bank.example._report._dmarc.reports.test TXT v=DMARC1"}, "d@reports.test"},
		"a service that agrees to all":   {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@reports.test", "bank.example._report._dmarc.reports.test TXT v=DMARC1;"}, "d@reports.test"},
		"a service with another mailbox": {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@reports.test", "bank.example._report._dmarc.reports.test TXT v=DMARC1; rua=mailto:bank@reports.test"}, "bank@reports.test"},
		"a service that names a victim":  {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@reports.test", "bank.example._report._dmarc.reports.test TXT v=DMARC1; rua=mailto:d@victim.test"}, ""},
		"another text at that name":      {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@reports.test", "bank.example._report._dmarc.reports.test TXT hello"}, ""},
		"the same place twice":           {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@bank.example,mailto:D@bank.example"}, "d@bank.example"},
		"no place":                       {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none"}, ""},
		"no record any more":             {nil, ""},
		"the DNS can't tell":             {[]string{"_dmarc.bank.example FAIL servfail"}, "error"},
		"whether a service agrees":       {[]string{"_dmarc.bank.example TXT v=DMARC1; p=none; rua=mailto:d@reports.test", "bank.example._report._dmarc.reports.test FAIL timeout"}, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := Places(context.Background(), dns(t, c.dns...), "bank.example")
			var got []string
			for _, u := range list {
				got = append(got, u.Address)
			}
			if text := strings.Join(got, " "); (err != nil) != (c.want == "error") || err == nil && text != c.want {
				t.Errorf("%q, %v; want %q", text, err, c.want)
			}
		})
	}
}
