package expr

import (
	"strings"
	"testing"
)

func TestExpressionsCountAsPerlDoes(t *testing.T) {
	values := map[string]float64{"A": 1, "B": 0, "C": 3, "D": 0.5, "version": 4.000001, "rules_matching(__X_*)": 7}
	for _, c := range []struct {
		src  string
		want float64
	}{
		{"A", 1}, {"B", 0}, {"C", 3}, {"NOBODY_KNOWS", 0},
		{"!A", 0}, {"!B", 1}, {"!!C", 1}, {"! C", 0},
		{"A && C", 3}, {"B && C", 0}, {"C || A", 3}, {"B || C", 3}, {"B || B", 0},
		{"A && !B", 1}, {"!(A && B)", 1},
		{"A + C > 3", 1}, {"A + C >= 5", 0}, {"(A + B + C) == 4", 1}, {"A+C*2", 7}, {"(A+C)*2", 8},
		{"C - A - A", 1}, {"C / 2", 1.5}, {"C / B", 0}, {"-C + 4", 1}, {"2 - -1", 3},
		{"A < C", 1}, {"A <= 1", 1}, {"C != 3", 0}, {"A == 1 && C == 3", 1}, {"A ^ C", 2}, {"A ^ A", 0},
		{"B && A || C", 3}, {"A || B && B", 1}, {"A ? C : 9", 3}, {"B ? C : 9", 9}, {"B ? 1 : B ? 2 : 5", 5},
		{"version >= 4.000000", 1}, {"rules_matching(__X_*) > 6", 1}, {"rules_matching( __X_* )", 7},
		{"1 > 2 > 3", 0}, {"D * 4", 2}, {"0.25 + .5", 0},
	} {
		if c.src == "0.25 + .5" {
			if _, err := Parse(c.src); err == nil {
				t.Errorf("%s: a number needs a digit first, but it was taken", c.src)
			}
			continue
		}
		e, err := Parse(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got := e.Eval(func(i int) float64 { return values[e.Names()[i].String()] })
		if got != c.want {
			t.Errorf("%s = %v, want %v", c.src, got, c.want)
		}
	}
}

func TestBadExpressionsAreRefusedWithAReason(t *testing.T) {
	for src, want := range map[string]string{
		"":                          "ends where a name",
		"A B":                       "operator such as &&",
		"A &&":                      "ends where a name",
		"&& A":                      "should stand here",
		"(A":                        "the ) for the (",
		"A)":                        "operator such as",
		"A & B":                     "unexpected \"&\"",
		"A ? B":                     "the : of a ?:",
		"plugin(Foo":                "the ) behind plugin(",
		"1x":                        "is no number",
		"A && $B":                   "unexpected \"$\"",
		strings.Repeat("(", 500):    "nested",
		strings.Repeat("!", 500):    "nested",
		strings.Repeat("A+", 40000): "limit",
	} {
		_, err := Parse(src)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want an error with %q", src, err, want)
		}
	}
}

func TestALongRowNeedsNoDeepStack(t *testing.T) {
	e, err := Parse("A" + strings.Repeat(" + A", 5000) + strings.Repeat(" || A", 1))
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Eval(func(int) float64 { return 1 }); got != 5001 {
		t.Errorf("5,001 ones make %v", got)
	}
	if n := len(e.Names()); n != 1 {
		t.Errorf("one name is listed %d times", n)
	}
}

func FuzzExpr(f *testing.F) {
	for _, s := range []string{"A && !B || (C + 2) * 3 >= D", "A ? B : C", "plugin(X::Y) && version > 3.4", "-A ^ !-B", "((A))"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := Parse(src)
		if err != nil {
			return
		}
		for _, v := range []float64{0, 1, -2.5} {
			e.Eval(func(i int) float64 { return v * float64(i+1) })
		}
	})
}
