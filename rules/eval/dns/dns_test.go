package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/message"
	"weir/rules/eval"
	"weir/rules/view"
)

// zone is a fake of the DNS: records by type and name, "A 2.0.0.127.list.example". What is not there does not exist.
type zone struct {
	records map[string]string // values with blanks between
	broken  map[string]bool   // names that nobody answers for
	slow    map[string]bool   // names that are answered when the context ends

	mu    sync.Mutex
	asked []string
}

func (z *zone) find(ctx context.Context, kind, name string) ([]string, error) {
	z.mu.Lock()
	z.asked = append(z.asked, kind+" "+name)
	z.mu.Unlock()
	switch text, ok := z.records[kind+" "+name]; {
	case z.slow[name]:
		<-ctx.Done()
		return nil, &net.DNSError{Name: name, IsTimeout: true, IsTemporary: true}
	case z.broken[name]:
		return nil, &net.DNSError{Name: name, IsTemporary: true}
	case !ok:
		return nil, &net.DNSError{Name: name, IsNotFound: true}
	case kind == "TXT":
		return []string{text}, nil
	default:
		return strings.Fields(text), nil
	}
}

func (z *zone) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return z.find(ctx, "TXT", name)
}

func (z *zone) LookupMX(ctx context.Context, name string) (list []*net.MX, err error) {
	hosts, err := z.find(ctx, "MX", name)
	for _, h := range hosts {
		list = append(list, &net.MX{Host: h})
	}
	return list, err
}

func (z *zone) LookupNS(ctx context.Context, name string) (list []*net.NS, err error) {
	hosts, err := z.find(ctx, "NS", name)
	for _, h := range hosts {
		list = append(list, &net.NS{Host: h})
	}
	return list, err
}

func (z *zone) LookupNetIP(ctx context.Context, network, name string) (list []netip.Addr, err error) {
	kind := map[string]string{"ip4": "A", "ip6": "AAAA"}[network]
	texts, err := z.find(ctx, kind, name)
	for _, s := range texts {
		list = append(list, netip.MustParseAddr(s))
	}
	return list, err
}

func (z *zone) LookupAddr(ctx context.Context, name string) ([]string, error) {
	return z.find(ctx, "PTR", name)
}

const header = "Return-Path: <bounce@sender.com>\nReceived: from client.example.net (client.example.net [203.0.113.9]) by mx.example.org; Sun, 22 Nov 2026 12:00:00 +0000\n" +
	"From: A <a@author.com>\nReply-To: 198.51.100.7\nAccreditor: vouch, x=y\nSubject: x\n"

// rules are rules for one test: lines, and calls by the rule's name.
type rules struct {
	lines []string
	calls []eval.Call
}

// answers asks and gives how often each rule hit; -1: in doubt.
func (r rules) answers(t *testing.T, z *zone, ctx context.Context, body string) map[string]int {
	t.Helper()
	room := New()
	return r.in(t, room, z, ctx, body)
}

func (r rules) in(t *testing.T, room *Room, z *zone, ctx context.Context, body string) map[string]int {
	t.Helper()
	for _, line := range r.lines {
		key, value, _ := strings.Cut(line, " ")
		if known, err := room.Set(key, value); !known || err != nil {
			t.Fatalf("%s: known %v, %v", line, known, err)
		}
	}
	checks := map[string]eval.Check{}
	for _, c := range r.calls {
		check, err := room.Bind(c)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		checks[c.Rule] = check
	}
	return ask(room, checks, z, ctx, body)
}

// ask runs checks on a mail.
func ask(room *Room, checks map[string]eval.Check, z *zone, ctx context.Context, body string) map[string]int {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(header + "\n" + body + "\n"))
	facts := view.Facts{Resolver: z, Auth: func() []view.Auth {
		return []view.Auth{{Method: "dkim", Value: "pass", Domain: "signer.com"}, {Method: "dkim", Value: "fail", Domain: "forged.com"}}
	}}
	mail := view.New(m, view.NewSettings(), facts, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	room.Ask(ctx, mail, func(rule string) bool { return rule == "OFF" })
	got := map[string]int{}
	for name, check := range checks {
		got[name] = check(mail)
		if mail.Doubted() {
			got[name] = -1
		}
	}
	return got
}

func call(rule, name string, args ...string) eval.Call {
	return eval.Call{Rule: rule, Name: name, Args: args}
}

func flagged(c eval.Call, flags ...string) eval.Call {
	c.Flags = flags
	return c
}

func TestEachFunctionAndDirective(t *testing.T) {
	for _, c := range []struct {
		name    string
		records map[string]string
		lines   []string
		call    eval.Call
		body    string
		want    int
	}{
		{"check_rbl", map[string]string{"A 9.113.0.203.list.example": "127.0.0.2"}, nil, call("R", "check_rbl", "set", "list.example."), "", 1},
		{"check_rbl, not listed", nil, nil, call("R", "check_rbl", "set", "list.example."), "", 0},
		{"check_rbl, an address that is no listing", map[string]string{"A 9.113.0.203.list.example": "192.0.2.1"}, nil, call("R", "check_rbl", "set", "list.example."), "", 0},
		{"check_rbl with a test", map[string]string{"A 9.113.0.203.list.example": "127.0.0.2 127.0.0.4"}, nil, call("R", "check_rbl", "set", "list.example.", "127.0.0.4"), "", 1},
		{"check_rbl with another test", map[string]string{"A 9.113.0.203.list.example": "127.0.0.2"}, nil, call("R", "check_rbl", "set", "list.example.", "127.0.0.4"), "", 0},
		{"check_rbl with a mask", map[string]string{"A 9.113.0.203.list.example": "127.0.0.6"}, nil, call("R", "check_rbl", "set", "list.example.", "4"), "", 1},
		{"check_rbl with a pattern", map[string]string{"A 9.113.0.203.list.example": "127.0.1.6"}, nil, call("R", "check_rbl", "set-lastexternal", "list.example.", `^127\.0\.1\.`), "", 1},
		{"check_rbl switched off", map[string]string{"A 9.113.0.203.list.example": "127.0.0.2"}, []string{"skip_rbl_checks 1"}, call("R", "check_rbl", "set", "list.example."), "", 0},
		{"check_rbl of a rule that is off", map[string]string{"A 9.113.0.203.list.example": "127.0.0.2"}, nil, call("OFF", "check_rbl", "set", "list.example."), "", 0},
		{"check_rbl_txt", map[string]string{"TXT 9.113.0.203.list.example": "listed for spam"}, nil, call("R", "check_rbl_txt", "set", "list.example.", "spam$"), "", 1},
		{"check_rbl_accreditor", map[string]string{"A 9.113.0.203.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_accreditor", "set", "list.example.", "127.0.0.2", "vouch"), "", 1},
		{"check_rbl_accreditor of another", map[string]string{"A 9.113.0.203.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_accreditor", "set", "list.example.", "127.0.0.2", "other"), "", 0},
		{"check_rbl_from_host", map[string]string{"A author.com.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_from_host", "set", "list.example."), "", 1},
		{"check_rbl_from_host wants addresses only", map[string]string{"A author.com.list.example": "127.0.0.2"}, nil, flagged(call("R", "check_rbl_from_host", "set", "list.example."), "ips_only"), "", 0},
		{"check_rbl_from_domain", map[string]string{"A author.com.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_from_domain", "set", "list.example."), "", 1},
		{"check_rbl_envfrom", map[string]string{"A sender.com.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_envfrom", "set", "list.example."), "", 1},
		{"check_rbl_headers", map[string]string{"A 7.100.51.198.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_headers", "set", "list.example."), "", 1},
		{"check_rbl_headers of its own", map[string]string{"A author.com.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_headers", "set", "list.example.", "127.0.0.2", "From"), "", 1},
		{"rbl_headers", map[string]string{"A author.com.list.example": "127.0.0.2"}, []string{"rbl_headers From"}, call("R", "check_rbl_headers", "set", "list.example."), "", 1},
		{"check_rbl_rcvd", map[string]string{"A client.example.net.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_rcvd", "set", "list.example."), "", 1},
		{"check_rbl_ns_from", map[string]string{"NS sender.com": "ns.host.net.", "A ns.host.net.list.example": "127.0.0.2"}, nil, call("R", "check_rbl_ns_from", "set", "list.example."), "", 1},
		{"check_dns_sender, a domain that does not exist", nil, nil, call("R", "check_dns_sender"), "", 1},
		{"check_dns_sender, a domain with a mail server", map[string]string{"MX sender.com": "mx.sender.com."}, nil, call("R", "check_dns_sender"), "", 0},
		{"urirhsbl", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"urirhsbl of an address", map[string]string{"A 7.100.51.198.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A"}, call("R", "check_uridnsbl", "R"), "see http://198.51.100.7/", 1},
		{"urirhsbl for domains only", map[string]string{"A 7.100.51.198.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A"}, flagged(call("R", "check_uridnsbl", "R"), "domains_only"), "see http://198.51.100.7/", 0},
		{"urirhsbl for addresses only", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A"}, flagged(call("R", "check_uridnsbl", "R"), "ips_only"), "see http://bad.com/", 0},
		{"urirhsbl of the whole host", map[string]string{"A www.bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A"}, flagged(call("R", "check_uridnsbl", "R"), "notrim"), "see http://www.bad.com/", 1},
		{"urirhssub", map[string]string{"A bad.com.list.example": "127.0.0.6"}, []string{"urirhssub R list.example. A 4"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"urirhssub with a range", map[string]string{"A bad.com.list.example": "127.0.0.6"}, []string{"urirhssub R list.example. A 127.0.0.7-127.0.0.9"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 0},
		{"urirhssub with a value and a mask", map[string]string{"A bad.com.list.example": "127.0.1.6"}, []string{"urirhssub R list.example. A 127.0.1.0/255.255.255.0"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"uridnsbl by name servers", map[string]string{"NS bad.com": "ns.bad.net.", "A ns.bad.net": "198.51.100.1", "A 1.100.51.198.list.example": "127.0.0.2"}, []string{"uridnsbl R list.example. A"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"uridnsbl by the host's address", map[string]string{"A www.bad.com": "198.51.100.1", "TXT 1.100.51.198.list.example": "listed"}, []string{"uridnsbl R list.example. TXT"}, flagged(call("R", "check_uridnsbl", "R"), "a"), "see http://www.bad.com/", 1},
		{"uridnssub", map[string]string{"A www.bad.com": "198.51.100.1", "A 1.100.51.198.list.example": "127.0.0.4"}, []string{"uridnssub R list.example. A 127.0.0.4"}, flagged(call("R", "check_uridnsbl", "R"), "a"), "see http://www.bad.com/", 1},
		{"urinsrhsbl", map[string]string{"NS bad.com": "ns.dark.net.", "A dark.net.list.example": "127.0.0.2"}, []string{"urinsrhsbl R list.example. A"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"urinsrhssub", map[string]string{"NS bad.com": "ns.dark.net.", "A dark.net.list.example": "127.0.0.2"}, []string{"urinsrhssub R list.example. A 4"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 0},
		{"urifullnsrhsbl", map[string]string{"NS bad.com": "ns.dark.net.", "A ns.dark.net.list.example": "127.0.0.2"}, []string{"urifullnsrhsbl R list.example. A"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"urifullnsrhssub", map[string]string{"NS bad.com": "ns.dark.net.", "A ns.dark.net.list.example": "127.0.0.2"}, []string{"urifullnsrhssub R list.example. A 2"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"uridnsbl_skip_domain", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "uridnsbl_skip_domain bad.com"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 0},
		{"clear_uridnsbl_skip_domain", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "uridnsbl_skip_domain bad.com", "clear_uridnsbl_skip_domain bad.com"}, call("R", "check_uridnsbl", "R"), "see http://www.bad.com/", 1},
		{"addresses in texts are no links", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A"}, call("R", "check_uridnsbl", "R"), "write to a@bad.com", 0},
		{"uridnsbl_skip_mailto 0", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "uridnsbl_skip_mailto 0"}, call("R", "check_uridnsbl", "R"), "write to a@bad.com", 1},
		{"uridnsbl_max_domains", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "uridnsbl_max_domains 1"}, call("R", "check_uridnsbl", "R"), "see http://good.com/ http://bad.com/", 0},
		{"skip_uribl_checks", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "skip_uribl_checks 1"}, call("R", "check_uridnsbl", "R"), "see http://bad.com/", 0},
		{"dns_query_restriction", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "dns_query_restriction deny list.example"}, call("R", "check_uridnsbl", "R"), "see http://bad.com/", 0},
		{"dns_query_restriction with what is allowed", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "dns_query_restriction deny *", "dns_query_restriction allow list.example"}, call("R", "check_uridnsbl", "R"), "see http://bad.com/", 1},
		{"clear_dns_query_restriction", map[string]string{"A bad.com.list.example": "127.0.0.2"}, []string{"urirhsbl R list.example. A", "dns_query_restriction deny *", "clear_dns_query_restriction"}, call("R", "check_uridnsbl", "R"), "see http://bad.com/", 1},
		{"askdns", map[string]string{"A author.com.fresh.example": "127.2.0.2"}, nil, call("R", "askdns", `_AUTHORDOMAIN_.fresh.example. A /^127\.2\.0\.2$/`), "", 1},
		{"askdns without a test", map[string]string{"A author.com.fresh.example": "192.0.2.1"}, nil, call("R", "askdns", `_AUTHORDOMAIN_.fresh.example.`), "", 1},
		{"askdns for a text", map[string]string{"TXT sender.com": "v=spf1 +all"}, nil, call("R", "askdns", `_SENDERDOMAIN_ TXT /^v=spf1 \+all$/`), "", 1},
		{"askdns for a quoted text", map[string]string{"TXT sender.com": "yes"}, nil, call("R", "askdns", `_SENDERDOMAIN_ TXT "yes"`), "", 1},
		{"askdns for a signer", map[string]string{"A signer.com.wl.example": "127.0.0.5"}, nil, call("R", "askdns", `_DKIMDOMAIN_.wl.example A 127.0.0.5`), "", 1},
		{"askdns not for a broken signature", map[string]string{"A forged.com.wl.example": "127.0.0.5"}, nil, call("R", "askdns", `_DKIMDOMAIN_.wl.example A 127.0.0.5`), "", 0},
		{"askdns for a field", map[string]string{"A author.com.x.example": "127.0.0.1"}, nil, call("R", "askdns", `_HEADER(From:addr:domain)_.x.example A`), "", 1},
		{"askdns for the last relay", map[string]string{"A 9.113.0.203.x.example": "127.0.0.1", "A client.example.net": "203.0.113.9"}, nil, call("R", "askdns", `_LASTEXTERNALREVIP_.x.example A`), "", 1},
		{"askdns for hosts of links", map[string]string{"AAAA www.bad.com.x.example": "2001:db8::1"}, nil, call("R", "askdns", `_URIHOSTS_.x.example AAAA`), "see http://www.bad.com/", 1},
		{"askdns for what is not there", nil, nil, call("R", "askdns", `_AUTHORDOMAIN_.x.example A [NXDOMAIN]`), "", 1},
		{"askdns with a tag twice", map[string]string{"A author.com.x.author.com.example": "127.0.0.1"}, nil, call("R", "askdns", `_AUTHORDOMAIN_.x._AUTHORDOMAIN_.example A`), "", 1},
		{"askdns without a tag", map[string]string{"A always.example.org": "127.0.0.1"}, nil, call("R", "askdns", `always.example.org`), "", 1},
		{"askdns with underscores that are no tag", map[string]string{"TXT _dmarc.author.com": "v=DMARC1"}, nil, call("R", "askdns", `_dmarc._AUTHORDOMAIN_ TXT /DMARC1/`), "", 1},
		{"askdns for servers of mail", map[string]string{"MX author.com": "mx.bad.net."}, nil, call("R", "askdns", `_AUTHORDOMAIN_ MX /bad\.net/`), "", 1},
	} {
		r := rules{lines: c.lines, calls: []eval.Call{c.call}}
		got := r.answers(t, &zone{records: c.records}, t.Context(), c.body)
		if got[c.call.Rule] != c.want {
			t.Errorf("%s: %d, want %d", c.name, got[c.call.Rule], c.want)
		}
	}
}

func TestRulesOfASetShareItsAnswers(t *testing.T) {
	z := &zone{records: map[string]string{"A 9.113.0.203.list.example": "127.0.0.4"}}
	got := rules{calls: []eval.Call{
		call("__SET", "check_rbl", "set", "list.example."),
		call("FOUR", "check_rbl_sub", "set", "127.0.0.4"),
		call("TWO", "check_rbl_sub", "set", "127.0.0.2"),
		call("MASK", "check_rbl_sub", "set", "4"),
		call("OTHER", "check_rbl_sub", "unknown", "127.0.0.4"),
	}}.answers(t, z, t.Context(), "")
	if fmt.Sprint(got) != "map[FOUR:1 MASK:1 OTHER:0 TWO:0 __SET:1]" {
		t.Error(got)
	}
	if len(z.asked) != 1 {
		t.Errorf("asked %v, want one question", z.asked)
	}
}

func TestWhatNobodyAnsweredIsInDoubt(t *testing.T) {
	z := &zone{records: map[string]string{"A bad.com.list.example": "127.0.0.2"}, broken: map[string]bool{"odd.com.list.example": true}}
	r := rules{lines: []string{"urirhsbl R list.example. A"}, calls: []eval.Call{call("R", "check_uridnsbl", "R")}}
	if got := r.answers(t, z, t.Context(), "http://odd.com/"); got["R"] != -1 {
		t.Errorf("a failed lookup: %v", got)
	}
	if got := r.answers(t, z, t.Context(), "http://odd.com/ http://bad.com/"); got["R"] != 1 {
		t.Errorf("a failed lookup beside a listing: %v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	slow := &zone{slow: map[string]bool{"bad.com.list.example": true}}
	if got := r.answers(t, slow, ctx, "http://bad.com/"); got["R"] != -1 {
		t.Errorf("an answer that does not come: %v", got)
	}
}

func TestD19_a_pattern_that_is_slow_on_an_answer_is_cut_and_told(t *testing.T) {
	z := &zone{records: map[string]string{"TXT author.com": strings.Repeat("a", 20_000)}}
	r := rules{calls: []eval.Call{call("R", "askdns", `_AUTHORDOMAIN_ TXT /^(?=a)(?:a|aa)+(?<=b)/`)}}
	if got := r.answers(t, z, t.Context(), "x"); got["R"] != -1 {
		t.Errorf("got %v", got)
	}
}

func TestQuestionsOfAMessageAreBounded(t *testing.T) {
	var calls []eval.Call
	for i := range maxQuestions + 10 {
		calls = append(calls, call(fmt.Sprintf("R%d", i), "askdns", fmt.Sprintf("n%d.example.com A", i)))
	}
	z := &zone{}
	got := rules{calls: calls}.answers(t, z, t.Context(), "")
	if len(z.asked) != maxQuestions || got[fmt.Sprintf("R%d", maxQuestions+9)] != -1 || got["R0"] != 0 {
		t.Errorf("%d questions, the last rule %d", len(z.asked), got[fmt.Sprintf("R%d", maxQuestions+9)])
	}
}

func TestAListThatRefusesUsIsLeftAlone(t *testing.T) {
	z := &zone{records: map[string]string{"A bad.com.list.example": "127.0.0.1"}}
	room := New()
	r := rules{lines: []string{"urirhssub BLOCKED list.example. A 1", "dns_block_rule BLOCKED list.example", "dns_block_time 60"}, calls: []eval.Call{call("BLOCKED", "check_uridnsbl", "BLOCKED")}}
	if got := r.in(t, room, z, t.Context(), "http://bad.com/"); got["BLOCKED"] != 1 {
		t.Fatal(got)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	if !room.closed("x.list.example", now.Add(59*time.Second)) || room.closed("x.list.example", now.Add(61*time.Second)) || room.closed("other.example", now) {
		t.Error("the list is left alone for a minute, and it alone")
	}
}

func TestWithoutANetworkNothingIsAsked(t *testing.T) {
	room := New()
	check, err := room.Bind(call("R", "check_dns_sender"))
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(header + "\n"))
	mail := view.New(m, view.NewSettings(), view.Facts{}, time.Unix(0, 0))
	room.Ask(t.Context(), mail, func(string) bool { return false })
	if check(mail) != 0 || mail.Doubted() {
		t.Error("a rule hit, or is in doubt")
	}
}

func TestCallsAndLinesThatAreWrong(t *testing.T) {
	for _, c := range []eval.Call{
		call("R", "check_rbl", "set"), call("R", "check_rbl", "set", "zone", "(("), call("R", "check_rbl_sub", "set"),
		call("R", "check_uridnsbl", "NOWHERE"), call("R", "askdns", ""), call("R", "askdns", "x.example A [NONSENSE]"), call("R", "askdns", "x.example A 1-2-3"),
	} {
		if _, err := New().Bind(c); err == nil {
			t.Errorf("%v: no error", c)
		}
	}
	var off *eval.Off
	for _, text := range []string{"x.example SRV", "_LANGUAGES_.x.example A"} {
		if _, err := New().Bind(call("R", "askdns", text)); !errors.As(err, &off) {
			t.Errorf("%s: %v, want that it is off", text, err)
		}
	}
	if _, err := New().Bind(call("R", "check_hashbl_emails", "list.example")); !errors.As(err, &off) {
		t.Errorf("lists of hashes: %v, want that it is off", err)
	}
	if _, err := New().Bind(call("R", "nonsense")); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("an unknown function: %v", err)
	}
	for _, line := range []string{"urirhsbl R zone", "urirhsbl R zone MX", "urirhssub R zone A", "urirhssub R zone A x", "uridnsbl_skip_domain", "dns_query_restriction perhaps a.b",
		"dns_block_rule R", "dns_block_rule R a/b", "rbl_timeout", "rbl_timeout x", "uridnsbl_max_domains -1", "num_check_received x"} {
		key, value, _ := strings.Cut(line, " ")
		if known, err := New().Set(key, value); !known || err == nil {
			t.Errorf("%s: known %v, no error", line, known)
		}
	}
}

func FuzzAskRules(f *testing.F) {
	f.Add(`_AUTHORDOMAIN_._A(_)_.x A,TXT [NXDOMAIN,3]`)
	f.Add(`a_b_ A 0x10/127.0.0.1`)
	f.Fuzz(func(t *testing.T, text string) {
		ru, err := New().bindAsk(call("R", "askdns", text))
		if (ru == nil) == (err == nil) {
			t.Fatal("neither a rule nor an error")
		}
	})
}
