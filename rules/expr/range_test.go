package expr

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// asked is Values of which some are known beforehand. It counts what is asked for.
type asked struct {
	names  []Name
	number map[string]float64
	ranges map[string]Range // else anything from 0 on
	looked int              // how often something was looked at
	order  []string         // names that were asked for
}

func (a *asked) Value(i int) float64 {
	a.order = append(a.order, a.names[i].Word)
	a.ranges[a.names[i].Word] = Exactly(a.number[a.names[i].Word])
	return a.number[a.names[i].Word]
}

func (a *asked) Range(i int) Range {
	a.looked++
	if r, ok := a.ranges[a.names[i].Word]; ok {
		return r
	}
	return Range{0, math.Inf(1)}
}

func TestWhatIsKnownOfSomeNamesIsKnownOfAll(t *testing.T) {
	zero, one, some, most2 := Range{}, Exactly(1), Range{math.SmallestNonzeroFloat64, math.Inf(1)}, Range{0, 2}
	for name, c := range map[string]struct {
		text        string
		a           Range
		true, false bool
	}{
		"a part of an and that is false":                {"A && B", zero, false, true},
		"a part of an and that is true":                 {"A && B", some, false, false},
		"the last part of an and":                       {"B && C && A", zero, false, true},
		"a part of an or that is true":                  {"B || A", some, true, false},
		"a part of an or that is false":                 {"B || A", zero, false, false},
		"the first part of an or":                       {"A || B", some, true, false},
		"an or within an and":                           {"(A || B) && C", zero, false, false},
		"a part of an and that must be false":           {"B && !A", some, false, true},
		"a denied name alone":                           {"!A", zero, true, false},
		"a name alone":                                  {"A", some, true, false},
		"a comparison with nothing found":               {"B && A > 0", zero, false, true},
		"a comparison with something found":             {"A >= 2", some, false, false},
		"a comparison with enough found":                {"A >= 1", one, true, false},
		"a comparison that nothing passes":              {"A < 1", zero, true, false},
		"a sum of which one is enough":                  {"A + B >= 1", one, true, false},
		"a sum of which one is not enough":              {"A + B >= 2", one, false, false},
		"a number that can't grow so much":              {"A > 2 && B", most2, false, true},
		"a number that can be that much":                {"A >= 2", most2, false, false},
		"a number that is not another":                  {"A == 3", most2, false, true},
		"a number that differs":                         {"A != 3", most2, true, false},
		"a choice by the name":                          {"A ? B : 0", zero, false, true},
		"a choice by another, with both sides the same": {"B ? A : A", some, true, false},
		"a choice by another":                           {"B ? A : 1", zero, false, false},
		"a choice in an and":                            {"(B ? C : 1) && A", zero, false, true},
		"a number in an or":                             {"(0 || A) && B", zero, false, true},
		"both sides of a difference":                    {"A - 1", zero, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			r := e.Known(&asked{names: e.Names(), ranges: map[string]Range{"A": c.a}})
			if r.True() != c.true || r.False() != c.false {
				t.Errorf("%s: %v", c.text, r)
			}
		})
	}
}

func TestNoMoreNamesAreAskedForThanDecide(t *testing.T) {
	for text, want := range map[string]string{
		"A && B && C":         "C", // costs least, and is 0
		"B && A":              "AB",
		"C || B || A":         "CB", // the value is of the first that is true
		"(C || A) + 0 >= 1":   "CA",
		"!(C || A || B) && D": "",
		"D && A":              "",
		"A + B >= 5":          "AB",
		"A + B + C >= 1":      "A",
		"C ? B : A":           "CA",
		"!D && !A":            "A",
	} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		cost := map[string]int{"A": 2, "B": 3, "C": 1, "D": 9}
		e.Order(func(i int) int { return cost[e.Names()[i].Word] })
		v := &asked{names: e.Names(), number: map[string]float64{"A": 1, "B": 2}, ranges: map[string]Range{"D": {}}}
		e.Decide(v)
		got := ""
		for _, name := range v.order {
			if !strings.Contains(got, name) {
				got += name
			}
		}
		if got != want {
			t.Errorf("%s asks for %q, want %q", text, got, want)
		}
	}
}

// TestD20LargeExpressionsCostTimeInProportion: long sums that are compared, and chains within chains, are not looked at again for each name.
func TestD20LargeExpressionsCostTimeInProportion(t *testing.T) {
	long, nested := "A0", "A0"
	for i := 1; i < 3000; i++ {
		long += fmt.Sprintf(" + A%d", i)
		if i < 2900 {
			nested += fmt.Sprintf(" || A%d", i)
		}
		if i%40 == 0 && i < 2400 {
			nested = fmt.Sprintf("(%s) && (B%d || !B%d)", nested, i, i)
		}
	}
	for name, text := range map[string]string{"sum": long + " > 2990", "chains": nested} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		e.Order(func(int) int { return 1 })
		v := &asked{names: e.Names(), ranges: map[string]Range{}, number: map[string]float64{}}
		for _, n := range e.Names() {
			v.number[n.Word] = 1
		}
		e.Decide(v)
		if most := 200 * len(e.Names()); v.looked > most {
			t.Errorf("D20 %s: %d names were looked at %d times", name, len(e.Names()), v.looked)
		}
	}
}

// FuzzDecide holds what is known, and what is decided with as little as possible, to what the expression is.
func FuzzDecide(f *testing.F) {
	for _, text := range []string{"A && (B || !C)", "A ? B : C && A", "A + B >= 2 || !A", "!(A && B) ^ C", "-A * B / C", "A + B - C > 1 && D"} {
		f.Add(text, uint64(0x1234567), uint64(5))
	}
	f.Fuzz(func(t *testing.T, text string, seed, known uint64) {
		e, err := Parse(text)
		if err != nil || len(text) > 200 {
			return
		}
		number := func(k int) float64 { return float64(seed >> (k * 2 % 64) & 3) }
		v := &asked{names: e.Names(), number: map[string]float64{}, ranges: map[string]Range{}}
		byWord := map[string]int{}
		for i, n := range e.Names() {
			if _, ok := byWord[n.Word]; ok {
				return // the same word with other arguments
			}
			byWord[n.Word], v.number[n.Word] = i, number(i)
			if known>>i&1 == 1 {
				v.ranges[n.Word] = Exactly(number(i))
			}
		}
		want := e.Eval(number)
		if r := e.Known(v); want < r.Least || want > r.Most {
			t.Errorf("%q is %v: known was %v", text, want, r)
		}
		if got := e.Decide(v); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%q is %v: decided was %v", text, want, got)
		}
	})
}
