package pattern

import (
	"regexp/syntax"
	"sync"
)

// Many patterns that are counted stand for a few words: the letters that look like an e. Their matches are counted by a
// look at each place, without an engine.

// words are all texts that a pattern matches, by their first byte; those that it would rather match are first.
type words [256][]string

// Bounds of words.
const (
	maxWords = 512
	maxWord  = 16 // bytes
)

// listed makes words when they are first asked for.
type listed struct {
	once sync.Once
	list *words
}

// words gives the words of a pattern; nil: it is more than words.
func (p *Pattern) words() *words {
	p.listed.once.Do(func() {
		if p.whole.backtracks || p.whole.empty {
			return
		}
		tree, err := syntax.Parse(p.whole.source(), syntax.Perl)
		if err != nil {
			return
		}
		if list, ok := spellOut(tree); ok {
			p.listed.list = &words{}
			for _, w := range list {
				p.listed.list[w[0]] = append(p.listed.list[w[0]], w)
			}
		}
	})
	return p.listed.list
}

// count counts the words that begin in a span of a text, up to want. They don't overlap.
func (l *words) count(text []byte, in span, want int) (n int) {
	for i := in.from; i < len(text) && i <= in.to && n < want; i++ {
		for _, w := range l[text[i]] {
			if len(text)-i >= len(w) && string(text[i:i+len(w)]) == w {
				n++
				i += len(w) - 1
				break
			}
		}
	}
	return n
}

// spellOut lists the texts that a tree matches, in the order in which it tries them.
func spellOut(re *syntax.Regexp) ([]string, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		list := []string{""}
		for _, r := range re.Rune {
			in := literalSet(r, re.Flags&syntax.FoldCase != 0)
			if list = joined(list, in.members()); list == nil {
				return nil, false
			}
		}
		return list, true
	case syntax.OpCharClass:
		in := setOfNode(re)
		return in.members(), true
	case syntax.OpCapture:
		return spellOut(re.Sub[0])
	case syntax.OpConcat:
		return spellRow(re.Sub)
	case syntax.OpAlternate:
		return spellEither(re.Sub)
	case syntax.OpQuest:
		list, ok := spellOut(re.Sub[0])
		if re.Flags&syntax.NonGreedy != 0 {
			return append([]string{""}, list...), ok
		}
		return append(list, ""), ok
	}
	return nil, false
}

func spellRow(subs []*syntax.Regexp) ([]string, bool) {
	list := []string{""}
	for _, sub := range subs {
		next, ok := spellOut(sub)
		if list = joined(list, next); !ok || list == nil {
			return nil, false
		}
	}
	return list, true
}

func spellEither(subs []*syntax.Regexp) (list []string, ok bool) {
	for _, sub := range subs {
		next, ok := spellOut(sub)
		if list = append(list, next...); !ok || len(list) > maxWords {
			return nil, false
		}
	}
	return list, true
}

// joined puts each of b behind each of a; nil: that is too much.
func joined(a, b []string) []string {
	if len(a)*len(b) > maxWords {
		return nil
	}
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			if len(x)+len(y) > maxWord {
				return nil
			}
			out = append(out, x+y)
		}
	}
	return out
}

// members lists the bytes of a set.
func (s *set) members() []string {
	list := []string{}
	for c, in := range s {
		if in {
			list = append(list, string([]byte{byte(c)}))
		}
	}
	return list
}

// loneOf gives the only byte that matches of a tree begin with; -1: there are several.
func loneOf(tree *syntax.Regexp) int16 {
	in, empty := firsts(tree)
	if empty {
		return -1
	}
	return in.lone()
}

// lone gives the only member of a set; -1: there are several, or none.
func (s *set) lone() int16 {
	lone := int16(-1)
	for c, in := range s {
		if in && lone >= 0 {
			return -1
		}
		if in {
			lone = int16(c)
		}
	}
	return lone
}
