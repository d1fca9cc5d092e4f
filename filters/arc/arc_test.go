package arc

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/message/chain"
	"weir/message/header"
	"weir/message/signature"
	"weir/scoring"
)

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/arc") }

// letter is a mail to a list whose author's domain passed DMARC when it came there.
const letter = "From: Ann <ann@bank.example>\r\nTo: list@lists.example\r\nSubject: Lunch\r\nDate: Mon, 6 May 2024 07:00:00 +0000\r\n\r\nAt noon?\r\n"

// world is a DNS with the key of all stations.
var world = sync.OnceValues(func() (*filtertest.DNS, func(domain string) *chain.Signer) {
	text, err := os.ReadFile("../../message/chain/testdata/key.pem")
	if err != nil {
		panic(err)
	}
	key, err := signature.ParsePrivate(text)
	if err != nil {
		panic(err)
	}
	record, err := signature.Record(key)
	if err != nil {
		panic(err)
	}
	dns := &filtertest.DNS{TXT: map[string][]string{}}
	for _, d := range []string{"lists.example", "more.lists.example", "evil.example", "fwd.example"} {
		dns.TXT["k1._domainkey."+d] = []string{record}
	}
	return dns, func(domain string) *chain.Signer {
		s, err := chain.NewSigner(key, domain, "k1", nil)
		if err != nil {
			panic(err)
		}
		return s
	}
})

// hop is a station on a mail's way.
type hop struct {
	domain string
	claims string              // its results, behind its name
	change func(string) string // what it does to the mail
	status chain.Status        // what it says of the chain before it; "": what is true
}

// travel lets a mail pass stations.
func travel(t *testing.T, mail string, hops ...hop) string {
	t.Helper()
	dns, station := world()
	for _, hp := range hops {
		h, body := header.Parse([]byte(mail), 0, nil)
		status := chain.Read(h.Fields).Verify(t.Context(), signature.NewBody([]byte(mail)[body:]), dns.LookupTXT, filtertest.Now).Status
		if hp.status != "" {
			status = hp.status
		}
		if hp.change != nil {
			mail = hp.change(mail)
		}
		h, body = header.Parse([]byte(mail), 0, nil)
		list, err := station(hp.domain).Seal(h.Fields, signature.NewBody([]byte(mail)[body:]), status, hp.domain+"; "+hp.claims, filtertest.Now)
		if err != nil || len(list) != 3 {
			t.Fatalf("%s: %d fields, %v", hp.domain, len(list), err)
		}
		var b strings.Builder
		for _, f := range chain.Header(list) {
			b.Write(f.Raw)
		}
		mail = b.String() + mail
	}
	return mail
}

// check runs the filter over a mail.
func check(t *testing.T, config, mail string) filters.Auth {
	t.Helper()
	dns, _ := world()
	f := filtertest.New(t, Spec, config, filters.Env{Clock: filtertest.Clock(filtertest.Now), Resolver: dns})
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(mail))
	r, err := f.Check(context.Background(), m, filters.Findings{})
	if err != nil || len(r.Auth) != 1 {
		t.Fatalf("%d results, %v", len(r.Auth), err)
	}
	for _, h := range r.Hits {
		if !slices.ContainsFunc(Spec.Symbols, func(s scoring.Symbol) bool { return s.Name == h.Name }) {
			t.Errorf("symbol %s is not declared", h.Name)
		}
	}
	return r.Auth[0]
}

// policy lists the properties of type policy: what the config lets us believe.
func policy(a filters.Auth) (list []string) {
	for _, p := range a.Props {
		if p.Type == "policy" {
			list = append(list, p.Name+"="+p.Value)
		}
	}
	return list
}

const (
	trust  = `trusted_sealers = ["lists.example", "*.lists.example"]`
	passed = "spf=pass smtp.mailfrom=ann@bank.example; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example"
	failed = "dmarc=fail header.from=bank.example"
)

func footer(mail string) string { return mail + "-- \r\nA list.\r\n" }

func asBank(mail string) string {
	return strings.Replace(mail, "From: Eve <eve@evil.example>", "From: Ann <ann@bank.example>", 1)
}

func TestWhatIsBelieved(t *testing.T) {
	believed := []string{"sealer=trusted", "dmarc=pass"}
	only := []string{"sealer=trusted"}
	for _, c := range []struct {
		name   string
		config string
		mail   string
		value  filters.AuthValue
		want   []string
	}{
		{"a trusted list's results count", trust, travel(t, letter, hop{domain: "lists.example", claims: passed, change: footer}), filters.Pass, believed},
		{"a trusted list below a domain", trust, travel(t, letter, hop{domain: "more.lists.example", claims: passed, change: footer}), filters.Pass, believed},
		{"one list feeds another", trust, travel(t, letter, hop{domain: "lists.example", claims: passed, change: footer},
			hop{domain: "more.lists.example", claims: failed, change: footer}), filters.Pass, believed},
		{"a stranger who changed nothing passes it on", trust, travel(t, letter, hop{domain: "lists.example", claims: passed, change: footer},
			hop{domain: "fwd.example", claims: failed}), filters.Pass, believed},

		{"E17_untrusted_sealer", trust, travel(t, letter, hop{domain: "evil.example", claims: passed}), filters.Pass, nil},
		{"E17_nobody_is_trusted_by_default", "", travel(t, letter, hop{domain: "lists.example", claims: passed}), filters.Pass, nil},
		{"E17_a_name_that_ends_alike_is_not_trusted", `trusted_sealers = ["ists.example", "*.ists.example"]`,
			travel(t, letter, hop{domain: "lists.example", claims: passed}), filters.Pass, nil},
		{"E17_the_parent_is_not_below_itself", `trusted_sealers = ["*.lists.example"]`, travel(t, letter, hop{domain: "lists.example", claims: passed}), filters.Pass, nil},
		{"E17_a_stranger_changed_it_after_the_trusted_one", trust, travel(t, letter, hop{domain: "lists.example", claims: passed},
			hop{domain: "evil.example", claims: passed, change: footer}), filters.Pass, nil},
		{"E17_a_trusted_one_only_passed_on_a_strangers_claim", trust, travel(t, letter, hop{domain: "evil.example", claims: passed},
			hop{domain: "lists.example", claims: failed}), filters.Pass, only},
		{"E17_a_stranger_says_pass_for_a_chain_that_failed", trust, travel(t, footer(travel(t, letter, hop{domain: "lists.example", claims: passed})),
			hop{domain: "evil.example", claims: passed, status: chain.Pass}), filters.Pass, nil},
		{"E17_cv_fail_then_pass", trust, strings.Replace(travel(t, letter, hop{domain: "evil.example", claims: passed},
			hop{domain: "lists.example", claims: passed}), "cv=none", "cv=fail", 1), filters.Fail, nil},
		{"E17_a_gap", trust, gap(travel(t, letter, hop{domain: "evil.example", claims: passed}, hop{domain: "lists.example", claims: passed})), filters.Fail, nil},
		{"E17_i_51", trust, strings.ReplaceAll(travel(t, letter, hop{domain: "lists.example", claims: passed}), "i=1;", "i=51;"), filters.Fail, nil},
		{"E17_two_instances", trust, twins(travel(t, letter, hop{domain: "lists.example", claims: passed})), filters.Fail, nil},
		{"E17_the_set_of_another_mail", trust, strings.Replace(travel(t, letter, hop{domain: "lists.example", claims: passed}), "At noon?", "Pay now!", 1), filters.Fail, nil},
		{"E17_pass_was_for_another_author", trust, travel(t, strings.Replace(letter, "Ann <ann@bank", "Eve <eve@evil", 1),
			hop{domain: "lists.example", claims: "dmarc=pass header.from=evil.example", change: asBank}), filters.Pass, only},
		{"E17_pass_for_nobody_in_particular", trust, travel(t, letter, hop{domain: "lists.example", claims: "dmarc=pass"}), filters.Pass, only},
		{"E17_pass_in_a_comment", trust, travel(t, letter, hop{domain: "lists.example", claims: failed + " (x; dmarc=pass header.from=bank.example)"}), filters.Pass, only},
		{"E17_pass_in_a_quoted_reason", trust, travel(t, letter, hop{domain: "lists.example", claims: `spf=fail reason="; dmarc=pass header.from=bank.example"`}), filters.Pass, only},
		{"E17_pass_beside_fail", trust, travel(t, letter, hop{domain: "lists.example", claims: failed + "; dmarc=pass header.from=bank.example"}), filters.Pass, only},
		{"E17_two_authors", trust, travel(t, strings.Replace(letter, "From:", "From: eve@evil.example\r\nFrom:", 1),
			hop{domain: "lists.example", claims: passed}), filters.Pass, only},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := check(t, c.config, c.mail)
			if got.Value != c.value {
				t.Errorf("arc=%s (%s), want %s", got.Value, got.Reason, c.value)
			}
			if d := cmp.Diff(c.want, policy(got)); d != "" {
				t.Errorf("believed, -want +got:\n%s", d)
			}
		})
	}
}

// gap takes the first set out of a mail with two.
func gap(mail string) string {
	h, _ := header.Parse([]byte(mail), 0, nil)
	for _, f := range h.Fields[3:6] {
		mail = strings.Replace(mail, string(f.Raw), "", 1)
	}
	return mail
}

// twins puts the first set on once more.
func twins(mail string) string {
	h, _ := header.Parse([]byte(mail), 0, nil)
	return string(h.Fields[0].Raw) + string(h.Fields[1].Raw) + string(h.Fields[2].Raw) + mail
}

func TestSealersThatAreNoDomains(t *testing.T) {
	for _, name := range []string{"", "*", "*.", "a b", "lists.example;x", "joe@lists.example", "*.com", "*.co.uk", "*.github.io"} {
		_, err := Spec.New(func(into any) error {
			into.(*Config).TrustedSealers = []string{name}
			return nil
		}, filters.Env{})
		if err == nil || !strings.Contains(err.Error(), "trusted_sealers") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestTheDocument holds docs/arc.md to the code.
func TestTheDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/arc.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Spec.Symbols {
		if row := "| " + s.Name + " | " + strconv.FormatFloat(s.Score, 'f', -1, 64) + " |"; !strings.Contains(string(text), row) {
			t.Errorf("docs/arc.md has no row %q", row)
		}
	}
	flat := strings.Join(strings.Fields(string(text)), " ")
	for _, name := range chain.DefaultFields {
		if !strings.Contains(flat, name) {
			t.Errorf("docs/arc.md does not say that %s is signed", name)
		}
	}
	if !strings.Contains(string(text), "\ntrusted_sealers = ") {
		t.Error("docs/arc.md does not show trusted_sealers")
	}
}
