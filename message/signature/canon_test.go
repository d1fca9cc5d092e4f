package signature

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
)

func TestFieldsAreCanonicalized(t *testing.T) {
	for _, c := range []struct{ name, in, simple, relaxed string }{
		{"a plain field", "A: x\r\n", "A: x\r\n", "a:x\r\n"},
		{"capitals in the name only", "SUBJect: AbC\r\n", "SUBJect: AbC\r\n", "subject:AbC\r\n"},
		{"white space before the colon", "B \t: Y\t\r\n", "B \t: Y\t\r\n", "b:Y\r\n"},
		{"folding", "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"},
		{"an empty value", "C:\r\n", "C:\r\n", "c:\r\n"},
		{"white space only", "C: \t \r\n", "C: \t \r\n", "c:\r\n"},
		{"colons in the value", "D: a : b\r\n", "D: a : b\r\n", "d:a : b\r\n"},
		{"line ends of LF", "E: a\n b\n", "E: a\r\n b\r\n", "e:a b\r\n"},
		{"no line end", "F: a", "F: a\r\n", "f:a\r\n"},
		{"8-bit characters stay", "G: \xe4\xa0 \xc2\xa0\r\n", "G: \xe4\xa0 \xc2\xa0\r\n", "g:\xe4\xa0 \xc2\xa0\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(Simple.AppendField(nil, []byte(c.in))); got != c.simple {
				t.Errorf("simple: %q, want %q", got, c.simple)
			}
			if got := string(Relaxed.AppendField(nil, []byte(c.in))); got != c.relaxed {
				t.Errorf("relaxed: %q, want %q", got, c.relaxed)
			}
		})
	}
}

// bodyCases are bodies and their canonical forms.
var bodyCases = []struct{ name, in, simple, relaxed string }{
	{"an empty body", "", "\r\n", ""},
	{"one line end", "\r\n", "\r\n", ""},
	{"many line ends", "\r\n\r\n\r\n", "\r\n", ""},
	{"a line without end", "a", "a\r\n", "a\r\n"},
	{"empty lines at the end", "a\r\n\r\n\r\n", "a\r\n", "a\r\n"},
	{"empty lines in the middle", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
	{"white space at ends of lines", "a \t\r\nb\t\r\n", "a \t\r\nb\t\r\n", "a\r\nb\r\n"},
	{"white space within lines", " a \t b\r\n", " a \t b\r\n", " a b\r\n"},
	{"lines of white space at the end", "a\r\n \t\r\n \r\n", "a\r\n \t\r\n \r\n", "a\r\n"},
	{"nothing but white space", " \t\r\n  ", " \t\r\n  \r\n", ""},
	{"line ends of LF", "a\nb\n\n", "a\r\nb\r\n", "a\r\nb\r\n"},
	{"CR alone is a character", "a\rb \r\n", "a\rb \r\n", "a\rb\r\n"},
	{"CR at the end", "a\r", "a\r\r\n", "a\r\r\n"},
	{"a long line is not cut", strings.Repeat("x y", 5000), strings.Repeat("x y", 5000) + "\r\n", strings.Repeat("x y", 5000) + "\r\n"},
	{"a long run of white space", "a" + strings.Repeat(" ", 9000) + "b", "a" + strings.Repeat(" ", 9000) + "b\r\n", "a b\r\n"},
	{"many lines", strings.Repeat("ab  c\r\n", 3000), strings.Repeat("ab  c\r\n", 3000), strings.Repeat("ab c\r\n", 3000)},
}

func TestBodiesAreCanonicalized(t *testing.T) {
	for _, c := range bodyCases {
		t.Run(c.name, func(t *testing.T) {
			for canon, want := range []string{c.simple, c.relaxed} {
				sum, length := NewBody([]byte(c.in)).Sum(Canon(canon))
				if sum != sha256.Sum256([]byte(want)) || length != int64(len(want)) {
					t.Errorf("%s: a sum of %d bytes, want that of the %d bytes %.50q", Canon(canon), length, len(want), want)
				}
			}
		})
	}
}

func TestBodySumsOfTheirBeginning(t *testing.T) {
	for _, c := range bodyCases {
		for canon, text := range []string{c.simple, c.relaxed} {
			for _, n := range []int{0, 1, len(text) / 2, len(text), len(text) + 7} {
				b := NewBody([]byte(c.in))
				sum, length := b.SumOf(Canon(canon), int64(n))
				if want := sha256.Sum256([]byte(text[:min(n, len(text))])); sum != want || length != int64(len(text)) {
					t.Errorf("%s, %s: the sum of the first %d bytes of %d is wrong", c.name, Canon(canon), n, len(text))
				}
			}
		}
	}
}

// slowRelaxed is the relaxed form as one would write it without care for time.
func slowRelaxed(in []byte) []byte {
	text := strings.ReplaceAll(string(in), "\r\n", "\n")
	var out []string
	for _, line := range strings.Split(text, "\n") {
		for strings.Contains(line, "\t") || strings.Contains(line, "  ") {
			line = strings.ReplaceAll(strings.ReplaceAll(line, "\t", " "), "  ", " ")
		}
		out = append(out, strings.TrimSuffix(line, " "))
	}
	all := strings.TrimRight(strings.Join(out, "\n"), "\n")
	if all == "" {
		return nil
	}
	return []byte(strings.ReplaceAll(all, "\n", "\r\n") + "\r\n")
}

// slowSimple is the simple form as one would write it without care for time.
func slowSimple(in []byte) []byte {
	text := strings.TrimRight(strings.ReplaceAll(string(in), "\r\n", "\n"), "\n") + "\n"
	return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
}

func FuzzBody(f *testing.F) {
	for _, c := range bodyCases {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for canon, want := range [][]byte{slowSimple(in), slowRelaxed(in)} {
			sum, length := NewBody(in).Sum(Canon(canon))
			if sum != sha256.Sum256(want) || length != int64(len(want)) {
				t.Fatalf("%s of %q is not %q", Canon(canon), in, want)
			}
		}
		field := Relaxed.AppendField(nil, in)
		if again := Relaxed.AppendField(nil, field); !bytes.Equal(field, again) {
			t.Fatalf("relaxed twice: %q, then %q", field, again)
		}
	})
}
