package all

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/dkim"
	"weir/filters/dmarc"
	"weir/filters/filtertest"
	"weir/filters/spf"
	"weir/gateway"
	"weir/gateway/dmarcreport"
	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/message"
	"weir/scoring"
)

// authenticating is a gateway with SPF, DKIM and DMARC.
func authenticating(t *testing.T, s filters.Store, records filters.Resolver, config string) *gateway.Gateway {
	t.Helper()
	table := &scoring.Table{}
	var running []gateway.Running
	for _, spec := range []filters.Spec{spf.Spec, dkim.Spec, dmarc.Spec} {
		for _, symbol := range spec.Symbols {
			table.Declare(symbol, spec.Name, 0)
		}
		settings := ""
		if spec.Name == dmarc.Spec.Name {
			settings = config
		}
		running = append(running, gateway.Running{Spec: &spec, Filter: filtertest.New(t, spec, settings, filters.Env{Clock: time.Now, Resolver: records, Store: s, Hostname: "mx.example.net"})})
	}
	policies, err := gateway.NewPolicies(&scoring.Policy{Name: "default", Thresholds: scoring.Thresholds{Tag: 5, Reject: 15}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := gateway.NewSnapshot(gateway.Settings{Hostname: "mx.example.net", Store: s, Clock: time.Now, Headers: gateway.DefaultHeaders}, running, table, policies)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.New(snap, nil)
}

// deliver hands one mail to a gateway.
func deliver(t *testing.T, g *gateway.Gateway, client, from, author string) *gateway.Outcome {
	t.Helper()
	ctx := context.Background()
	s := g.Open(ctx, message.Client{Addr: netip.MustParseAddr(client)})
	defer s.Close()
	s.Helo(ctx, "mx.evil.example")
	tr, _ := s.Mail(ctx, from)
	tr.Rcpt(ctx, "ann@example.net")
	o := tr.Data(ctx, []byte("From: <"+author+">\r\nSubject: Hello\r\n\r\nHello.\r\n"))
	tr.Close()
	return o
}

// TestFromMailToReport sends mails through a gateway, looks at what becomes of them, and reads the report that the owner
// of the domain gets.
func TestFromMailToReport(t *testing.T) {
	if now := time.Now().UTC(); now.Hour() == 23 && now.Minute() == 59 {
		time.Sleep(time.Until(now.Truncate(time.Hour).Add(time.Hour)))
	}
	records, err := filtertest.ParseDNS("bank.example TXT v=spf1 ip4:192.0.2.25 -all\n_dmarc.bank.example TXT v=DMARC1; p=reject; rua=mailto:dmarc@bank.example\n" +
		"evil.example TXT v=spf1 ip4:198.51.100.7 -all\n_dmarc.down.example FAIL timeout\n")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(store.DefaultConfig(), t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := authenticating(t, s, records, "reports = true\ntemperror = \"defer-unknown\"")
	for _, c := range []struct {
		name, client, from, author string
		want                       scoring.Action
	}{
		{"the bank itself", "192.0.2.25", "ann@bank.example", "ann@bank.example", scoring.Accept},
		{"somebody else", "198.51.100.7", "jo@evil.example", "ann@bank.example", scoring.Reject},
		{"E18_a_domain_that_cant_be_checked", "198.51.100.7", "jo@evil.example", "ann@down.example", scoring.Defer},
		{"E13_two_authors", "198.51.100.7", "jo@evil.example", "jo@evil.example>, <ann@bank.example", scoring.Reject},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := deliver(t, g, c.client, c.from, c.author)
			if d := o.Groups[0].Decision; d.Action != c.want {
				t.Errorf("%s because %s, want %s", d.Action, d.Why, c.want)
			}
		})
	}
	g.Close() // which notes what is to be noted
	hop := hoptest.Start(t, hoptest.Options{})
	config := dmarcreport.DefaultConfig()
	config.From = "dmarc@example.net"
	sender := &dmarcreport.Sender{
		Config: config, Hostname: "mx.example.net", Store: s, Hops: []relay.HopConfig{{Address: []string{hop.Addr()}, Domains: []string{"example.net"}, TLS: relay.TLSNone}},
		Places: func(ctx context.Context, domain string) (list []dmarcreport.Place, err error) {
			found, err := dmarc.Places(ctx, records, domain)
			for _, u := range found {
				list = append(list, dmarcreport.Place(u))
			}
			return list, err
		},
	}
	var shown strings.Builder
	sender.Dry = &shown
	if _, err := sender.Send(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"To: dmarc@bank.example\n", "<source_ip>192.0.2.25</source_ip>", "<disposition>none</disposition>", "<spf>pass</spf>",
		"<source_ip>198.51.100.7</source_ip>", "<count>2</count>", "<disposition>reject</disposition>", "<envelope_from>evil.example</envelope_from>",
	} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("the report has no %s:\n%s", want, shown.String())
		}
	}
	if strings.Contains(shown.String(), "ann") || strings.Contains(shown.String(), "down.example") {
		t.Errorf("the report says too much:\n%s", shown.String())
	}
	sender.Dry, sender.Clock = nil, func() time.Time { return time.Now().Add(24 * time.Hour) } // when the day is over
	if sum, err := sender.Send(context.Background(), time.Now()); err != nil || sum.Sent != 1 || hop.Count() != 1 || hop.Messages()[0].Rcpts[0] != "dmarc@bank.example" {
		t.Errorf("%+v %v, %d mails", sum, err, hop.Count())
	}
}
