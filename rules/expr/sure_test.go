package expr

import "testing"

func TestSureKnowsWhatOneNameDecides(t *testing.T) {
	for name, c := range map[string]struct {
		text      string
		is        bool // A is not 0
		yes, sure bool
	}{
		"a part of an and that is false":                {"A && B", false, false, true},
		"a part of an and that is true":                 {"A && B", true, false, false},
		"the last part of an and":                       {"B && C && A", false, false, true},
		"a part of an or that is true":                  {"B || A", true, true, true},
		"a part of an or that is false":                 {"B || A", false, false, false},
		"an or within an and":                           {"(A || B) && C", false, false, false},
		"a part of an and that must be false":           {"B && !A", true, false, true},
		"a denied name alone":                           {"!A", false, true, true},
		"a name alone":                                  {"A", true, true, true},
		"a comparison with nothing found":               {"B && A > 0", false, false, true},
		"a comparison with something found":             {"A >= 2", true, false, false},
		"a comparison that nothing passes":              {"A < 1", false, true, true},
		"a sum of more":                                 {"A + B >= 1", false, false, false},
		"a choice by the name":                          {"A ? B : 0", false, false, true},
		"a choice by another, with both sides the same": {"B ? A : A", true, true, true},
		"a choice by another":                           {"B ? A : 1", false, false, false},
		"a choice in an and":                            {"(B ? C : 1) && A", false, false, true},
		"a number in an or":                             {"(0 || A) && B", false, false, true},
		"both sides of a difference":                    {"A - 1", false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			at := -1
			for i, n := range e.Names() {
				if n.Word == "A" {
					at = i
				}
			}
			if yes, sure := e.Sure(at, c.is); yes != c.yes || sure != c.sure {
				t.Errorf("%s: %v, sure %v", c.text, yes, sure)
			}
		})
	}
}

// FuzzSure holds what is told to be sure to what the expression is with numbers for all its names.
func FuzzSure(f *testing.F) {
	for _, text := range []string{"A && (B || !C)", "A ? B : C && A", "A + B >= 2 || !A", "!(A && B) ^ C", "-A * B / C"} {
		f.Add(text, uint64(0x1234567))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		e, err := Parse(text)
		if err != nil || len(text) > 200 {
			return
		}
		for i := range e.Names() {
			value := func(k int) float64 { return float64(seed >> (k * 2 % 64) & 3) }
			is := value(i)
			if yes, sure := e.Sure(i, is != 0); sure && yes != (e.Eval(value) != 0) {
				t.Errorf("%q with %s = %v: said %v", text, e.Names()[i], is, yes)
			}
		}
	})
}
