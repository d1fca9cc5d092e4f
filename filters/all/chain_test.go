package all

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/gateway"
	"weir/gateway/config"
	"weir/message"
	"weir/message/signature"
	"weir/scoring"
)

const chainKey = "../../message/chain/testdata/key.pem"

// lunch comes from bank.example, whose owner wants forged mail refused.
const lunch = "From: Ann <ann@bank.example>\r\nTo: bob@a.example\r\nSubject: Lunch\r\nMessage-ID: <1@bank.example>\r\nDate: Mon, 6 May 2024 07:00:00 +0000\r\n\r\nAt noon?\r\n"

// chainDNS has bank.example's policy and the keys of two stations.
func chainDNS(t *testing.T) *filtertest.DNS {
	t.Helper()
	text, err := os.ReadFile(chainKey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.ParsePrivate(text)
	if err != nil {
		t.Fatal(err)
	}
	record, err := signature.Record(key)
	if err != nil {
		t.Fatal(err)
	}
	return &filtertest.DNS{TXT: map[string][]string{
		"bank.example":                {"v=spf1 ip4:192.0.2.1 -all"},
		"_dmarc.bank.example":         {"v=DMARC1; p=reject"},
		"arc._domainkey.a.example":    {record},
		"arc._domainkey.evil.example": {record},
	}}
}

// gate is a whole gateway, as its config says.
func gate(t *testing.T, dns *filtertest.DNS, toml string) *gateway.Gateway {
	t.Helper()
	rules := filepath.Join(t.TempDir(), "own.cf")
	if err := os.WriteFile(rules, []byte("header LUNCH Subject =~ /Lunch/\nscore LUNCH 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("weir.toml", []byte("stock_rules = false\n"+toml), Filters, config.Flag{Name: "--rules", Key: "rules", Value: []string{rules}})
	if err != nil {
		t.Fatal(err)
	}
	snap, err := c.Snapshot(Filters, filters.Env{Clock: filtertest.Clock(filtertest.Now), Resolver: dns, Dialer: filtertest.NoDialer{}})
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(snap, nil)
	t.Cleanup(g.Close)
	return g
}

// arrives is a mail that comes from an address, and what is sent on.
func arrives(t *testing.T, g *gateway.Gateway, ip, mail string) (gateway.Group, *gateway.Report, string) {
	t.Helper()
	s := g.Open(t.Context(), message.Client{Addr: netip.MustParseAddr(ip)})
	defer s.Close()
	s.Helo(t.Context(), "mail.example")
	tx, refusal := s.Mail(t.Context(), "ann@bank.example")
	if refusal != nil {
		t.Fatalf("%+v", refusal)
	}
	defer tx.Close()
	tx.Rcpt(t.Context(), "bob@a.example")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := tx.Data(ctx, []byte(mail))
	if len(out.Groups) != 1 {
		t.Fatalf("%d groups", len(out.Groups))
	}
	return out.Groups[0], out.Report, string(bytes.Join(out.Chunks(&out.Groups[0]), nil))
}

// TestWhatWeChangeStillAuthenticates sends a mail through two gateways. The first tags its subject and seals it; the second
// sees neither the first client's address nor a signature of the author's, only the seal.
func TestWhatWeChangeStillAuthenticates(t *testing.T) {
	dns := chainDNS(t)
	seals := func(domain string) string {
		return "hostname = \"mx." + domain + "\"\n[headers]\nsubject_prefix = \"[LIST]\"\n[seal]\ndomain = \"" + domain + "\"\nkey_file = \"" + chainKey + "\"\n"
	}
	group, report, passed := arrives(t, gate(t, dns, seals("a.example")), "192.0.2.1", lunch)
	if group.Decision.Action != scoring.Tag || len(report.Failed) != 0 || !strings.Contains(passed, "[LIST] Lunch") || !strings.Contains(passed, "\tdmarc=pass header.from=bank.example") {
		t.Fatalf("%s because %s, failed %v\n%s", group.Decision.Action, report.Why, report.Failed, passed)
	}
	_, _, forged := arrives(t, gate(t, dns, seals("evil.example")+"[filters.dmarc]\nenabled = false\n"), "192.0.2.66", lunch)
	forged = strings.Replace(forged, "spf=fail", "spf=pass", 1)
	const trust = "hostname = \"mx.b.example\"\n[filters.dmarc]\npolicy = \"reject\"\n[filters.arc]\ntrusted_sealers = [\"a.example\"]\n"
	for _, c := range []struct {
		name, toml, mail string
		want             scoring.Action
	}{
		{"the sealer is trusted", trust, passed, scoring.Tag},
		{"without the seal", trust, lunch, scoring.Reject},
		{"E17_untrusted_sealer_does_not_override_dmarc", strings.Replace(trust, "a.example", "c.example", 1), passed, scoring.Reject},
		{"E17_a_forged_claim_does_not_override_dmarc", trust, forged, scoring.Reject},
		{"E17_a_broken_chain_does_not_override_dmarc", trust, passed + "PS\r\n", scoring.Reject},
		{"E17_a_gap_does_not_override_dmarc", trust, strings.ReplaceAll(passed, "i=1;", "i=2;"), scoring.Reject},
		{"E17_i_51_does_not_override_dmarc", trust, strings.ReplaceAll(passed, "i=1;", "i=51;"), scoring.Reject},
		{"E17_cv_fail_does_not_override_dmarc", trust, strings.Replace(passed, "cv=none", "cv=fail", 1), scoring.Reject},
		{"E17_two_instances_do_not_override_dmarc", trust, passed[:strings.Index(passed, "ARC-Message")] + passed, scoring.Reject},
		{"E15_a_forged_result_of_ours_does_not_either", trust, "Authentication-Results: mx.b.example; dmarc=pass header.from=bank.example\r\n" + lunch, scoring.Reject},
	} {
		t.Run(c.name, func(t *testing.T) {
			group, report, got := arrives(t, gate(t, dns, c.toml), "192.0.2.99", c.mail)
			if group.Decision.Action != c.want {
				t.Errorf("%s because %s, want %s; arc %+v, dmarc %+v\n%s", group.Decision.Action, report.Why, c.want, report.Auth["arc"], report.Auth["dmarc"], got)
			}
		})
	}
}
