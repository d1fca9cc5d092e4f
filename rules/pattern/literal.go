package pattern

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
)

// In literals, as in texts that are searched for them, any run of white space is one blank: "wire\s+transfer" and
// "wire transfer" need the same. So a literal that is there does not yet say which white space is.

// Bounds on the literals of one pattern.
const (
	minLiteral  = 2   // bytes; shorter ones are in nearly every text
	longLiteral = 16  // bytes; longer ones are cut, the start will do
	maxLiterals = 96  // literals of one branch
	maxBranches = 256 // alternatives of one pattern that are tried one by one
	maxClass    = 6   // members of a class that are spelt out
)

// facts are what is known of the texts that match a piece of a pattern.
type facts struct {
	all   []string // every text that matches, in lower case; nil: too many or unknown
	some  []string // at least one of these is in every text that matches; nil: unknown
	ahead int      // the most steps before the first of some; endless: no bound
	loose bool     // all holds more than what matches: case, classes cut short, anchors
}

// required gives the literals that a pattern can't match without, and whether finding one, in any case, is a match. A match
// begins at most reach steps before the end of the first literal in the text.
func required(tree *syntax.Regexp) (literals []string, exact bool, reach int) {
	f := learn(tree)
	some, ahead := f.best()
	literals, longest, cut := trimmed(some)
	if quality(literals) < minLiteral {
		return nil, false, endless
	}
	return leanest(literals), f.all != nil && !f.loose && !cut, min(ahead+longest, endless)
}

// trimmed writes literals as they are looked for, and tells the length of the longest, and whether one was cut.
func trimmed(set []string) (literals []string, longest int, cut bool) {
	literals = slices.Clone(set)
	for i, s := range literals {
		if literals[i] = oneBlank(s); len(literals[i]) > longLiteral {
			literals[i], cut = literals[i][:longLiteral], true
		}
		longest = max(longest, len(literals[i]))
	}
	return literals, longest, cut
}

// best is the better one of the two sets, and the most steps before it.
func (f *facts) best() ([]string, int) {
	if firstIsBetter(f.all, f.some) {
		return f.all, 0
	}
	return f.some, f.ahead
}

// oneBlank leaves one blank of each run of them.
func oneBlank(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

// leanest leaves out literals that hold another one.
func leanest(set []string) []string {
	slices.SortFunc(set, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	out := set[:0]
	for _, s := range set {
		if !slices.ContainsFunc(out, func(t string) bool { return strings.Contains(s, t) }) {
			out = append(out, s)
		}
	}
	return out
}

// link is how the links of mails begin: pieces of it are in most texts, and say as little as the shortest of literals.
const link = "https://www."

// quality of a set is its shortest literal.
func quality(set []string) int {
	if len(set) == 0 {
		return 0
	}
	n := longLiteral
	for _, s := range set {
		if n = min(n, len(s)); n > minLiteral && strings.Contains(link, s) {
			n = minLiteral
		}
	}
	return n
}

// firstIsBetter tells whether a lets fewer texts through than b.
func firstIsBetter(a, b []string) bool {
	qa, qb := quality(a), quality(b)
	return qa > qb || qa == qb && qa > 0 && len(a) <= len(b)
}

func learn(re *syntax.Regexp) facts {
	switch re.Op {
	case syntax.OpLiteral:
		return literalFacts(re)
	case syntax.OpCharClass:
		return classFacts(re)
	case syntax.OpEmptyMatch:
		return facts{all: []string{""}}
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return facts{all: []string{""}, loose: true}
	case syntax.OpCapture:
		return learn(re.Sub[0])
	case syntax.OpConcat:
		return concatFacts(re.Sub)
	case syntax.OpAlternate:
		return alternateFacts(re.Sub)
	case syntax.OpQuest:
		return questFacts(learn(re.Sub[0]))
	case syntax.OpStar:
		if isBlank(re.Sub[0]) {
			return facts{all: []string{" ", ""}, loose: true}
		}
	case syntax.OpPlus:
		f := learn(re.Sub[0])
		if isBlank(re.Sub[0]) {
			return f
		}
		return f.once()
	case syntax.OpRepeat:
		return repeatFacts(re)
	}
	return facts{}
}

// once is what is known of a text that begins with a match.
func (f *facts) once() facts {
	some, ahead := f.best()
	return facts{some: some, ahead: ahead}
}

// isBlank tells whether a piece is white space, whatever of it.
func isBlank(re *syntax.Regexp) bool {
	f := learn(re)
	return len(f.all) == 1 && f.all[0] == " "
}

func literalFacts(re *syntax.Regexp) facts {
	b := make([]byte, 0, len(re.Rune))
	loose := false
	for _, r := range re.Rune {
		if r > 0xFF {
			return facts{}
		}
		c := plainByte(byte(r))
		loose = loose || c == ' ' || c >= 'a' && c <= 'z' && re.Flags&syntax.FoldCase == 0
		b = append(b, c)
	}
	return facts{all: []string{string(b)}, loose: loose}
}

func classFacts(re *syntax.Regexp) facts {
	var members []byte
	var in set
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i] > 0xFF { // no text has it
			break
		}
		for r := re.Rune[i]; r <= min(re.Rune[i+1], 0xFF); r++ {
			if len(members) > 2*maxClass {
				return facts{}
			}
			in[r] = true
			members = append(members, plainByte(byte(r)))
		}
	}
	slices.Sort(members)
	members = slices.Compact(members)
	if len(members) == 0 || len(members) > maxClass {
		return facts{}
	}
	f := facts{}
	for _, c := range members {
		f.all = append(f.all, string([]byte{c}))
		f.loose = f.loose || c == ' ' || c >= 'a' && c <= 'z' && in[c] != in[c^0x20]
	}
	return f
}

func alternateFacts(subs []*syntax.Regexp) facts {
	out := facts{all: []string{}, some: []string{}}
	for _, sub := range subs {
		f := learn(sub)
		out.loose = out.loose || f.loose
		if some, ahead := f.best(); out.some != nil && quality(some) > 0 {
			out.some, out.ahead = append(out.some, some...), max(out.ahead, ahead)
		} else {
			out.some = nil
		}
		if out.all != nil && f.all != nil {
			out.all = append(out.all, f.all...)
		} else {
			out.all = nil
		}
	}
	if len(out.all) > maxLiterals {
		out.all = nil
	}
	if len(out.some) > maxLiterals {
		out.some = nil
	}
	return out
}

func questFacts(f facts) facts {
	if f.all == nil || len(f.all) >= maxLiterals {
		return facts{}
	}
	return facts{all: append(slices.Clone(f.all), ""), loose: f.loose}
}

func repeatFacts(re *syntax.Regexp) facts {
	f := learn(re.Sub[0])
	blank := isBlank(re.Sub[0])
	switch {
	case re.Min == 0 && (blank || re.Max == 1):
		return questFacts(f)
	case re.Min == 0:
		return facts{}
	case blank:
		return f
	}
	if re.Min == re.Max && len(f.all) == 1 && len(f.all[0])*re.Min <= longLiteral {
		return facts{all: []string{strings.Repeat(f.all[0], re.Min)}, loose: f.loose}
	}
	return f.once()
}

// plainByte is how literals have a byte: in lower case, and white space as a blank.
func plainByte(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c | 0x20
	case c >= '\t' && c <= '\r':
		return ' '
	}
	return c
}

// alternatives takes a pattern apart into branches: A|B, and \b(?:A|B)c, which is \bAc|\bBc.
func alternatives(tree *syntax.Regexp) []*syntax.Regexp {
	out := split(tree)
	if len(out) == 0 || len(out) > maxBranches {
		return []*syntax.Regexp{tree}
	}
	return out
}

func split(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpAlternate:
		var out []*syntax.Regexp
		for _, sub := range re.Sub {
			out = append(out, split(sub)...)
		}
		return out
	case syntax.OpConcat:
		i := 0
		for i < len(re.Sub)-1 && takesNone(re.Sub[i]) {
			i++
		}
		parts := split(re.Sub[i])
		if len(parts) < 2 || len(parts) > maxBranches {
			break
		}
		out := make([]*syntax.Regexp, 0, len(parts))
		for _, part := range parts {
			whole := slices.Concat(re.Sub[:i], []*syntax.Regexp{part}, re.Sub[i+1:])
			out = append(out, &syntax.Regexp{Op: syntax.OpConcat, Flags: re.Flags, Sub: whole})
		}
		return out
	}
	return []*syntax.Regexp{re}
}

// takesNone tells whether a piece of a pattern only looks.
func takesNone(re *syntax.Regexp) bool {
	m, ok := markerOf(re)
	return isEdge(re.Op) || ok && m.looks()
}

// isEdge tells whether an element takes no byte.
func isEdge(op syntax.Op) bool {
	switch op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	return false
}
