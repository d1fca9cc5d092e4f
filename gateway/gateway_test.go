package gateway

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a filter made of a function.
type fake func(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error)

func (f fake) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	return f(ctx, m, found)
}

// hit is a filter that always reports one symbol.
func hit(name string) fake {
	return func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
		return filters.Result{Hits: []scoring.Hit{{Name: name}}}, nil
	}
}

// ledger collects reports.
type ledger struct {
	mu      sync.Mutex
	reports []*Report
}

func (l *ledger) Report(r *Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reports = append(l.reports, r)
}
func (l *ledger) Filter(string, time.Duration, error) {}

// house is a gateway under test.
type house struct {
	settings Settings
	running  []Running
	table    scoring.Table
	def      scoring.Policy
	outgoing *scoring.Policy
	rules    []PolicyRule
}

func newHouse() *house {
	return &house{settings: Settings{Hostname: "mx.weir.example", Remove: DefaultRemove, Headers: DefaultHeaders},
		def: scoring.Policy{Name: "default", Thresholds: scoring.Thresholds{Tag: 5, Reject: 15}}}
}

// add switches on a filter whose symbols have the scores given.
func (h *house) add(spec filters.Spec, f filters.Filter, scores map[string]float64) {
	for name, score := range scores {
		h.table.Declare(scoring.Symbol{Name: name, Score: score}, "filters/"+spec.Name, 0)
	}
	h.running = append(h.running, Running{Spec: &spec, Filter: f, OnFailure: spec.OnFailure})
}

func (h *house) snapshot(t *testing.T) *Snapshot {
	t.Helper()
	policies, err := NewPolicies(&h.def, h.outgoing, h.rules)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSnapshot(h.settings, h.running, &h.table, policies)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h *house) open(t *testing.T) (*Gateway, *ledger) {
	l := &ledger{}
	g := New(h.snapshot(t), l)
	t.Cleanup(g.Close)
	return g, l
}

var client = message.Client{Addr: netip.MustParseAddr("192.0.2.7")}

const plain = "From: Ann <ann@example.org>\r\nTo: bob@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"

// judge sends one mail through the gateway.
func judge(t *testing.T, g *Gateway, raw string, rcpts ...string) *Outcome {
	t.Helper()
	ctx := context.Background()
	s := g.Open(ctx, client)
	defer s.Close()
	s.Helo(ctx, "client.example.org")
	tx, refusal := s.Mail(ctx, "ann@example.org")
	if refusal != nil {
		t.Fatalf("refused at MAIL: %+v", refusal)
	}
	defer tx.Close()
	for _, r := range rcpts {
		if refusal := tx.Rcpt(ctx, r); refusal != nil {
			t.Fatalf("refused at RCPT: %+v", refusal)
		}
	}
	return tx.Data(ctx, []byte(raw))
}

func symbols(r *Report) []string {
	var list []string
	for _, s := range r.Symbols {
		list = append(list, s.Name)
	}
	return list
}

func TestEveryStageRunsAndReportsInListOrder(t *testing.T) {
	h := newHouse()
	stages := []filters.Stage{filters.Summary, filters.Data, filters.Header, filters.Recipient, filters.Sender, filters.Helo, filters.Connect}
	var want []string
	for _, s := range stages {
		name := upper(s.String())
		h.add(filters.Spec{Name: s.String(), Stage: s, Network: s%2 == 0}, hit(name), map[string]float64{name: 1})
		want = append(want, name)
	}
	g, l := h.open(t)
	out := judge(t, g, plain, "bob@example.com")
	if diff := cmp.Diff(want, symbols(out.Report)); diff != "" {
		t.Errorf("symbols (-want +got):\n%s", diff)
	}
	if out.Report.Score != 7 || out.Report.Action != scoring.Tag {
		t.Errorf("score %v, action %s", out.Report.Score, out.Report.Action)
	}
	if len(l.reports) != 1 || l.reports[0] != out.Report {
		t.Errorf("%d reports were logged", len(l.reports))
	}
}

func TestAFilterSeesOnlyWhatItNamesInAfter(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "second", Stage: filters.Data, After: []string{"first", "absent"}}, fake(
		func(_ context.Context, _ *message.Message, found filters.Findings) (filters.Result, error) {
			if found.Count("FIRST") != 1 || found.Count("OTHER") != 0 || !found.Failed("first") {
				return filters.Result{}, errors.New("saw the wrong things")
			}
			return filters.Result{Hits: []scoring.Hit{{Name: "SECOND"}}}, nil
		}), map[string]float64{"SECOND": 1})
	h.add(filters.Spec{Name: "other", Stage: filters.Data}, hit("OTHER"), map[string]float64{"OTHER": 1})
	h.add(filters.Spec{Name: "first", Stage: filters.Data, Network: true}, fake(
		func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
			return filters.Result{Hits: []scoring.Hit{{Name: "FIRST"}}}, errors.New("half of it failed")
		}), map[string]float64{"FIRST": 1})
	g, _ := h.open(t)
	out := judge(t, g, plain, "bob@example.com")
	if diff := cmp.Diff([]string{"SECOND", "OTHER", "FIRST", "FIRST_FAILED"}, symbols(out.Report)); diff != "" {
		t.Errorf("symbols (-want +got):\n%s", diff)
	}
}

func TestFiltersThatWaitForEachOtherAreAConfigError(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "egg", Stage: filters.Data, After: []string{"hen"}}, hit("EGG"), nil)
	h.add(filters.Spec{Name: "hen", Stage: filters.Data, After: []string{"egg"}}, hit("HEN"), nil)
	_, err := NewSnapshot(h.settings, h.running, &h.table, nil)
	if err == nil || !strings.Contains(err.Error(), "egg, hen") {
		t.Errorf("got %v", err)
	}
}

func TestAFilterThatFailsIsVisible(t *testing.T) {
	hang := fake(func(ctx context.Context, _ *message.Message, _ filters.Findings) (filters.Result, error) {
		<-ctx.Done()
		return filters.Result{}, ctx.Err()
	})
	for _, c := range []struct {
		name   string
		filter fake
		error  string
	}{
		{"by an error", func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
			return filters.Result{}, errors.New("the scanner is down")
		}, "the scanner is down"},
		{"by a panic", func(context.Context, *message.Message, filters.Findings) (filters.Result, error) { panic("oh") }, "panicked: oh"},
		{"by its timeout", hang, "deadline exceeded"},
	} {
		for _, network := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				h := newHouse()
				h.add(filters.Spec{Name: "scanner", Stage: filters.Data, Network: network, Timeout: 10 * time.Millisecond}, c.filter, nil)
				g, _ := h.open(t)
				r := judge(t, g, plain, "bob@example.com").Report
				if len(r.Failed) != 1 || r.Failed[0].Name != "scanner" || !strings.Contains(r.Failed[0].Error, c.error) {
					t.Errorf("failed: %+v", r.Failed)
				}
				if diff := cmp.Diff([]string{"SCANNER_FAILED"}, symbols(r)); diff != "" || r.Action != scoring.Accept {
					t.Errorf("action %s, symbols (-want +got):\n%s", r.Action, diff)
				}
			})
		}
	}
}

func TestAFailureAtSeveralStagesIsToldOnce(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "lists", Stage: filters.Sender, Again: []filters.Stage{filters.Header}}, fake(
		func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
			return filters.Result{}, errors.New("lists: nobody answered")
		}), nil)
	g, _ := h.open(t)
	r := judge(t, g, plain, "bob@example.com").Report
	if diff := cmp.Diff([]Failure{{Name: "lists", Error: "nobody answered"}}, r.Failed); diff != "" || len(r.Symbols) != 1 || r.Symbols[0].Count != 2 {
		t.Errorf("symbols %+v, failures (-want +got):\n%s", r.Symbols, diff)
	}
}

func TestAFilterThatIgnoresItsTimeIsLeftBehind(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	h := newHouse()
	h.add(filters.Spec{Name: "deaf", Stage: filters.Data, Network: true, Timeout: 5 * time.Millisecond}, fake(
		func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
			<-release
			return filters.Result{}, nil
		}), nil)
	g, _ := h.open(t)
	if r := judge(t, g, plain, "bob@example.com").Report; len(r.Failed) != 1 {
		t.Errorf("failed: %+v", r.Failed)
	}
}

func TestAFailureThatDefersIsKeptOutOfALoop(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "engine", Stage: filters.Data, OnFailure: filters.DeferMail}, fake(
		func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
			panic("always on this mail")
		}), nil)
	g, _ := h.open(t)
	var got []scoring.Action
	for range 3 {
		got = append(got, judge(t, g, plain, "bob@example.com").Report.Action)
	}
	got = append(got, judge(t, g, plain+"another mail", "bob@example.com").Report.Action)
	if diff := cmp.Diff([]scoring.Action{scoring.Defer, scoring.Defer, scoring.Quarantine, scoring.Defer}, got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
}

func TestAScannerThatIsDownDefersForAsLongAsItIs(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "scanner", Stage: filters.Data, Network: true, OnFailure: filters.DeferMail}, fake(
		func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
			return filters.Result{}, errors.New("refused")
		}), nil)
	g, _ := h.open(t)
	for range 4 {
		if a := judge(t, g, plain, "bob@example.com").Report.Action; a != scoring.Defer {
			t.Errorf("action %s, want defer", a)
		}
	}
}

func TestMailOfOurOwnSkipsInboundFiltersAndHasItsPolicy(t *testing.T) {
	h := newHouse()
	h.settings.Trusted = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	h.outgoing = &scoring.Policy{Name: "outgoing", Thresholds: scoring.Thresholds{Reject: 3}}
	h.add(filters.Spec{Name: "dnsbl", Stage: filters.Connect, Network: true, Inbound: true}, hit("LISTED"), map[string]float64{"LISTED": 9})
	h.add(filters.Spec{Name: "rules", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 4})
	g, _ := h.open(t)
	r := judge(t, g, plain, "bob@example.com").Report
	if r.Policy != "outgoing" || r.Action != scoring.Reject || !slices.Equal(symbols(r), []string{"RULE"}) {
		t.Errorf("policy %s, action %s, symbols %v", r.Policy, r.Action, symbols(r))
	}
}

func TestEarlyRefusal(t *testing.T) {
	for _, c := range []struct {
		name    string
		stage   filters.Stage
		on      []string
		observe bool
		want    int
	}{
		{"nothing is refused on unless listed", filters.Connect, nil, false, 0},
		{"a connect symbol refuses the connection", filters.Connect, []string{"BAD"}, false, 554},
		{"a HELO symbol refuses at HELO", filters.Helo, []string{"BAD"}, false, 554},
		{"a sender symbol refuses at MAIL", filters.Sender, []string{"BAD"}, false, 554},
		{"a recipient symbol refuses that recipient", filters.Recipient, []string{"BAD"}, false, 550},
		{"observe mode refuses nobody", filters.Connect, []string{"BAD"}, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse()
			h.settings.RefuseOn, h.def.Observe = c.on, c.observe
			h.add(filters.Spec{Name: "list", Stage: c.stage, Network: true}, hit("BAD"), map[string]float64{"BAD": 1})
			g, l := h.open(t)
			stage, refusal := firstRefusal(g)
			if refusal == nil {
				if c.want != 0 {
					t.Fatal("not refused")
				}
				return
			}
			if refusal.Code != c.want || stage != c.stage || !strings.Contains(refusal.Text, refusal.Report.ID) {
				t.Errorf("refused at %s with %d %s", stage, refusal.Code, refusal.Text)
			}
			if len(l.reports) != 1 || l.reports[0].Stage != c.stage.String() || l.reports[0].Action != scoring.Reject {
				t.Errorf("reports: %+v", l.reports)
			}
		})
	}
}

// firstRefusal walks through the stages up to the first refusal.
func firstRefusal(g *Gateway) (filters.Stage, *Refusal) {
	ctx := context.Background()
	s := g.Open(ctx, client)
	defer s.Close()
	if r := s.Connected(ctx); r != nil {
		return filters.Connect, r
	}
	if r := s.Helo(ctx, "x"); r != nil {
		return filters.Helo, r
	}
	tx, r := s.Mail(ctx, "a@example.org")
	if r != nil {
		return filters.Sender, r
	}
	defer tx.Close()
	return filters.Recipient, tx.Rcpt(ctx, "bob@example.com")
}

func TestAReplacedClientIsJudgedAfresh(t *testing.T) {
	h := newHouse()
	h.settings.RefuseOn = []string{"LISTED"}
	h.add(filters.Spec{Name: "list", Stage: filters.Connect}, fake(func(_ context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
		if m.Client.Addr == client.Addr {
			return filters.Result{}, nil
		}
		return filters.Result{Hits: []scoring.Hit{{Name: "LISTED"}}}, nil
	}), map[string]float64{"LISTED": 1})
	g, _ := h.open(t)
	ctx := context.Background()
	s := g.Open(ctx, client)
	defer s.Close()
	if r := s.Connected(ctx); r != nil {
		t.Fatalf("the proxy itself is refused: %+v", r)
	}
	s.Replace(message.Client{Addr: netip.MustParseAddr("198.51.100.9")})
	if r := s.Connected(ctx); r == nil {
		t.Error("the real client is not refused")
	}
}

func TestARefusedRecipientHasAReport(t *testing.T) {
	g, l := newHouse().open(t)
	s := g.Open(context.Background(), client)
	defer s.Close()
	tx, _ := s.Mail(context.Background(), "ann@example.org")
	defer tx.Close()
	tx.Refused("nobody@example.com", 550, "5.1.1", "No such user", "the next hop refuses this recipient")
	tx.Refused("full@example.com", 452, "4.2.2", "Mailbox full", "the next hop refuses this recipient")
	if len(l.reports) != 2 {
		t.Fatalf("%d reports", len(l.reports))
	}
	r := l.reports[0]
	if r.Action != scoring.Reject || r.Stage != "recipient" || r.Reply != "550 5.1.1 No such user" || !slices.Equal(r.Rcpt, []string{"nobody@example.com"}) || r.Why == "" {
		t.Errorf("got %+v", r)
	}
	if l.reports[1].Action != scoring.Defer {
		t.Errorf("a 452 is %s", l.reports[1].Action)
	}
}
