package serve

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"weir/filters"
	"weir/gateway"
	"weir/message"
	"weir/scoring"
)

// list is a filter whose trouble comes and goes.
type list struct{ trouble []filters.Trouble }

func (l *list) Check(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
	return filters.Result{}, nil
}
func (l *list) Troubles() []filters.Trouble { return l.trouble }
func (l *list) Counts() []filters.Count     { return nil }

func TestATroubleOfAFilterIsLoggedWhenItBeginsAndWhenItEnds(t *testing.T) {
	l := &list{}
	policies, err := gateway.NewPolicies(&scoring.Policy{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := gateway.NewSnapshot(gateway.Settings{}, []gateway.Running{{Spec: &filters.Spec{Name: "dnsbl"}, Filter: l}}, &scoring.Table{}, policies)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	h := &house{gateway: gateway.New(snap, nil)}
	defer h.gateway.Close()
	h.logger.Store(slog.New(slog.NewTextHandler(&out, nil)))
	lines := func() int { return strings.Count(out.String(), "\n") }

	known := h.tellTroubles(troubles{})
	if lines() != 0 {
		t.Errorf("said something without a trouble: %s", out.String())
	}
	l.trouble = []filters.Trouble{{Subject: "spamcop", Kind: "empty", Text: "spamcop lists nothing"}}
	known = h.tellTroubles(known)
	known = h.tellTroubles(known)
	if lines() != 1 || !strings.Contains(out.String(), "spamcop lists nothing") {
		t.Errorf("want one line on the trouble, got %s", out.String())
	}
	l.trouble = nil
	h.tellTroubles(known)
	if lines() != 2 || !strings.Contains(out.String(), "over") {
		t.Errorf("want a line on its end, got %s", out.String())
	}
}
