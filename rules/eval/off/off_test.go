package off

import (
	"errors"
	"slices"
	"testing"

	"weir/rules/eval"
)

func TestEachFunctionThatIsOffSaysWhy(t *testing.T) {
	for _, name := range []string{"check_razor2", "check_pyzor", "check_dcc", "check_senders_reputation", "check_shortcircuit", "check_language"} {
		var off *eval.Off
		if _, err := New().Bind(eval.Call{Name: name}); !errors.As(err, &off) || len(off.Why) < 20 {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "check_other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if !slices.Contains(New().Plugins(), "ResourceLimits") {
		t.Error("a plugin without functions is not named")
	}
}
