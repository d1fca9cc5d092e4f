package craft

import (
	"regexp"

	"weir/rules"
)

var metaWord = regexp.MustCompile(`&&|\|\||[!()]|[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|[<>=+*/-]+`)

// meta aims at what a meta needs: names that an odd number of ! stands before are left out, of names that || joins some
// are taken at random.
func (d *draft) meta(r *rules.Rule, depth int) {
	if depth > maxNested {
		return
	}
	words := metaWord.FindAllString(r.Text, -1)
	var not []bool // for each open parenthesis: what is within is negated
	negated, next := false, false
	for i, w := range words {
		switch {
		case w == "!":
			next = !next
			continue
		case w == "(":
			not = append(not, negated)
			negated = negated != next
		case w == ")":
			if n := len(not); n > 0 {
				negated, not = not[n-1], not[:n-1]
			}
		default:
			if needed := d.maker.set.Rule(w); needed != nil && negated == next && !d.skips(words, i) {
				d.aim(needed, depth+1)
			}
		}
		next = false
	}
}

// skips tells, for a name that is one of several, whether it is left out this time.
func (d *draft) skips(words []string, i int) bool {
	either := i > 0 && words[i-1] == "||" || i+1 < len(words) && words[i+1] == "||"
	return either && d.IntN(3) > 0
}
