package gateway

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// notebook is a store that only writes down what it is asked.
type notebook struct {
	mu      sync.Mutex
	batches [][]string // the names of each batch's operations
	err     error
}

func (n *notebook) Do(_ context.Context, b *filters.Batch) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var names []string
	for _, op := range b.Ops {
		_, name := op.(filters.EntryOp).Target()
		names = append(names, name.What)
		if op.Fail(n.err); n.err == nil {
			op.(*filters.Sight).Times = 7
		}
	}
	n.batches = append(n.batches, names)
	return n.err
}

func (n *notebook) Replica(filters.Table) *filters.Replica { return &filters.Replica{} }

func (n *notebook) seen() [][]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.batches)
}

var family = &filters.Family{Name: "test", TTL: time.Hour, Budget: 100}

// rememberer asks one question for each mail and notes one thing afterwards.
type rememberer struct {
	name    string
	told    chan filters.Verdict
	askHurt bool
}

func (r *rememberer) Ask(_ *message.Message, _ filters.Findings, b *filters.Batch) any {
	s := b.Look(family, filters.Name{What: "ask " + r.name})
	if r.askHurt {
		panic("ouch")
	}
	return s
}

func (r *rememberer) Check(_ context.Context, _ *message.Message, found filters.Findings) (filters.Result, error) {
	s, ok := found.Asked().(*filters.Sight)
	if !ok {
		return filters.Result{}, nil
	}
	if s.Err != nil {
		return filters.Result{}, s.Err
	}
	return filters.Result{Hits: []scoring.Hit{{Name: "R_" + r.name, Count: s.Times}}}, nil
}

func (r *rememberer) Observe(_ *message.Message, found filters.Findings, v filters.Verdict, b *filters.Batch) {
	b.Seen(family, filters.Name{What: "note " + r.name})
	if r.told != nil {
		r.told <- v
	}
}

func (h *house) remember(store filters.Store, names ...string) *rememberer {
	var last *rememberer
	for _, name := range names {
		last = &rememberer{name: name, told: make(chan filters.Verdict, 9)}
		h.add(filters.Spec{Name: name, Stage: filters.Summary}, last, map[string]float64{"R_" + name: 2.5, FailedSymbol(name): 0})
	}
	h.settings.Store = store
	return last
}

func TestAMessageCostsOneRoundTrip(t *testing.T) {
	h, store := newHouse(), &notebook{}
	r := h.remember(store, "a", "b", "c")
	g, _ := h.open(t)
	for range 3 {
		if o := judge(t, g, plain, "bob@example.com"); o.Report.Score != 7.5 || o.Report.Symbols[0].Count != 7 {
			t.Fatalf("symbols %+v", o.Report.Symbols)
		}
	}
	got := store.seen()
	if len(got) != 3 {
		t.Fatalf("%d batches for 3 messages: %q", len(got), got)
	}
	if want := []string{"note a", "note b", "note c", "ask a", "ask b", "ask c"}; !slices.Equal(got[2], want) {
		t.Errorf("the third batch has %q, want %q", got[2], want)
	}
	v := <-r.told
	if v.Score != 7.5 || v.Required != 5 || len(v.Rcpts) != 1 || v.Rcpts[0].Action != scoring.Tag || !v.Taken {
		t.Errorf("the observer was told %+v", v)
	}
	if own := v.Without(func(s *scoring.Scored) bool { return s.Name == "R_c" }); own != 5 {
		t.Errorf("without R_c the score is %v, want 5", own)
	}
}

func TestWhatIsLeftIsNotedAtTheEnd(t *testing.T) {
	h, store := newHouse(), &notebook{}
	h.remember(store, "a")
	g := New(h.snapshot(t), nil)
	judge(t, g, plain, "bob@example.com")
	g.Close()
	if got := store.seen(); len(got) != 2 || !slices.Equal(got[1], []string{"note a"}) {
		t.Errorf("batches %q", got)
	}
}

func TestC01_mail_flows_while_the_store_is_down(t *testing.T) {
	h := newHouse()
	h.remember(&notebook{err: filters.ErrStoreDown}, "a")
	g, _ := h.open(t)
	r := judge(t, g, plain, "bob@example.com").Report
	if r.Action != scoring.Accept || len(r.Failed) != 1 || r.Symbols[0].Name != "A_FAILED" {
		t.Errorf("%s, failed %v, symbols %v", r.Action, r.Failed, r.Symbols)
	}
}

func TestAPanicInAskIsAFailureOfThatFilterAlone(t *testing.T) {
	h, store := newHouse(), &notebook{}
	h.remember(store, "a").askHurt = true
	h.remember(store, "b")
	g, _ := h.open(t)
	r := judge(t, g, plain, "bob@example.com").Report
	if names := symbols(r); !slices.Equal(names, []string{"A_FAILED", "R_b"}) {
		t.Errorf("symbols %q", names)
	}
	if got := store.seen(); !slices.Equal(got[0], []string{"ask b"}) {
		t.Errorf("the store was asked %q", got)
	}
}

func TestWithoutAStoreNothingIsAskedAndNothingFails(t *testing.T) {
	h := newHouse()
	h.remember(nil, "a")
	g, _ := h.open(t)
	if r := judge(t, g, plain, "bob@example.com").Report; len(r.Symbols) != 0 {
		t.Errorf("symbols %v", r.Symbols)
	}
}

func TestNotesThatPileUpAreBounded(t *testing.T) {
	var n notes
	store := &notebook{err: errors.New("down")}
	ops := make([]filters.Op, 1000)
	for i := range ops {
		ops[i] = &filters.Sight{}
	}
	for range 10 {
		n.add(store, ops)
	}
	if n.lost != 6000 || len(n.take()) != 4000 {
		t.Errorf("%d operations were dropped, want 6000", n.lost)
	}
	n.close()
}

// barrier keeps one address and one recipient away.
type barrier struct{ fake }

func (barrier) Gate(stage filters.Stage, env *message.Envelope) time.Duration {
	switch {
	case stage == filters.Connect && env.Client.Addr.String() == "192.0.2.66":
		return 89 * time.Second
	case stage == filters.Sender && env.From == "fast@example.org", stage == filters.Recipient && env.Rcpts[len(env.Rcpts)-1] == "full@example.com":
		return 9 * time.Second
	}
	return 0
}

func TestGatesPutOffWithoutAskingAnybody(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "barrier", Stage: filters.Summary}, barrier{hit("B")}, map[string]float64{"B": 0})
	g, l := h.open(t)
	ctx := context.Background()
	away := message.Client{Addr: netip.MustParseAddr("192.0.2.66")}
	s := g.Open(ctx, client)
	defer s.Close()
	if r := s.Helo(ctx, "x"); r != nil {
		t.Fatalf("refused: %+v", r)
	}
	if _, r := s.Mail(ctx, "fast@example.org"); r == nil || r.Code != 451 {
		t.Errorf("a fast sender: %+v", r)
	}
	tx, _ := s.Mail(ctx, "slow@example.org")
	defer tx.Close()
	if r := tx.Rcpt(ctx, "full@example.com"); r == nil || r.Code != 450 || r.Text == "" {
		t.Errorf("a full mailbox: %+v", r)
	}
	if r := tx.Rcpt(ctx, "bob@example.com"); r != nil {
		t.Errorf("another mailbox: %+v", r)
	}
	s2 := g.Open(ctx, away)
	defer s2.Close()
	if r := s2.Helo(ctx, "x"); r == nil || r.Code != 421 || r.Text[:47] != "Too much mail for now, try again in 90 seconds," {
		t.Errorf("an address over its limit: %+v", r)
	}
	if len(l.reports) != 3 {
		t.Errorf("%d reports, want one for each refusal", len(l.reports))
	}
}

func TestGatesAreOpenInObserveMode(t *testing.T) {
	h := newHouse()
	h.def.Observe = true
	h.add(filters.Spec{Name: "barrier", Stage: filters.Summary}, barrier{hit("B")}, map[string]float64{"B": 0})
	g, _ := h.open(t)
	s := g.Open(context.Background(), client)
	defer s.Close()
	tx, r := s.Mail(context.Background(), "fast@example.org")
	if r != nil {
		t.Fatalf("refused: %+v", r)
	}
	tx.Close()
}
