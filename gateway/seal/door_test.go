package seal

import (
	"net"
	"net/smtp"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/arc"
	"weir/filters/filtertest"
	"weir/gateway"
	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
	door "weir/gateway/smtp"
	"weir/message/chain"
	"weir/scoring"
)

// front runs an SMTP server whose gateway seals as a.example, in front of a next hop.
func front(t *testing.T, z map[string]string) (addr string, hop *hoptest.Server) {
	t.Helper()
	dns := &filtertest.DNS{TXT: map[string][]string{}}
	for name, record := range z {
		dns.TXT[name] = []string{record}
	}
	signer, err := site("a.example").Signer()
	if err != nil {
		t.Fatal(err)
	}
	policies, err := gateway.NewPolicies(&scoring.Policy{Name: "default"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	verifier := filtertest.New(t, arc.Spec, "", filters.Env{Clock: filtertest.Clock(filtertest.Now), Resolver: dns})
	snap, err := gateway.NewSnapshot(gateway.Settings{Hostname: "mx.a.example", Headers: gateway.DefaultHeaders, Remove: gateway.DefaultRemove,
		Sealing: gateway.Sealing{Signer: signer, Always: true}}, []gateway.Running{{Spec: &arc.Spec, Filter: verifier}}, &scoring.Table{}, policies)
	if err != nil {
		t.Fatal(err)
	}
	gw := gateway.New(snap, nil)
	t.Cleanup(gw.Close)
	hop = hoptest.Start(t, hoptest.Options{})
	router, err := relay.New(relay.Config{Hops: []relay.HopConfig{{Address: []string{hop.Addr()}, Domains: []string{"example.com"}}}}, relay.Options{Hostname: "mx.a.example"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Close() })
	config := door.DefaultConfig()
	config.SpoolDir = t.TempDir()
	server, err := door.New(config, gw, door.Options{Router: router})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String(), hop
}

// TestTheNextHopGetsWhatWasSealed sends mails over SMTP and verifies what the next hop got: dots, line ends and trace
// fields are all done by then.
func TestTheNextHopGetsWhatWasSealed(t *testing.T) {
	z := zone(t, site("a.example"))
	addr, hop := front(t, z)
	through := func(mail string) string {
		if err := smtp.SendMail(addr, nil, "ann@example.org", []string{"bob@example.com"}, []byte(mail)); err != nil {
			t.Fatal(err)
		}
		list := hop.Messages()
		return string(list[len(list)-1].Content)
	}
	for _, mail := range []string{
		letter,
		strings.ReplaceAll(letter, "\r\n", "\n"),
		strings.Replace(letter, "At noon?", ".\r\n..\r\n.At noon?", 1),
		strings.Replace(letter, "At noon?", "At noon?\nBare LF.\n .\n", 1),
		"X-Spam-Flag: NO\r\n" + letter,
		strings.Replace(letter, "Subject: Lunch", "Subject: =?utf-8?q?Mittag?=\r\n\tund mehr\r\nSubject : again", 1),
		letter + strings.Repeat("A long body, line after line.   \r\n", 20_000),
	} {
		once := through(mail)
		if v := verify(once, z); v.Status != chain.Pass || !strings.HasPrefix(once, "Received: ") || strings.Count(once, "ARC-Seal: i=1;") != 1 {
			t.Errorf("%+v\n%.2000s", v, once)
		}
		if v := verify(through(once), z); v.Status != chain.Pass || v.Oldest != 0 {
			t.Errorf("a second time: %+v", v)
		}
	}
}
