package dnslist

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/scoring"
)

// listing makes one of "operator SYMBOL score subject".
func listing(text string) Listing {
	w := strings.Fields(text)
	c := mustCode("127.0.0.2 " + w[1] + " " + w[2])
	c.Mild = len(w) > 4
	return Listing{Subject: &Subject{Kind: Client, Text: w[3]}, Symbol: w[1], Code: &c, Answer: [4]byte{127, 0, 0, 2}, list: &list{operator: w[0], name: w[0]}}
}

func listings(texts []string) (all []Listing) {
	for _, text := range texts {
		all = append(all, listing(text))
	}
	return all
}

func TestListsOfOneOperatorAreOneWitness(t *testing.T) {
	s := &Set{Config: Config{Max: 6, Least: -2}}
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"the strongest word counts", []string{"a WEAK 1 x", "a STRONG 3 x", "a MIDDLE 2 x"}, "STRONG×1 x (127.0.0.2); also MIDDLE, WEAK"},
		{"operators add up", []string{"a ONE 1 x", "b TWO 2 x"}, "ONE×1 x (127.0.0.2) | TWO×1 x (127.0.0.2)"},
		{"an operator may speak for and against", []string{"a BAD 1 x", "a GOOD -1 x"}, "BAD×1 x (127.0.0.2) | GOOD×1 x (127.0.0.2)"},
		{"a symbol tells of three subjects", []string{"a S 1 v", "a S 1 w", "a S 1 x", "a S 1 y", "a S 1 z"}, "S×1 v (127.0.0.2), w (127.0.0.2), x (127.0.0.2) and 2 more"},
		{"the sum of block lists is bounded", []string{"a A 4 x", "b B 8 x", "c C -1 x"}, "A×0.5 x (127.0.0.2) | B×0.5 x (127.0.0.2) | C×1 x (127.0.0.2)"},
		{"C22_the_sum_of_allow_lists_is_bounded", []string{"a A -4 x", "b B -4 x", "c C 1 x"}, "A×0.25 x (127.0.0.2) | B×0.25 x (127.0.0.2) | C×1 x (127.0.0.2)"},
		{"a word that scores nothing is told too", []string{"a A 0 x"}, "A×1 x (127.0.0.2)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, h := range s.Hits(listings(c.in)) {
				if h.Weight == 0 {
					h.Weight = 1
				}
				got = append(got, fmt.Sprintf("%s×%g %s", h.Name, h.Weight, h.Detail))
			}
			if text := strings.Join(got, " | "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}

func TestOneOperatorIsNeverSeveral(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want int
	}{
		{"nobody", nil, 0},
		{"one operator with three lists", []string{"a A 4 x", "a B 4 x", "a C 4 x"}, 1},
		{"two operators", []string{"a A 4 x", "b B 1 x"}, 2},
		{"a mild word does not count", []string{"a A 4 x", "b B 1 x mild"}, 1},
		{"information does not count", []string{"a A 4 x", "b B 0 x"}, 1},
		{"an allow list is a veto", []string{"a A 4 x", "b B 1 x", "c C -1 x"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n, who := Against(listings(c.in), Client); n != c.want {
				t.Errorf("%d: %s", n, who)
			}
		})
	}
	if n, _ := Against(listings([]string{"a A 4 x", "b B 1 x"}), Relay); n != 0 {
		t.Errorf("%d against a relay that nobody asked about", n)
	}
}

func TestASumWithinTheBoundIsNotTouched(t *testing.T) {
	table := &scoring.Table{}
	in := listings([]string{"a A 4 x", "b B 8 x", "c C 3 x"})
	for _, l := range in {
		table.Declare(scoring.Symbol{Name: l.Symbol, Score: l.Code.Score}, "test", 0)
	}
	for most, want := range map[float64]float64{100: 15, 15: 15, 6: 6, 0: 0} {
		s := &Set{Config: Config{Max: most}}
		if got := scoring.Sum(table.Score(s.Hits(in))); got != want {
			t.Errorf("at most %g: %g", most, got)
		}
	}
}

func TestSymbolsOfAZoneAreDeclaredOnce(t *testing.T) {
	zs := Zones{"b-l": {Codes: Codes("127.0.0.2 SPAM 3", "127.0.0.3 SPAM 9", "127.0.0.4 - -1")}, "a": {Codes: Codes("127.0.0.2 - 1")}}
	var got []string
	for _, s := range zs.Symbols("dnsbl") {
		got = append(got, fmt.Sprint(s.Name, " ", s.Score))
	}
	if want := []string{"DNSBL_A 1", "DNSBL_B_L_SPAM 3", "DNSBL_B_L -1"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
