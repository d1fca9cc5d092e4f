package gateway

import (
	"testing"

	"weir/filters"
	"weir/scoring"
)

func TestAnOutcomeTellsThresholdsAndWhatSymbolsMean(t *testing.T) {
	h := strictHouse()
	h.add(filters.Spec{Name: "told", Stage: filters.Data, Symbols: []scoring.Symbol{{Name: "RULE"}}}, hit("RULE"), map[string]float64{"RULE": 1.5})
	g, _ := h.open(t)
	strict, lax := judge(t, g, plain, "b@strict.example", "a@example.com"), judge(t, g, plain, "a@example.com", "b@strict.example")
	if strict.Thresholds() == lax.Thresholds() || lax.Thresholds() != h.def.Thresholds {
		t.Errorf("the first recipient's thresholds are %+v and %+v", strict.Thresholds(), lax.Thresholds())
	}
	if e := lax.Symbol("RULE"); e == nil || e.Score != 1.5 {
		t.Errorf("RULE is %+v", e)
	}
	if lax.Symbol("NO_SUCH") != nil || (&Outcome{}).Symbol("RULE") != nil || (&Outcome{}).Thresholds() != (scoring.Thresholds{}) {
		t.Error("something is known of nothing")
	}
}
