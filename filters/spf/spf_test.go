package spf

import (
	"net/netip"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

// TestWhatTheClientSaysInAReason: macros put the HELO name into names, and those into reasons.
func TestWhatTheClientSaysInAReason(t *testing.T) {
	for name, record := range map[string]string{
		"E07_line_ends_in_a_redirect": "v=spf1 redirect=%{h}", "E07_line_ends_in_an_include": "v=spf1 include:%{h} -all",
	} {
		t.Run(name, func(t *testing.T) {
			dns := &filtertest.DNS{TXT: map[string][]string{"example.org": {record}}}
			f := filtertest.New(t, Spec, "", filters.Env{Resolver: dns})
			m := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("192.0.2.1")}, Helo: "mx\r\nX-Spam: no\x00\x1b[2J.example", HasFrom: true, From: "jo@example.org"}, message.Options{})
			r, err := f.Check(t.Context(), m, filters.Findings{})
			if err != nil || len(r.Auth) != 1 || r.Auth[0].Value != filters.PermError {
				t.Fatalf("%+v %v", r, err)
			}
			for _, text := range []string{r.Auth[0].Reason, r.Hits[0].Detail} {
				if strings.ContainsAny(text, "\r\n\x00\x1b") || !strings.Contains(text, "mx??X-Spam: no??[2J.example") {
					t.Errorf("%q", text)
				}
			}
		})
	}
}
