package dmarc

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/scoring"
)

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

// TestAMailThatAskedForTooMuchIsPutOff: a sender who makes us ask until no question is left must not get round the policy
// of the domain that he forges.
func TestAMailThatAskedForTooMuchIsPutOff(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		taken  int
		want   string
	}{
		"E18_no_question_is_left":                  {"", 2, "DMARC_TEMPERROR DMARC_DEFER"},
		"E18_no_question_is_left_and_so_it_is_set": {`temperror = "accept"`, 2, "DMARC_TEMPERROR"},
		"E18_the_last_question_was_asked":          {"", 1, "DMARC_TEMPERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			asks := filters.NewQuestions(1)
			for range c.taken {
				asks.Take()
			}
			d := &filtertest.DNS{Fail: map[string]string{"_dmarc.bank.example": "servfail"}}
			r, err := filtertest.New(t, Spec, c.config, filters.Env{Resolver: d}).Check(filters.WithQuestions(context.Background(), asks), mail("ann@bank.example"), complemented())
			if got := names(r); got != c.want || err != nil {
				t.Errorf("%s, want %s (%v)", got, c.want, err)
			}
		})
	}
}

func TestRecordsAreAskedForAhead(t *testing.T) {
	f := filtertest.New(t, Spec, "", filters.Env{Resolver: &filtertest.DNS{}}).(filters.Prefetcher)
	for from, want := range map[string]string{
		"ann@bank.example":                         "_dmarc.bank.example",
		"<ann@news.bank.example>, jo@shop.co.uk":   "_dmarc.news.bank.example _dmarc.bank.example _dmarc.shop.co.uk",
		"<ann@192.0.2.1>":                          "",
		strings.Repeat("a@x.example, ", 20) + "b@": "_dmarc.x.example",
	} {
		var got []string
		for _, q := range f.Prefetch(filters.Header, mail(from)) {
			got = append(got, q.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", from, got, want)
		}
		if q := f.Prefetch(filters.Sender, mail(from)); len(q) > 0 {
			t.Errorf("at MAIL %q", q)
		}
	}
}
