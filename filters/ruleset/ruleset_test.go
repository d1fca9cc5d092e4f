package ruleset

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/rules"
	"weir/scoring"
)

func decodeNothing(any) error { return nil }

func check(t *testing.T, ctx context.Context, set *rules.Set, mail string, found filters.Findings) (filters.Result, error) {
	t.Helper()
	f, err := Spec.New(decodeNothing, filters.Env{Rules: set})
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(mail))
	return f.Check(ctx, m, found)
}

func compile(t *testing.T, text string) *rules.Set {
	t.Helper()
	set, err := rules.Compile(rules.Options{}, rules.File{Name: "test.cf", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func names(r filters.Result) string {
	var out []string
	for _, h := range r.Hits {
		out = append(out, h.Name)
	}
	return strings.Join(out, " ")
}

func TestRulesAreReportedAndSeeOtherFiltersSymbols(t *testing.T) {
	set := compile(t, "body WORD /pills/\nmeta BOTH WORD && SPF_FAIL\nmeta NEVER WORD && SPF_PASS\n")
	found := filters.NewFindings([]scoring.Hit{{Name: "SPF_FAIL"}}, nil, nil)
	r, err := check(t, t.Context(), set, "Subject: x\n\npills\n", found)
	if err != nil || names(r) != "BOTH WORD" {
		t.Errorf("got %q, %v", names(r), err)
	}
}

func TestWithoutRulesFilesNothingIsSaid(t *testing.T) {
	if r, err := check(t, t.Context(), nil, "Subject: x\n\npills\n", filters.Findings{}); err != nil || len(r.Hits) > 0 {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestAnEndedContextIsAFailureAndNotACleanMail(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := check(t, ctx, compile(t, "body WORD /pills/"), "Subject: x\n\npills\n", filters.Findings{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestARuleAtItsLimitIsReported(t *testing.T) {
	set := compile(t, "full SLOW /(?:a?){900}a{900}b/\nfull QUICK /aaa/")
	set.RuleLimit = 5 * time.Millisecond
	r, err := check(t, t.Context(), set, "Subject: x\n\n"+strings.Repeat("a", 300_000)+"b\n", filters.Findings{})
	if err != nil || names(r) != "QUICK RULESET_LIMIT" {
		t.Fatalf("got %q, %v", names(r), err)
	}
	if h := r.Hits[1]; h.Detail != "SLOW" || h.Count != 1 {
		t.Errorf("got %+v, want the rule's name", h)
	}
}

func TestAMessageBeyondTheBoundsIsReported(t *testing.T) {
	set := compile(t, "body WORD /pills/")
	r, err := check(t, t.Context(), set, "Subject: x\n\n"+strings.Repeat("word word word\n", 5000)+"pills\n", filters.Findings{})
	if err != nil || names(r) != rules.Partial {
		t.Errorf("got %q, %v", names(r), err)
	}
}

func TestEverySymbolIsDescribed(t *testing.T) {
	for _, s := range Spec.Symbols {
		if !strings.HasPrefix(s.Name, "RULESET_") || s.Text == "" {
			t.Errorf("%+v", s)
		}
	}
}

// TestCases runs the stock rules over the cases of testdata/ruleset.
func TestCases(t *testing.T) {
	set, err := rules.Load(rules.Options{Stock: true})
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec
	for _, r := range set.Rules() {
		spec.Symbols = append(spec.Symbols[:len(spec.Symbols):len(spec.Symbols)], scoring.Symbol{Name: r.Name})
	}
	spec.New = func(decode func(any) error, env filters.Env) (filters.Filter, error) {
		env.Rules = set
		return newFilter(decode, env)
	}
	filtertest.Run(t, spec, "../../testdata/ruleset")
}

// TestListsOfSendersNeedProof has results of SPF, DKIM and DMARC as those filters give them.
func TestListsOfSendersNeedProof(t *testing.T) {
	set := compile(t, "welcomelist_auth *@shop.example\nifplugin Weir\nmust_authenticate shop.example\nendif\nmeta FRIEND RULESET_WELCOME && WORD\nbody WORD /pills/\n")
	result := func(method string, value filters.AuthValue, domain string) filters.Auth {
		return filters.Auth{Method: method, Value: value, Domain: domain}
	}
	helo := filters.Auth{Method: "spf", Value: filters.Pass, Domain: "shop.example", Props: []filters.AuthProp{{Type: "smtp", Name: "helo", Value: "shop.example"}}}
	for name, c := range map[string]struct {
		auth   []filters.Auth
		failed []string
		want   string
	}{
		"signed":                        {[]filters.Auth{result("dkim", filters.Pass, "shop.example")}, nil, "FRIEND WORD RULESET_WELCOME"},
		"signed by a subdomain":         {[]filters.Auth{result("dkim", filters.Pass, "mail.shop.example")}, nil, "FRIEND WORD RULESET_WELCOME"},
		"not signed":                    {[]filters.Auth{result("dkim", filters.None, "")}, nil, "WORD RULESET_UNPROVED"},
		"E12_only_the_helo_name_passed": {[]filters.Auth{helo}, nil, "WORD RULESET_UNPROVED"},
		"signed by somebody else":       {[]filters.Auth{result("dkim", filters.Pass, "evil.example")}, nil, "WORD RULESET_UNPROVED"},
		"signed, and DMARC fails":       {[]filters.Auth{result("dkim", filters.Pass, "shop.example"), result("dmarc", filters.Fail, "shop.example")}, nil, "WORD RULESET_UNPROVED"},
		"E18_the_dns_was_down":          {[]filters.Auth{result("dkim", filters.TempError, "shop.example")}, nil, "WORD RULESET_UNSURE"},
		"E18_the_filter_failed":         {nil, []string{"dkim"}, "WORD RULESET_UNSURE"},
		"nothing was checked":           {nil, nil, "WORD"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := check(t, t.Context(), set, "From: x@shop.example\n\npills\n", filters.NewFindings(nil, c.auth, c.failed))
			if err != nil || names(r) != c.want {
				t.Errorf("got %q, want %q (%v)", names(r), c.want, err)
			}
		})
	}
}
