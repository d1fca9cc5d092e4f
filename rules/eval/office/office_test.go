package office

import (
	"errors"
	"testing"

	"weir/rules/eval"
	"weir/rules/view"
)

func TestFunctionsSayWhatTheFilterFound(t *testing.T) {
	macros := view.Facts{Symbol: func(name string) int { return map[string]int{"ATTACHMENT_MACRO_XLM": 1}[name] }}
	for name, want := range map[string]int{"check_olemacro": 1, "check_olemacro_malice": 0, "check_olemacro_encrypted": 0} {
		check, err := New().Bind(eval.Call{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := check(&view.Mail{Facts: macros}); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
		if got := check(&view.Mail{}); got != 0 {
			t.Errorf("%s: got %d without filters", name, got)
		}
	}
}

func TestWhatHasNoSymbolSaysWhere(t *testing.T) {
	var off *eval.Off
	if _, err := New().Bind(eval.Call{Name: "check_olertfobject"}); !errors.As(err, &off) || off.Why == "" {
		t.Errorf("got %v", err)
	}
	if _, err := New().Bind(eval.Call{Name: "check_other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
