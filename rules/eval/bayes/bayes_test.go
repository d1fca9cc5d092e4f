package bayes

import (
	"errors"
	"testing"

	"weir/rules/eval"
	"weir/rules/view"
)

func TestTheClassifierIsAsked(t *testing.T) {
	for _, c := range []struct {
		name     string
		min, max string
		spam     float64
		known    bool
		want     int
	}{
		{"within", "0.80", "0.95", 0.9, true, 1},
		{"the lower end is no part", "0.80", "0.95", 0.8, true, 0},
		{"the upper end is", "0.80", "0.95", 0.95, true, 1},
		{"a lower end of 0 is", "0.00", "0.01", 0, true, 1},
		{"without an upper end", "0.99", "undef", 1, true, 1},
		{"it says nothing", "0.00", "1.00", 0.5, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			check, err := New().Bind(eval.Call{Name: "check_bayes", Args: []string{c.min, c.max}})
			if err != nil {
				t.Fatal(err)
			}
			m := &view.Mail{Facts: view.Facts{Spam: func() (float64, bool) { return c.spam, c.known }}}
			if got := check(m); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestCallsThatMakeNoSense(t *testing.T) {
	if _, err := New().Bind(eval.Call{Name: "check_bayes", Args: []string{"much"}}); err == nil {
		t.Error("a word is taken for a probability")
	}
	if _, err := New().Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	check, _ := New().Bind(eval.Call{Name: "check_bayes", Args: []string{"0"}})
	if got := check(&view.Mail{}); got != 0 {
		t.Errorf("got %d where nothing is known", got)
	}
}
