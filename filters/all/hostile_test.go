package all

import (
	"context"
	"encoding/base64"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"unicode"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/gateway"
	"weir/gateway/config"
	"weir/message"
	"weir/message/address"
	"weir/message/authres"
	"weir/message/header"
	"weir/message/signature"
)

// listening is a DNS that notes the names whose TXT, MX and addresses it is asked for.
type listening struct {
	filtertest.DNS
	mu    sync.Mutex
	names []string
}

func (l *listening) note(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names = append(l.names, name)
}

func (l *listening) LookupTXT(ctx context.Context, name string) ([]string, error) {
	l.note(name)
	return l.DNS.LookupTXT(ctx, name)
}

func (l *listening) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	l.note(name)
	return l.DNS.LookupMX(ctx, name)
}

func (l *listening) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	l.note(host)
	return l.DNS.LookupNetIP(ctx, network, host)
}

// TestHostileNames puts what a sender may choose where all filters see it, and reads what we write of it.
func TestHostileNames(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"E07_nul", "bank.example\x00.evil.example"},
		{"E07_cr", "evil.example\rAuthentication-Results: mx.b.example; dmarc=pass"},
		{"E07_a_quote", `evil.example"x`},
		{"E07_a_quote_and_a_result", `evil.example"; dmarc=pass; x="`},
		{"E07_a_comment", "evil.example(dmarc"},
		{"E07_a_space_and_a_result", "evil.example dmarc=pass header.from=bank.example"},
		{"E07_letters_beyond_ascii", "b\u00e4nk.example\u2028x"},
		{"E07_a_wildcard_and_a_slash", "*.example/../x"},
		{"E07_dots_only", "..."},
		{"E07_a_very_long_name", strings.Repeat("a.", 400) + "example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dns := &listening{}
			_, body, _ := strings.Cut(lunch, "\r\n\r\n")
			sum, _ := signature.NewBody([]byte(body)).Sum(signature.Simple)
			bh := base64.StdEncoding.EncodeToString(sum[:]) // right, so that the key is asked for
			mail := "DKIM-Signature: v=1; a=rsa-sha256; d=" + c.value + "; s=" + c.value + "; h=from; bh=" + bh + "; b=AAAA\r\n" +
				"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=" + c.value + "; s=" + c.value + "; b=AAAA\r\n" +
				"ARC-Message-Signature: i=1; a=rsa-sha256; d=" + c.value + "; s=" + c.value + "; h=from; bh=" + bh + "; b=AAAA\r\n" +
				"ARC-Authentication-Results: i=1; " + c.value + "; dmarc=pass header.from=bank.example\r\n" + lunch
			got, report := hostile(t, dns, c.value, mail)
			for _, name := range dns.names {
				if strings.Contains(name, "_domainkey") && !address.IsName(name) {
					t.Errorf("the DNS was asked for %q", name)
				}
			}
			checkOurs(t, got, report)
			if !strings.HasSuffix(got, mail) {
				t.Errorf("the mail itself was changed:\n%q", got)
			}
		})
	}
}

// hostile sends a mail whose client, sender and header say the same.
func hostile(t *testing.T, dns filters.Resolver, value, mail string) (string, *gateway.Report) {
	t.Helper()
	cfg, err := config.Parse("weir.toml", []byte("stock_rules = false\nhostname = \"mx.b.example\"\n[filters.greylist]\nenabled = false\n"), Filters)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := cfg.Snapshot(Filters, filters.Env{Clock: filtertest.Clock(filtertest.Now), Resolver: dns, Dialer: filtertest.NoDialer{}})
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(snap, nil)
	defer g.Close()
	s := g.Open(t.Context(), message.Client{Addr: netip.MustParseAddr("192.0.2.66")})
	defer s.Close()
	s.Helo(t.Context(), value)
	tx, refusal := s.Mail(t.Context(), "joe@"+value)
	if refusal != nil {
		t.Fatalf("%+v", refusal)
	}
	defer tx.Close()
	tx.Rcpt(t.Context(), "bob@a.example")
	out := tx.Data(t.Context(), []byte(mail))
	var b strings.Builder
	for _, chunk := range out.Chunks(&out.Groups[0]) {
		b.Write(chunk)
	}
	return b.String(), out.Report
}

// checkOurs wants one field of ours that says as many results as were found, and no dmarc=pass.
func checkOurs(t *testing.T, mail string, report *gateway.Report) {
	t.Helper()
	found := 0
	for _, list := range report.Auth {
		found += len(list)
	}
	h, _ := header.Parse([]byte(mail), 0, nil)
	ours := 0
	for _, f := range h.All(gateway.ResultsName) {
		r, err := authres.Parse(f.Value())
		if err != nil {
			t.Fatalf("%v: %q", err, f.Raw)
		}
		if strings.ContainsFunc(f.Value(), func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && !unicode.IsPrint(r) }) {
			t.Errorf("characters that have no place there: %q", f.Raw)
		}
		ours++
		if r.Serv != "mx.b.example" || len(r.Results) != found || r.All("dmarc") == "pass" {
			t.Errorf("%d results were found; the field says\n%s", found, f.Raw)
		}
	}
	if ours != 1 || found < 5 {
		t.Errorf("%d fields, %d results (report: %+v) in\n%s", ours, found, report.Auth, mail)
	}
}
