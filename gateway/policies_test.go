package gateway

import (
	"context"
	"testing"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

func TestPolicyByRecipient(t *testing.T) {
	def, user, domain, wild := &scoring.Policy{Name: "default"}, &scoring.Policy{Name: "user"}, &scoring.Policy{Name: "domain"}, &scoring.Policy{Name: "wild"}
	p, err := NewPolicies(def, nil, []PolicyRule{
		{user, []string{"Ann@Example.com"}}, {domain, []string{"@example.com"}}, {wild, []string{"@*.example.com", "@*.org"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for rcpt, want := range map[string]string{
		"ann@example.com": "user", "ANN@EXAMPLE.COM": "user", "bob@example.com": "domain", "bob@a.b.example.com": "wild",
		"bob@example.net": "default", "bob@sub.example.org": "wild", "bob@org": "default", "bob": "default", "": "default",
		"postmaster@example.com": "domain", "ann@example.com.": "user", `"Ann"@example.com`: "user", `"a\nn"@EXAMPLE.COM.`: "user",
		"bob@\uff45xample.com": "domain", "bob@a.example\u3002com": "wild", "x@b\u00fccher.org": "wild", `"ann@x"@example.com`: "domain",
	} {
		if got := p.For(rcpt, false); got.Name != want || got.Gentle != (rcpt == "postmaster@example.com") {
			t.Errorf("%q: policy %s (gentle %v), want %s", rcpt, got.Name, got.Gentle, want)
		}
	}
}

func TestPolicyPatternsThatMakeNoSense(t *testing.T) {
	one, two := &scoring.Policy{Name: "one"}, &scoring.Policy{Name: "two"}
	for name, rules := range map[string][]PolicyRule{
		"no at sign":          {{one, []string{"example.com"}}},
		"a star in the local": {{one, []string{"a*@example.com"}}},
		"claimed twice":       {{one, []string{"@example.com"}}, {two, []string{"@EXAMPLE.com"}}},
	} {
		if _, err := NewPolicies(one, nil, rules); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// strictHouse has a default policy and a strict one for @strict.example, and a filter that scores 6.
func strictHouse() *house {
	h := newHouse()
	strict := &scoring.Policy{Name: "strict", Thresholds: scoring.Thresholds{Tag: 3, Quarantine: 6}}
	same := &scoring.Policy{Name: "same", Thresholds: scoring.Thresholds{Tag: 4}}
	h.rules = []PolicyRule{{strict, []string{"@strict.example"}}, {same, []string{"@same.example"}}}
	h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 6})
	return h
}

func TestGroups(t *testing.T) {
	t.Run("B10_policies_that_differ_make_groups", func(t *testing.T) {
		g, _ := strictHouse().open(t)
		out := judge(t, g, plain, "a@example.com", "b@strict.example", "c@example.com", "d@same.example")
		if len(out.Groups) != 2 || len(out.Groups[0].Rcpts) != 3 || len(out.Groups[1].Rcpts) != 1 {
			t.Fatalf("groups: %+v", out.Groups)
		}
		if out.Groups[0].Decision.Action != scoring.Tag || out.Groups[1].Decision.Action != scoring.Quarantine {
			t.Errorf("actions %s and %s", out.Groups[0].Decision.Action, out.Groups[1].Decision.Action)
		}
		if len(out.Report.Recipients) != 3 || out.Report.Action != scoring.Tag {
			t.Errorf("report: %s, %+v", out.Report.Action, out.Report.Recipients)
		}
	})
	t.Run("policies that decide alike go on at once", func(t *testing.T) {
		g, _ := strictHouse().open(t)
		out := judge(t, g, plain, "a@example.com", "d@same.example")
		if len(out.Groups) != 1 || out.Report.Recipients != nil {
			t.Errorf("groups: %+v, report lists %+v", out.Groups, out.Report.Recipients)
		}
	})
	t.Run("without recipients the default policy decides", func(t *testing.T) {
		g, _ := strictHouse().open(t)
		if out := judge(t, g, plain); len(out.Groups) != 1 || out.Groups[0].Rcpts != nil || out.Report.Policy != "default" {
			t.Errorf("groups: %+v", out.Groups)
		}
	})
}

func TestSplit452PutsOtherPoliciesOff(t *testing.T) {
	h := strictHouse()
	h.settings.Split452 = true
	g, _ := h.open(t)
	ctx := context.Background()
	s := g.Open(ctx, client)
	defer s.Close()
	tx, _ := s.Mail(ctx, "")
	defer tx.Close()
	for rcpt, want := range map[string]int{"a@example.com": 0} {
		if r := tx.Rcpt(ctx, rcpt); r != nil {
			t.Errorf("%s: %+v, want %d", rcpt, r, want)
		}
	}
	if r := tx.Rcpt(ctx, "b@strict.example"); r == nil || r.Code != 452 || r.Enhanced != "4.5.3" {
		t.Errorf("the other policy's recipient: %+v", r)
	}
	if r := tx.Rcpt(ctx, "postmaster@example.com"); r != nil {
		t.Errorf("postmaster of the same policy: %+v", r)
	}
}

func TestReload(t *testing.T) {
	t.Run("B16_a_transaction_keeps_its_snapshot", func(t *testing.T) {
		h := newHouse()
		closed := make(chan struct{})
		h.add(filters.Spec{Name: "old", Stage: filters.Data}, closing{hit("OLD"), closed}, map[string]float64{"OLD": 1})
		g, _ := h.open(t)
		ctx := context.Background()
		s := g.Open(ctx, client)
		tx, _ := s.Mail(ctx, "ann@example.org")
		next := newHouse()
		next.add(filters.Spec{Name: "new", Stage: filters.Data}, hit("NEW"), map[string]float64{"NEW": 1})
		g.Reload(next.snapshot(t))
		if got := symbols(tx.Data(ctx, []byte(plain)).Report); len(got) != 1 || got[0] != "OLD" {
			t.Errorf("the open transaction saw %v", got)
		}
		tx.Close()
		if got := symbols(judge(t, g, plain).Report); len(got) != 1 || got[0] != "NEW" {
			t.Errorf("the next transaction saw %v", got)
		}
		select {
		case <-closed:
			t.Error("the old snapshot was closed while its session is open")
		default:
		}
		s.Close()
		<-closed
	})
}

// closing is a filter that says when it was closed.
type closing struct {
	fake
	closed chan struct{}
}

func (c closing) Close() error { close(c.closed); return nil }

var _ filters.Filter = closing{fake: func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
	return filters.Result{}, nil
}}
