package gateway

import (
	"context"
	"slices"
	"testing"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// whole judges one mail that came in one piece.
func whole(g *Gateway, from *string, rcpts ...string) (o *Outcome, refusal *Refusal) {
	env := &message.Envelope{Client: client, Helo: "client.example.org", Rcpts: rcpts}
	if from != nil {
		env.HasFrom, env.From = true, *from
	}
	refusal = g.Judge(context.Background(), env, []byte(plain), func(out *Outcome) { o = out })
	return o, refusal
}

func TestAWholeMailIsJudgedAsOverSMTP(t *testing.T) {
	h, from := strictHouse(), "ann@example.org"
	g, l := h.open(t)
	o, _ := whole(g, &from, "a@example.com", "b@strict.example")
	want := judge(t, g, plain, "a@example.com", "b@strict.example") // and closed: the second report
	if o == nil || !slices.Equal(symbols(o.Report), symbols(want.Report)) || o.Report.Helo != "client.example.org" ||
		o.Report.IP != want.Report.IP || len(o.Groups) != 2 || *o.Report.From != from {
		t.Fatalf("got %+v, want %+v", o, want)
	}
	if len(l.reports) != 2 || l.reports[0] != o.Report {
		t.Errorf("it is not in the log once: %+v", l.reports)
	}
	if o, _ := whole(g, nil, "a@example.com"); o.Report.From != nil {
		t.Errorf("a sender that nobody told is %q", *o.Report.From)
	}
}

func TestAWholeMailIsNotSplit(t *testing.T) {
	h, from := strictHouse(), ""
	h.settings.Split452 = true
	g, _ := h.open(t)
	o, refusal := whole(g, &from, "a@example.com", "b@strict.example")
	if refusal != nil || len(o.Groups) != 2 || o.Groups[1].Decision.Action != scoring.Quarantine {
		t.Fatalf("refused %+v, outcome %+v", refusal, o)
	}
}

func TestAWholeMailThatIsRefusedEarlyHasAReport(t *testing.T) {
	for _, stage := range []filters.Stage{filters.Connect, filters.Helo, filters.Sender, filters.Recipient} {
		h, from := newHouse(), "ann@example.org"
		h.settings.RefuseOn = []string{"BAD"}
		h.add(filters.Spec{Name: "list", Stage: stage}, hit("BAD"), map[string]float64{"BAD": 1})
		g, _ := h.open(t)
		o, refusal := whole(g, &from, "a@example.com", "b@example.com")
		if o != nil || refusal == nil || refusal.Report == nil || refusal.Report.Stage != stage.String() {
			t.Errorf("%s: outcome %+v, refusal %+v", stage, o, refusal)
		}
	}
}

func TestAWholeMailWithOneRefusedRecipientIsJudgedForTheOthers(t *testing.T) {
	h, from := newHouse(), "ann@example.org"
	h.settings.RefuseOn = []string{"BAD"}
	only := fake(func(_ context.Context, m *message.Message, _ filters.Findings) (r filters.Result, _ error) {
		if m.Rcpts[len(m.Rcpts)-1] == "a@example.com" {
			r.Hits = []scoring.Hit{{Name: "BAD"}}
		}
		return r, nil
	})
	h.add(filters.Spec{Name: "list", Stage: filters.Recipient}, only, map[string]float64{"BAD": 1})
	g, _ := h.open(t)
	o, refusal := whole(g, &from, "a@example.com", "b@example.com")
	if refusal != nil || !slices.Equal(o.Report.Rcpt, []string{"b@example.com"}) {
		t.Errorf("refusal %+v, outcome %+v", refusal, o)
	}
}

func TestAnswers(t *testing.T) {
	for action, want := range map[scoring.Action]Reply{
		scoring.Accept: {250, "2.0.0", "Ok: taken [id]"}, scoring.Tag: {250, "2.0.0", "Ok: taken [id]"},
		scoring.Quarantine: {250, "2.0.0", "Ok: taken [id]"}, scoring.Discard: {250, "2.0.0", "Ok: taken [id]"},
		scoring.Reject:   {554, "5.7.1", "Message refused by policy [id]"},
		scoring.Greylist: {451, "4.7.1", "Greylisted, try again in 300 seconds [id]"},
		scoring.Defer:    {451, "4.7.1", "Can't be taken now, try again in 300 seconds [id]"},
	} {
		if got := Answer(action, 300, "id"); got != want {
			t.Errorf("%s: %+v, want %+v", action, got, want)
		}
	}
	if got := Answer(scoring.Defer, 0, "id").Text; got != "Can't be taken now, try again later [id]" {
		t.Errorf("without a time: %s", got)
	}
}
