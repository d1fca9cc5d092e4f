package pattern

import (
	"fmt"
	"strings"
	"testing"
)

// sieved is a pattern that is too large for a machine, with its sieve.
func sieved(t *testing.T, source string) (*Pattern, *machine) {
	t.Helper()
	p := compileAll(t, []string{source})[0]
	if n := len(p.branches); n != 1 {
		t.Fatalf("%d branches", n)
	}
	b := &p.branches[0]
	if n := len(b.compile().Inst); n <= maxMachine {
		t.Fatalf("%d instructions: it would have a machine of its own", n)
	}
	d := b.sieve(&room{most: maxRoom})
	if d == nil {
		t.Fatal("no sieve")
	}
	return p, d
}

func TestASieveHoldsBackWhatCanNotMatch(t *testing.T) {
	var words []string
	for i := range uint32(210) {
		words = append(words, fmt.Sprintf("%08x", (i+1)*2654435761))
	}
	form := "/(?:(?:first |last |your ){0,3}(?:name|city|phone|street|country|" + strings.Join(words, "|") + `)[^\w]{0,199}[\s:._-]{1,199}){5}/i`
	var ways []string
	for i := range 256 {
		ways = append(ways, fmt.Sprintf(`\xe%x\x%x[\x8%x-\x9%x]`, 1+i/64, 0x80+i%64, i%16, i/16))
	}
	letters := "/b" + strings.Repeat("(?:[aA@]|&#97;|"+strings.Join(ways, "|")+")", 24) + "c/"
	head := "/q?(?:x(?:(?:" + strings.Join(words, "|") + ")y)?){12}z/"
	for _, c := range []struct {
		name, source, text string
		through, match     bool
	}{
		{"five rounds", form, "your name: city: phone: street: country: ", true, true},
		{"four rounds", form, "your name: city: phone: street: ", false, false},
		{"the last round at the end of the text", form, "name: city: phone: street: country.", true, true},
		{"one round without its end", form, "name: city: phone: street: country", false, false},
		{"five rounds with something between them", form, "name: city: and phone: street: country: ", false, false},
		{"few and many", form, "name: city: and name: city: phone: street: country: ", true, true},
		{"more of a piece than the pattern has", form, strings.Repeat("name"+strings.Repeat(".", 500)+" ", 5), true, false},
		{"letters", letters, "b" + strings.Repeat("a&#97;@A\xe1\x80\x80\xe1\x81\x81", 4) + "c", true, true},
		{"letters that are none", letters, "b" + strings.Repeat("&", 24) + "c", true, false},
		{"too few letters", letters, "b" + strings.Repeat("a", 23) + "c", false, false},
		{"another end", letters, "b" + strings.Repeat("a", 24) + "d", false, false},
		{"a repetition that is not all", head, "xxx3c6ef362yxxxxxxxxxz", true, true},
		{"a repetition that is not there", head, "yz", false, false},
	} {
		p, d := sieved(t, c.source)
		yes, known := false, false
		for range 99 { // a short text may ask for few new states
			if yes, known = d.within([]byte(c.text), span{0, len(c.text)}); known {
				break
			}
		}
		if !known || yes != c.through {
			t.Errorf("%s: let through: %v (known: %v)", c.name, yes, known)
		}
		if p.Match([]byte(c.text)) != c.match {
			t.Errorf("%s: match: %v", c.name, !c.match)
		}
		sameFound(t, NewGroup([]*Pattern{p}), []byte(c.text), &Scratch{})
	}
}

// TestRoundsThatShareAByteAreCounted: a match that ends at a word's end is told of one byte later.
func TestRoundsThatShareAByteAreCounted(t *testing.T) {
	_, d := machineOf(t, `/a\b|bc/`, maxRoom)
	d.rounds = 3
	for text, want := range map[string]bool{"a a a": true, "a a": false, "bcbcbc": true, "bcbcb": false, "a bca": true, "bca bc": true, "": false} {
		if yes, known := d.within([]byte(text), span{0, len(text)}); !known || yes != want {
			t.Errorf("%q: %v, %v", text, yes, known)
		}
	}
}
