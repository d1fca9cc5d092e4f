package anomaly

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSetCountsAndKeepsTheFirstDetail(t *testing.T) {
	var s Set
	s.Add(NoFinal, "a")
	s.AddBytes(TypeBad, []byte("b"))
	s.AddBytes(NoFinal, []byte("c"))
	all := s.All()
	if len(all) != 2 || all[0] != (Note{NoFinal, 2, "a"}) || all[1] != (Note{TypeBad, 1, "b"}) || !s.Has(NoFinal) || s.Has(AfterEnd) {
		t.Errorf("%v", all)
	}
	var sum Set
	sum.Add(TypeBad, "first")
	sum.Merge(&s)
	sum.Merge(nil)
	if all := sum.All(); len(all) != 2 || all[0] != (Note{TypeBad, 2, "first"}) || all[1].Count != 2 {
		t.Errorf("%v", all)
	}
}

func TestANilSetNotesNothing(t *testing.T) {
	var s *Set
	s.Add(NoFinal, "")
	s.AddBytes(NoFinal, nil)
	if s.All() != nil || s.Has(NoFinal) {
		t.Error("a nil set holds something")
	}
}

func TestDetailsArePrintable(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\n b\t\tc \n":              "a b c",
		"\x1b[31mred\x00":              "?[31mred?",
		"name\u202egpj.exe":            "name?gpj.exe",
		"\xff\u0085":                   "??",
		" \r\n":                        "",
		strings.Repeat("ä", 150) + "x": strings.Repeat("ä", 100),
		strings.Repeat("a ", 300):      strings.Repeat("a ", 100),
	} {
		var s, b Set
		s.Add(NoFinal, in)
		b.AddBytes(NoFinal, []byte(in))
		for _, got := range []string{s.All()[0].Detail, b.All()[0].Detail} {
			if got != want || len(got) > maxDetail || !utf8.ValidString(got) {
				t.Errorf("%q gives %q, want %q", in, got, want)
			}
		}
	}
}

func TestEveryKindHasItsOwnName(t *testing.T) {
	seen := make(map[string]bool)
	for _, k := range Kinds() {
		if name := k.String(); name == "unknown" || seen[name] {
			t.Errorf("%d: %s", k, name)
		}
		seen[k.String()] = true
	}
	if len(seen) != len(names) || Kind(0).String() != "unknown" || Kind(255).String() != "unknown" {
		t.Errorf("%d kinds, %d names", len(seen), len(names))
	}
}
