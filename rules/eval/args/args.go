// Package args reads the arguments of calls in rules.
package args

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"weir/rules/eval"
	"weir/rules/pattern"
)

// Text gives an argument; there is false if the call has fewer.
func Text(c eval.Call, i int) (value string, there bool) {
	if i >= len(c.Args) {
		return "", false
	}
	return c.Args[i], true
}

// Number gives an argument that is a number; otherwise if the call has fewer.
func Number(c eval.Call, i int, otherwise float64) (float64, error) {
	s, there := Text(c, i)
	if !there {
		return otherwise, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(n) {
		return 0, fmt.Errorf("%s: argument %d is %q, which is no number", c.Name, i+1, s)
	}
	return n, nil
}

// Needed gives an argument that is a number and must be there.
func Needed(c eval.Call, i int) (float64, error) {
	if i >= len(c.Args) {
		return 0, fmt.Errorf("%s: argument %d is missing, which is a number", c.Name, i+1)
	}
	return Number(c, i, 0)
}

// Two gives two arguments, one behind the other, that are numbers and must be there.
func Two(c eval.Call, i int) (first, second float64, err error) {
	if first, err = Needed(c, i); err == nil {
		second, err = Needed(c, i+1)
	}
	return first, second, err
}

// Range is from the smallest to the largest value that count.
type Range struct{ Min, Max float64 }

// Between gives the range of two arguments, both of them values that count. Without the second, or with the word undef in
// its place, there is no upper end.
func Between(c eval.Call, i int) (Range, error) {
	r := Range{Max: math.Inf(1)}
	var err error
	if r.Min, err = Needed(c, i); err != nil {
		return r, err
	}
	if s, there := Text(c, i+1); there && s != "undef" {
		r.Max, err = Number(c, i+1, 0)
	}
	return r, err
}

// Has tells whether a value lies in the range, its ends being part of it.
func (r Range) Has(v float64) bool { return v >= r.Min && v <= r.Max }

// Above tells whether a value lies in the range, whose lower end is not part of it, unless it is 0: then everything up to the
// upper end counts, also what is below 0.
func (r Range) Above(v float64) bool { return (r.Min == 0 || v > r.Min) && v <= r.Max }

// Pattern compiles an argument that is a Perl pattern, with or without delimiters, and must be there.
func Pattern(c eval.Call, i int) (*pattern.Pattern, error) {
	s, there := Text(c, i)
	if !there {
		return nil, fmt.Errorf("%s: argument %d is missing, which is a pattern", c.Name, i+1)
	}
	p, err := pattern.Compile(Delimited(s))
	if err != nil {
		return nil, fmt.Errorf("%s: argument %d: %w", c.Name, i+1, err)
	}
	return p, nil
}

// Delimited puts a pattern between slashes, unless it has delimiters already, as in /…/i or m{…}x.
func Delimited(s string) string {
	if len(s) > 1 && s[0] == '/' && strings.LastIndexByte(s, '/') > 0 {
		return s
	}
	if len(s) > 2 && s[0] == 'm' && strings.IndexByte("{!/|,#%(<", s[1]) >= 0 {
		return s
	}
	var b strings.Builder
	b.WriteByte('/')
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b.WriteByte(s[i])
			i++
		case s[i] == '/':
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('/')
	return b.String()
}

// Yes turns a truth into how often it hit.
func Yes(b bool) int {
	if b {
		return 1
	}
	return 0
}
