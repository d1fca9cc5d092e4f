package pattern

import (
	"bytes"
	"testing"
	"time"
)

func TestDangerousPatternsAreTold(t *testing.T) {
	for _, c := range []struct {
		name, pattern string
		danger        bool
	}{
		{"a repeat within a repeat, in front of a reference", `/(x)(?:a+)+\1/`, true},
		{"words of words without anything between", `/(?!x)(?:\w+\s?)*y/`, true},
		{"words with a blank between", `/(?!x)(?:\w+\s)*y/`, false},
		{"a possessive inner repeat", `/(x)(?:a++)+\1/`, false},
		{"without looking around it takes linear time", `/(?:a+)+$/`, false},
		{"few rounds", `/(?!x)(?:a+){1,3}/`, false},
		{"one repeat", `/(?!x)[^>]+y/`, false},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Danger(); (got != "") != c.danger {
			t.Errorf("%s: %s: %q", c.name, c.pattern, got)
		}
	}
}

// TestD19HostilePatternsAreCutAndTold runs what would take for ever, on a megabyte, and what only looks so: that ends by
// itself, however slow the machine is.
func TestD19HostilePatternsAreCutAndTold(t *testing.T) {
	for _, c := range []struct {
		name, pattern, unit, end string
		cut                      bool
	}{
		{"D19_nested_repeats_and_a_reference", `/(a|b)(?:a+)+\1c/`, "a", "bc", true},
		{"D19_nested_repeats_ahead", `/^(?=(?:\w+\s?)+!).*\?$/`, "word ", "word; ?", true},
		{"D19_lookbehind_that_never_holds", `/(?<=a)(?:\w+\s?)+!/`, "word ", "!", false},
		{"D19_invalid_UTF8", `/(?!x)(?:[\x80-\xff]+)+(?!z)y\z/`, "\xff\xfe\xe9", "zy", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Compile(c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			text := append(bytes.Repeat([]byte(c.unit), 1<<20/len(c.unit)), c.end...)
			for i := range p.branches {
				p.branches[i].literals, p.branches[i].begins = nil, nil // as a text that holds what the pattern needs
			}
			counter := newCounter(1, 1)
			if counter.left = time.Minute; c.cut {
				counter.left = 50 * time.Millisecond
			}
			start := time.Now()
			readied([]*Pattern{p}).Match(text, &Scratch{}, counter)
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("it took %v", d)
			}
			if counter.found[0] != 0 || counter.cut[0] != c.cut {
				t.Errorf("found %d, cut %v; want 0, %v", counter.found[0], counter.cut[0], c.cut)
			}
		})
	}
}
