package reputation

import (
	"context"
	"errors"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/scoring"
)

func TestWhatIsKnownCanBeShownAndForgotten(t *testing.T) {
	ctx := context.Background()
	s := &filtertest.Store{Now: filtertest.Clock(filtertest.Now)}
	var b filters.Batch
	for _, n := range []string{"192.0.2.1", "shop.example", "AS64500", "2001:db8::1"} {
		names, err := under(n)
		if err != nil {
			t.Fatal(err)
		}
		b.Count(names[0].kind.family, names[0].name, DefaultConfig().HalfLife.D(), 3, 1)
	}
	if err := s.Do(ctx, &b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, kind string }{
		{"192.0.2.1", "address"}, {"192.0.2.1/32", "address"}, {" Mail.Shop.Example ", "domain"}, {"as64500", "asn"}, {"2001:db8::ffff", "address"}, {"2001:db8::/64", "address"},
	} {
		list, err := Lookup(ctx, s, c.key, DefaultConfig())
		if err != nil || !list[0].Known || list[0].Bad != 3 || list[0].Good != 1 || list[0].Kind != c.kind {
			t.Errorf("%s: %+v, %v", c.key, list, err)
		}
	}
	if n, err := Forget(ctx, s, "shop.example"); err != nil || n != 1 {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if list, err := Lookup(ctx, s, "shop.example", DefaultConfig()); err != nil || list[0].Known {
		t.Errorf("%+v, %v", list, err)
	}
	for _, key := range []string{"", "a b", "joe@shop.example", "1.2.3.4/x"} {
		if _, err := Lookup(ctx, s, key, DefaultConfig()); !errors.Is(err, ErrNoName) {
			t.Errorf("%q: %v", key, err)
		}
	}
	s.Err = filters.ErrStoreDown
	if _, err := Lookup(ctx, s, "shop.example", DefaultConfig()); !errors.Is(err, filters.ErrStoreDown) {
		t.Errorf("%v", err)
	}
}

// TestABadNameDoesNotKeepItselfBad: what the filter itself takes a mail for is no evidence (CASES F03).
func TestABadNameDoesNotKeepItselfBad(t *testing.T) {
	f := &filter{Config: DefaultConfig()}
	a := &asked{names: []subject{domain("shop.example")}, counts: []*filters.Counter{{}}}
	v := filters.Verdict{Score: 8, Required: 5, Taken: true, Symbols: []scoring.Scored{{Name: "REPUTATION_DOMAIN_BAD", Score: 7.5}, {Name: "OTHER", Score: 0.5}}}
	var b filters.Batch
	f.Observe(nil, filters.Findings{}.With(a), v, &b)
	if len(b.Ops) != 1 || b.Ops[0].(*filters.Counter).Add[0] != 0 || b.Ops[0].(*filters.Counter).Add[1] != 1 {
		t.Errorf("a mail that others find good was counted as %+v", b.Ops)
	}
}
