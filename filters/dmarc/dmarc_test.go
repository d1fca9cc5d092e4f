package dmarc

import (
	"bufio"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/message/address"
	"weir/scoring"
)

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/dmarc") }

// mail makes a message from a client, with a From field.
func mail(from string) *message.Message {
	m := message.New(message.Envelope{ID: "m1", Client: message.Client{Addr: netip.MustParseAddr("::ffff:192.0.2.1")}, HasFrom: true, From: "jo@Evil.example", Rcpts: []string{"ann@example.net"}}, message.Options{})
	m.Load([]byte("From: " + from + "\r\nSubject: Hello\r\n\r\nHello.\r\n"))
	return m
}

func dns(t testing.TB, lines ...string) *filtertest.DNS {
	t.Helper()
	d, err := filtertest.ParseDNS(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func check(t testing.TB, config string, resolver filters.Resolver, m *message.Message, auth ...filters.Auth) (*filter, filters.Result) {
	t.Helper()
	f := filtertest.New(t, Spec, config, filters.Env{Resolver: resolver}).(*filter)
	r, err := f.Check(context.Background(), m, complemented(auth...))
	if err != nil {
		t.Fatal(err)
	}
	filtertest.CheckResult(t, Spec, r)
	return f, r
}

// complemented are findings of filters spf and dkim that both did their work, and found auth at most.
func complemented(auth ...filters.Auth) filters.Findings {
	return filters.NewFindings(nil, append([]filters.Auth{
		{Method: "spf", Value: filters.None, Domain: "evil.example", Props: []filters.AuthProp{{Type: "smtp", Name: "mailfrom", Value: "jo@evil.example"}}},
		{Method: "dkim", Value: filters.None},
	}, auth...), nil)
}

func names(r filters.Result) string {
	var list []string
	for _, h := range r.Hits {
		list = append(list, h.Name)
	}
	return strings.Join(list, " ")
}

func proof(domain string) filters.Auth {
	return filters.Auth{Method: "dkim", Value: filters.Pass, Domain: domain}
}

// TestOnlyATrustedSealerOverridesThePolicy has ARC results as the filter arc gives them.
func TestOnlyATrustedSealerOverridesThePolicy(t *testing.T) {
	records := dns(t, "_dmarc.bank.example TXT v=DMARC1; p=reject")
	arc := func(value filters.AuthValue, props ...string) filters.Auth {
		a := filters.Auth{Method: "arc", Value: value, Domain: "forwarder.example"}
		for i := 0; i < len(props); i += 2 {
			a.Props = append(a.Props, filters.AuthProp{Type: "policy", Name: props[i], Value: props[i+1]})
		}
		return a
	}
	for name, c := range map[string]struct {
		arc  filters.Auth
		want string
	}{
		"a trusted sealer that saw a pass":           {arc(filters.Pass, "sealer", "trusted", "dmarc", "pass"), "DMARC_FAIL DMARC_ARC"},
		"E17_a_sealer_nobody_trusts":                 {arc(filters.Pass, "sealer", "untrusted", "dmarc", "pass"), "DMARC_FAIL_REJECT DMARC_REJECT"},
		"E17_a_trusted_sealer_whose_chain_is_broken": {arc(filters.Fail, "sealer", "trusted", "dmarc", "pass"), "DMARC_FAIL_REJECT DMARC_REJECT"},
		"E17_a_trusted_sealer_that_saw_a_failure":    {arc(filters.Pass, "sealer", "trusted", "dmarc", "fail"), "DMARC_FAIL_REJECT DMARC_REJECT"},
		"E17_a_chain_of_which_nothing_more_is_known": {arc(filters.Pass), "DMARC_FAIL_REJECT DMARC_REJECT"},
	} {
		t.Run(name, func(t *testing.T) {
			_, r := check(t, "", records, mail("ann@bank.example"), c.arc)
			if got := names(r); got != c.want || r.Auth[0].Value != filters.Fail {
				t.Errorf("%s, dmarc=%s; want %s and a failure", got, r.Auth[0].Value, c.want)
			}
		})
	}
	_, r := check(t, "", records, mail("<@x.example:ann@bank.example>"), arc(filters.Pass, "sealer", "trusted", "dmarc", "pass"))
	if got := names(r); got != "DMARC_AMBIGUOUS DMARC_FAIL_REJECT DMARC_REJECT" {
		t.Errorf("E13_a_sealer_does_not_help_an_ambiguous_from: %s", got)
	}
}

// hanging is a DNS that never answers: each question ends when its time does, which for the test is at once. It notes when
// that would have been.
type hanging struct {
	filters.Resolver
	until *time.Time
}

func (h hanging) LookupTXT(ctx context.Context, name string) ([]string, error) {
	*h.until, _ = ctx.Deadline()
	return nil, context.DeadlineExceeded
}

// TestADNSThatHangsPutsTheMailOff: the questions end before the filter's own time does, or the filter would have failed, and
// the mail be judged without it.
func TestADNSThatHangsPutsTheMailOff(t *testing.T) {
	t.Run("E18_a_dns_that_hangs", func(t *testing.T) {
		var until time.Time
		f := filtertest.New(t, Spec, `temperror = "defer-unknown"`, filters.Env{Resolver: hanging{until: &until}})
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		r, err := f.Check(ctx, mail("ann@bank.example"), filters.Findings{})
		if err != nil {
			t.Fatal(err)
		}
		if got := names(r); got != "DMARC_TEMPERROR DMARC_DEFER" || r.Hits[1].Retry != retry {
			t.Errorf("%s, retry in %d s", got, r.Hits[len(r.Hits)-1].Retry)
		}
		if end, _ := ctx.Deadline(); !until.Before(end.Add(-time.Minute)) {
			t.Errorf("the question may last until %v, the filter until %v", until, end)
		}
	})
}

// TestAPolicyOnceSeenCountsWhenTheDNSFails sends a mail while the record can be had, and one when it can't.
func TestAPolicyOnceSeenCountsWhenTheDNSFails(t *testing.T) {
	for name, c := range map[string]struct{ record, want string }{
		"E18_a_domain_known_for_p_reject": {"v=DMARC1; p=reject", "DMARC_TEMPERROR DMARC_DEFER"},
		"E18_a_domain_known_for_p_none":   {"v=DMARC1; p=none", "DMARC_TEMPERROR"},
		"E18_a_domain_never_seen":         {"", "DMARC_TEMPERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &filtertest.DNS{TXT: map[string][]string{}, Fail: map[string]string{}}
			if c.record != "" {
				d.TXT["_dmarc.bank.example"] = []string{c.record}
			}
			f := filtertest.New(t, Spec, "", filters.Env{Resolver: d})
			if c.record != "" {
				f.Check(context.Background(), mail("ann@bank.example"), complemented())
			}
			d.Fail["_dmarc.bank.example"] = "timeout"
			r, err := f.Check(context.Background(), mail("ann@bank.example"), complemented())
			if got := names(r); got != c.want || err != nil {
				t.Errorf("%s, want %s (%v)", got, c.want, err)
			}
		})
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	var r remembered
	for i := range 3 * maxRemembered {
		d := strconv.Itoa(i%(2*maxRemembered)) + ".example"
		r.note(d, Reject)
		r.note(d, None)
		r.note(d, Quarantine)
	}
	if len(r.last) > maxRemembered {
		t.Errorf("%d domains are remembered", len(r.last))
	}
	if r.policy(strconv.Itoa(maxRemembered-1)+".example") != Quarantine {
		t.Error("the newest is forgotten")
	}
}

// TestADeferralIsDecided puts the symbols through the score table: the mail gets 451, or is let in by config, and never
// passes.
func TestADeferralIsDecided(t *testing.T) {
	var table scoring.Table
	for _, s := range Spec.Symbols {
		table.Declare(s, "dmarc", 0)
	}
	policy := &scoring.Policy{Thresholds: scoring.Thresholds{Tag: 5, Reject: 15}}
	temporary := filters.Auth{Method: "dkim", Value: filters.TempError, Domain: "bank.example"}
	records := dns(t, "_dmarc.bank.example TXT v=DMARC1; p=reject")
	for name, c := range map[string]struct {
		config string
		auth   []filters.Auth
		want   scoring.Action
	}{
		"E18_deferred_on_p_reject":        {"", []filters.Auth{temporary}, scoring.Defer},
		"E18_accepted_by_config":          {`temperror = "accept"`, []filters.Auth{temporary}, scoring.Accept},
		"without the error it is refused": {"", nil, scoring.Reject},
	} {
		t.Run(name, func(t *testing.T) {
			_, r := check(t, c.config, records, mail("ann@bank.example"), c.auth...)
			d := scoring.Decide(scoring.Evidence{Symbols: table.Score(r.Hits)}, &table, policy)
			if d.Action != c.want || (d.Retry > 0) != (c.want == scoring.Defer) || r.Auth[0].Value == filters.Pass {
				t.Errorf("%s (%s), retry %d, dmarc=%s; want %s", d.Action, d.Why, d.Retry, r.Auth[0].Value, c.want)
			}
		})
	}
}

// TestAFilterThatIsOffMakesNobodyFail: with dkim or spf switched off, honest mail would not be aligned.
func TestAFilterThatIsOffMakesNobodyFail(t *testing.T) {
	records := dns(t, "_dmarc.bank.example TXT v=DMARC1; p=reject")
	whole := complemented().Auth()
	for name, auth := range map[string][]filters.Auth{"dkim is off": whole[:1], "spf is off": whole[1:], "both are off": nil} {
		f := filtertest.New(t, Spec, "", filters.Env{Resolver: records})
		r, err := f.Check(context.Background(), mail("ann@bank.example"), filters.NewFindings(nil, auth, nil))
		if err != nil || len(r.Hits) > 0 || len(r.Auth) > 0 {
			t.Errorf("%s: %+v %v", name, r, err)
		}
		r, _ = f.Check(context.Background(), mail("<@x.example:ann@bank.example>"), filters.NewFindings(nil, auth, nil))
		if got := names(r); got != "DMARC_AMBIGUOUS DMARC_FAIL_REJECT DMARC_REJECT" {
			t.Errorf("E13_%s: %s", strings.ReplaceAll(name, " ", "_"), got)
		}
	}
}

// TestPctIsASample sends many mails of a domain that wants a quarter refused.
func TestPctIsASample(t *testing.T) {
	records := dns(t, "_dmarc.bank.example TXT v=DMARC1; p=reject; pct=25")
	refused := 0
	for i := range 2000 {
		m := mail("ann@bank.example")
		m.ID = strconv.Itoa(i)
		_, r := check(t, "", records, m)
		if strings.HasSuffix(names(r), ToReject) {
			refused++
		}
	}
	if refused < 400 || refused > 600 {
		t.Errorf("%d of 2000 were refused, want about 500", refused)
	}
}

// TestFewQuestions: strangers cost no walk, and no name is asked for twice.
func TestFewQuestions(t *testing.T) {
	for name, c := range map[string]struct {
		from string
		auth []filters.Auth
		want int
	}{
		"the very domain":    {"ann@bank.example", []filters.Auth{proof("bank.example")}, 1},
		"only strangers":     {"ann@bank.example", []filters.Auth{proof("evil.example"), proof("mailer.test")}, 1},
		"strangers in co.uk": {"ann@bank.co.uk", []filters.Auth{proof("evil.co.uk")}, 1},
		"three of a family":  {"ann@bank.example", []filters.Auth{proof("a.bank.example"), proof("b.bank.example"), proof("a.bank.example")}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			d := dns(t, "_dmarc.bank.example TXT v=DMARC1; p=reject", "_dmarc.bank.co.uk TXT v=DMARC1; p=reject")
			check(t, "", d, mail(c.from), c.auth...)
			if d.Queries() != c.want {
				t.Errorf("%d questions, want %d", d.Queries(), c.want)
			}
		})
	}
}

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

// TestPendingIsBounded: mails that are never observed don't pile up.
func TestPendingIsBounded(t *testing.T) {
	var p pending
	for range 3 * maxPending {
		p.put(&message.Message{}, &verdict{})
	}
	if len(p.held) > maxPending {
		t.Errorf("%d are held", len(p.held))
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for _, c := range []Config{{Policy: "bounce"}, {Policy: "reject", TempError: "reject"}, {Policy: "reject", TempError: "defer", Named: "x"}, {Policy: "reject", TempError: "defer", Named: "score", Lists: []string{"a b"}}} {
		if err := c.Check(); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	c := DefaultConfig()
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// TestTheDocument holds docs/dmarc.md to the code.
func TestTheDocument(t *testing.T) {
	data, err := os.ReadFile("../../docs/dmarc.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Spec.Symbols {
		line := "| " + s.Name + " | " + strconv.FormatFloat(s.Score, 'f', -1, 64) + " |"
		if s.Decides != scoring.Accept {
			line = "| " + s.Name + " | decides: " + s.Decides.String() + " |"
		}
		if !strings.Contains(string(data), line) {
			t.Errorf("docs/dmarc.md has no row %q", line)
		}
	}
	for _, key := range []string{"policy", "temperror", "lists", "display_names", "reports"} {
		if !strings.Contains(string(data), "\n"+key+" = ") {
			t.Errorf("docs/dmarc.md does not show the setting %s", key)
		}
	}
}

// TestPublicSuffixes runs the public suffix list's own test over the organisation of RFC 7489.
func TestPublicSuffixes(t *testing.T) {
	shared := os.Getenv("WEIR_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	f, err := os.Open(filepath.Join(shared, "suites/psl/test_psl.txt"))
	if err != nil {
		t.Skip("SHARED SUITE NOT RUN: suites/psl is not there")
	}
	defer f.Close()
	line := regexp.MustCompile(`^checkPublicSuffix\('([^']*)', (?:'([^']*)'|null)\)`)
	n, skipped := 0, 0
	for s := bufio.NewScanner(f); s.Scan(); {
		g := line.FindStringSubmatch(s.Text())
		if g == nil {
			continue
		}
		domain, want := address.Domain(g[1]), address.Domain(g[2])
		if !validDomain(domain) {
			skipped++
			continue
		}
		if want == "" {
			want = domain // a suffix stands for itself
		}
		n++
		if got := registered(domain); got != want {
			t.Errorf("E14_%s: %s, want %s", domain, got, want)
		}
	}
	if n < 70 || skipped > 10 {
		t.Errorf("%d cases run, %d skipped", n, skipped)
	}
}

// FuzzFrom: whatever From is, a mail that only evil.example signed never passes for another domain.
func FuzzFrom(f *testing.F) {
	for _, s := range []string{"<jo@evil.example>, <ann@bank.example>", `"ann@bank.example" <jo@evil.example>`, "a:b@evil.example;", "<@bank.example:jo@evil.example>", `<jo\@evil.example>@bank.example`} {
		f.Add(s)
	}
	records := dns(f, "_dmarc.evil.example TXT v=DMARC1; p=none", "_dmarc.bank.example TXT v=DMARC1; p=reject")
	f.Fuzz(func(t *testing.T, from string) {
		m := mail(from)
		_, r := check(t, "", records, m, proof("evil.example"))
		if len(r.Auth) != 1 {
			t.Fatalf("%d results", len(r.Auth))
		}
		a := r.Auth[0]
		if a.Value != filters.Pass {
			return
		}
		if a.Domain != "evil.example" {
			t.Errorf("%q passes for %q", from, a.Domain)
		}
		if list := m.Author(); slices.ContainsFunc(list.Domains, func(d string) bool { return d != "evil.example" && !strings.HasSuffix(d, ".evil.example") }) {
			t.Errorf("%q passes, with authors %q", from, list.Domains)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	records := dns(b, "_dmarc.bank.example TXT v=DMARC1; p=reject; rua=mailto:dmarc@bank.example; fo=1")
	f := filtertest.New(b, Spec, "", filters.Env{Resolver: records})
	for name, auth := range map[string][]filters.Auth{"exact": {proof("bank.example")}, "relaxed": {proof("mail.bank.example")}, "fail": {proof("evil.example")}} {
		b.Run(name, func(b *testing.B) {
			m, found := mail("Ann <ann@bank.example>"), complemented(auth...)
			m.Author()
			b.ReportAllocs()
			for b.Loop() {
				f.Check(context.Background(), m, found)
			}
		})
	}
}
