package address

import (
	"slices"
	"testing"
)

// TestAddressesThatAReaderSees are found in a display name, whatever stands before, behind and, unseen, within them.
func TestAddressesThatAReaderSees(t *testing.T) {
	for _, c := range []struct {
		name, shown string
		want        []string
	}{
		{"E13_an_at_sign_before", "@ann@bank.example", []string{"bank.example"}},
		{"E13_a_domain_before", "x@evil.example.ann@bank.example", []string{"evil.example.ann", "bank.example"}},
		{"E13_a_word_before", "jo@ann@bank.example", []string{"bank.example"}},
		{"E13_a_change_of_direction_behind", "ann@bank.example\u202e", []string{"bank.example"}},
		{"E13_a_broken_byte_behind", "ann@bank.example\xff", []string{"bank.example"}},
		{"E13_a_symbol_behind", "ann@bank.example\u2713", []string{"bank.example"}},
		{"E13_a_full_width_at_behind", "ann@bank.example\uff20", []string{"bank.example"}},
		{"E13_nothing_to_see_within", "ann@ba\u200bnk\u2060.exa\u00admple", []string{"bank.example"}},
		{"E13_a_full_width_at", "ann\uff20bank.example", []string{"bank.example"}},
		{"E13_a_small_at", "ann\ufe6bbank.example", []string{"bank.example"}},
		{"E13_a_full_width_dot", "ann@bank\uff0eexample", []string{"bank.example"}},
		{"E13_full_width_letters", "ann@\uff42ank.example", []string{"bank.example"}},
		{"letters beyond ASCII", "ann@b\u00e4nk.example", []string{"xn--bnk-qla.example"}},
		{"no domain", "ann@home, 5 @ once", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := FindAuthor([]string{`"` + c.shown + `" <x@own.example>`})
			var got []string
			for _, n := range a.Named {
				got = append(got, n.Domain)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("named %q, want %q (%s)", got, c.want, a.Why)
			}
		})
	}
}
