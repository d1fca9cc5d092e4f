package expr

import "strings"

// Show writes an expression with the number of each name behind it: A=1 && !B=0. src must be one that Parse took.
func Show(src string, number func(n Name) string) string {
	var b strings.Builder
	done := 0
	p := &parser{src: src, expr: &Expr{}, index: map[Name]int32{}}
	p.named = func(n Name, end int) {
		b.WriteString(src[done:end])
		b.WriteString("=" + number(n))
		done = end
	}
	if p.whole() != nil {
		return src
	}
	return b.String() + src[done:]
}
