package replace

import (
	"strings"
	"testing"
	"time"
)

// tags reads lines as a file has them.
func tags(t *testing.T, lines string) *Tags {
	t.Helper()
	var tags Tags
	for line := range strings.Lines(lines) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if known, err := tags.Set(key, value, Place{File: "a.cf", Line: 1}); !known || err != nil {
			t.Fatalf("%s: known %v, %v", line, known, err)
		}
	}
	return &tags
}

const letters = "replace_tag A [a4]\nreplace_tag B (?:b|8)\nreplace_tag AB <A><B>\nreplace_pre P1 \\W?\nreplace_inter I1 [\\s_]?\nreplace_post S1 \\b\n"

func TestTagsAreWrittenOut(t *testing.T) {
	for _, c := range []struct{ name, pattern, want string }{
		{"a pattern without tags stays as it is", "/abc/i", "/abc/i"},
		{"a tag", "/x<A>y/", "m{x[a4]y}"},
		{"with flags", "/<A>/i", "m{[a4]}i"},
		{"each of several", "/<A>-<A><B>/", "m{[a4]-[a4](?:b|8)}"},
		{"a name that no line has stays", "/<C><A>/", "m{<C>[a4]}"},
		{"a tag in a tag", "/<AB>!/", "m{[a4](?:b|8)!}"},
		{"a piece before each tag", "/<pre P1>x<A><B>/", `m{x\W?[a4]\W?(?:b|8)}`},
		{"a piece behind each tag", "/<post S1><A>x<B>/i", `m{[a4]\bx(?:b|8)\b}i`},
		{"a piece between tags that touch", "/<inter I1>x<A><B><A>y<A>/i", `m{x[a4][\s_]?(?:b|8)[\s_]?[a4]y[a4]}i`},
		{"a tag at the beginning touches the beginning, if there are no flags", "/<inter I1><A><B>/", `m{[\s_]?[a4][\s_]?(?:b|8)}`},
		{"a lookbehind is no tag", "/(?<!x)<A>/", "m{(?<!x)[a4]}"},
		{"other delimiters", "m!<A>/!x", "m{[a4]/}x"},
		{"braces", "m{<A>{2}}", "m{[a4]{2}}"},
		{"no pattern at all is left to the compiler", "abc", "abc"},
		{"nothing is left to the compiler", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := tags(t, letters).Apply(c.pattern)
			if err != nil || got != c.want {
				t.Errorf("%s: got %s, want %s (%v)", c.pattern, got, c.want, err)
			}
		})
	}
}

func TestTagsMayHaveOtherMarks(t *testing.T) {
	got, err := tags(t, letters+"replace_start {{\nreplace_end }}\n").Apply("/x{{A}}<A>{{B}}/")
	if err != nil || got != "m{x[a4]<A>(?:b|8)}" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestRulesWithTagsAreListed(t *testing.T) {
	var names []string
	for name, at := range tags(t, "replace_rules ONE TWO\nreplace_rules TWO").Rules() {
		if names = append(names, name); at.File != "a.cf" {
			t.Errorf("%s at %v", name, at)
		}
	}
	if len(names) != 2 {
		t.Errorf("got %v", names)
	}
}

func TestBadLinesOfTagsAreErrors(t *testing.T) {
	for _, line := range [][2]string{{"replace_tag", "A"}, {"replace_tag", ""}, {"replace_rules", ""}, {"replace_start", ""}, {"replace_post", "X"}} {
		if known, err := new(Tags).Set(line[0], line[1], Place{}); !known || err == nil || !strings.HasPrefix(err.Error(), line[0]) {
			t.Errorf("%v: known %v, %v", line, known, err)
		}
	}
	if known, err := new(Tags).Set("replace_nothing", "x", Place{}); known || err != nil {
		t.Errorf("an unknown line: %v, %v", known, err)
	}
}

func TestTagsWithinThemselvesEnd(t *testing.T) {
	t.Run("D20_a_tag_that_holds_itself", func(t *testing.T) {
		got, err := tags(t, "replace_tag A <A>x").Apply("/<A>/")
		if err != nil || got != "m{<A>xxxxxx}" {
			t.Errorf("got %s, %v", got, err)
		}
	})
	t.Run("D20_tags_that_double_themselves_are_cut_at_the_limit", func(t *testing.T) {
		_, err := tags(t, "replace_tag A "+strings.Repeat("<A>", 50)).Apply("/<A>/")
		if err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("error %v", err)
		}
	})
}

func FuzzApply(f *testing.F) {
	f.Add("/<pre P1><inter I1><A>x<AB><post S1>/i", "<A><C")
	f.Fuzz(func(t *testing.T, pattern, piece string) {
		tags := tags(t, letters)
		if piece != "" {
			_, _ = tags.Set("replace_tag", "C "+piece, Place{})
		}
		if got, err := tags.Apply(pattern); err == nil && len(got) > MaxLength+len(pattern)+10 {
			t.Errorf("%d bytes", len(got))
		}
	})
}

func TestD20_marks_without_an_end_are_read_once(t *testing.T) {
	done := make(chan int, 1)
	go func() { done <- len(pieces(strings.Repeat("<", 8<<20), "<", ">")) }()
	select {
	case n := <-done:
		if n != 1 {
			t.Errorf("%d pieces, want the whole text", n)
		}
	case <-time.After(time.Minute):
		t.Fatal("it takes too long")
	}
}
