package dmarc

import (
	"bufio"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

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
