package ruleset

import (
	"context"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/message"
	"weir/rules"
)

const records = `
	9.113.0.203.list.example.org  A    127.0.0.4
	bad.com.links.example.org     A    127.0.0.2
	dark.net.links.example.org    A    127.0.0.2
	bad.com                       NS   ns.dark.net.
	author.com.fresh.example.org  TXT  "seen today"`

const asking = `
header   __LIST  eval:check_rbl('list-lastexternal', 'list.example.org.')
header   FOUR    eval:check_rbl_sub('list-lastexternal', '127.0.0.4')
tflags   __LIST  net
tflags   FOUR    net
header   NOBODY  eval:check_dns_sender()
tflags   NOBODY  net
urirhssub LINKS  links.example.org. A 2
body     LINKS   eval:check_uridnsbl('LINKS')
tflags   LINKS   net
urinsrhsbl SERVERS links.example.org. A
body     SERVERS eval:check_uridnsbl('SERVERS')
tflags   SERVERS net
askdns   FRESH   _AUTHORDOMAIN_.fresh.example.org. TXT /today/
meta     ALL     FOUR && LINKS && SERVERS && FRESH && NOBODY
`

const asked = "Return-Path: <x@nowhere.com>\n" +
	"Received: from a.example.net (a.example.net [203.0.113.9]) by mx.example.org; Sun, 22 Nov 2026 12:00:00 +0000\n" +
	"From: A <a@author.com>\nSubject: x\n\nsee http://www.bad.com/\n"

// ask runs rules on a mail over the gateway's resolver and a server on loopback.
func ask(t *testing.T, s *dnstest.Server, o rules.Options, env filters.Env, questions int) (names string, detail string) {
	t.Helper()
	c := resolver.DefaultConfig()
	c.Servers = []string{s.Addr}
	r := resolver.New(c, resolver.Options{})
	t.Cleanup(func() { _ = r.Close() })
	set, err := rules.Compile(o, rules.File{Name: "test.cf", Data: []byte(asking)})
	if err != nil {
		t.Fatal(err)
	}
	env.Rules, env.Resolver = set, r
	f, err := Spec.New(decodeNothing, env)
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(asked))
	ctx, cancel := context.WithTimeout(filters.WithQuestions(t.Context(), filters.NewQuestions(questions)), 10*time.Second)
	defer cancel()
	result, err := f.Check(ctx, m, filters.Findings{})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, h := range result.Hits {
		if list = append(list, h.Name); h.Name == Limit {
			detail = h.Detail
		}
	}
	return strings.Join(list, " "), detail
}

func TestRulesAskOverTheGatewaysResolver(t *testing.T) {
	s := dnstest.Start(t, records)
	if names, _ := ask(t, s, rules.Options{}, filters.Env{}, 100); names != "ALL FOUR FRESH LINKS NOBODY SERVERS" {
		t.Errorf("got %q", names)
	}
	if n := s.Asked("bad.com.links.example.org"); n != 1 {
		t.Errorf("the link was asked for %d times", n)
	}
}

func TestAServerThatFailsLeavesRulesInDoubt(t *testing.T) {
	s := dnstest.Start(t, records)
	s.Behave("links.example.org", dnstest.Fault{Rcode: 2})
	names, detail := ask(t, s, rules.Options{}, filters.Env{}, 100)
	if names != "FOUR FRESH NOBODY RULESET_LIMIT" || !strings.Contains(detail, "LINKS") || strings.Contains(detail, "FOUR") {
		t.Errorf("got %q, in doubt %q", names, detail)
	}
}

func TestAMessageMayNotAskMoreThanItsShare(t *testing.T) {
	s := dnstest.Start(t, records)
	names, _ := ask(t, s, rules.Options{}, filters.Env{}, 1)
	if s.Questions() > 1 || !strings.Contains(names, Limit) {
		t.Errorf("%d questions, got %q", s.Questions(), names)
	}
}

func TestOfflineNothingIsAsked(t *testing.T) {
	s := dnstest.Start(t, records)
	if names, _ := ask(t, s, rules.Options{Offline: true}, filters.Env{Offline: true}, 100); names != "" || s.Questions() != 0 {
		t.Errorf("got %q, %d questions", names, s.Questions())
	}
}
