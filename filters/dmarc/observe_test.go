package dmarc

import (
	"encoding/json"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

func TestWhatIsNotedForReportsNamesNobody(t *testing.T) {
	records := dns(t, "_dmarc.bank.example TXT v=DMARC1; p=reject; sp=none; adkim=s; pct=50; fo=1; rua=mailto:d@bank.example", "_dmarc.quiet.example TXT v=DMARC1; p=reject")
	spf := filters.Auth{Method: "spf", Value: filters.Pass, Domain: "evil.example", Props: []filters.AuthProp{{Type: "smtp", Name: "mailfrom", Value: "jo@evil.example"}}}
	sig := filters.Auth{Method: "dkim", Value: filters.Fail, Domain: "bank.example", Props: []filters.AuthProp{{Type: "header", Name: "s", Value: "key1"}}}
	m := mail("Ann <ann@bank.example>")
	f, _ := check(t, "reports = true", records, m, spf, sig)
	var b filters.Batch
	f.Observe(m, filters.NewFindings(nil, []filters.Auth{spf, sig}, nil), filters.Verdict{Rcpts: []filters.RcptVerdict{{Action: scoring.Reject}}}, &b)
	if len(b.Ops) != 1 {
		t.Fatalf("%d notes, want 1", len(b.Ops))
	}
	data := b.Ops[0].(*filters.Appending).Note.Data
	if strings.Contains(string(data), "@") || strings.Contains(string(data), "ann") {
		t.Errorf("a person is named: %s", data)
	}
	var got filters.Feedback
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	half := 50
	want := filters.Feedback{
		Holder: "bank.example", From: "bank.example", MailFrom: "evil.example", Client: netip.MustParseAddr("192.0.2.1"), Done: "reject",
		Policy: filters.FeedbackPolicy{P: "reject", SP: "none", NP: "none", ADKIM: "s", FO: "1", Pct: &half},
		Auth:   []filters.FeedbackAuth{{Method: "spf", Domain: "evil.example", Scope: "mfrom", Result: "pass"}, {Method: "dkim", Domain: "bank.example", Selector: "key1", Result: "fail"}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for name, c := range map[string]struct{ config, from string }{"reports are off": {"", "ann@bank.example"}, "a domain that wants none": {"reports = true", "ann@quiet.example"}} {
		m := mail(c.from)
		f, _ := check(t, c.config, records, m)
		var b filters.Batch
		if f.Observe(m, filters.Findings{}, filters.Verdict{}, &b); len(b.Ops) != 0 {
			t.Errorf("%s: %d notes", name, len(b.Ops))
		}
	}
}

// TestPendingIsBounded: mails that are never observed don't pile up, and none is kept alive.
func TestPendingIsBounded(t *testing.T) {
	var p pending
	freed := make(chan bool, 3*maxPending)
	for range 3 * maxPending {
		m := message.New(message.Envelope{}, message.Options{})
		runtime.AddCleanup(m, func(c chan bool) { c <- true }, freed)
		p.put(m, &verdict{})
	}
	if len(p.held) > maxPending {
		t.Errorf("%d are held", len(p.held))
	}
	for range 3 * maxPending / 2 {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("no message is ever given back")
}

func TestPendingGivesEachItsOwn(t *testing.T) {
	var p pending
	one, two := message.New(message.Envelope{}, message.Options{}), message.New(message.Envelope{}, message.Options{})
	v := &verdict{}
	p.put(one, v)
	p.put(two, &verdict{})
	if p.take(one) != v || p.take(one) != nil || p.take(two) == v {
		t.Error("a verdict went to another mail, or came twice")
	}
}
