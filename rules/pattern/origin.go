package pattern

import (
	"regexp/syntax"
	"sync"
	"weak"
)

// Syntax trees are by far the largest form of a pattern, and few patterns of a set are ever run. So no tree is kept: who
// needs one reads the pattern again. Trees that the garbage collector has not taken yet are used once more.

// origin is a pattern as written, from which its trees can be had at any time.
type origin struct {
	source string

	mu    sync.Mutex
	trees weak.Pointer[forest]
}

// forest is the tree of a pattern, and those of its branches.
type forest struct {
	whole    *syntax.Regexp
	branches []*syntax.Regexp
}

// wholeTree stands for the whole pattern in place of a branch's number.
const wholeTree = -1

// newOrigin notes a pattern that was read.
func newOrigin(source string, tree *syntax.Regexp) (*origin, *forest) {
	f := &forest{tree, alternatives(tree)}
	return &origin{source: source, trees: weak.Make(f)}, f
}

// tree gives the tree of a branch. The pattern was read before, so this can't fail.
func (o *origin) tree(branch int) *syntax.Regexp {
	f := o.forest()
	if branch == wholeTree {
		return f.whole
	}
	return f.branches[branch]
}

func (o *origin) forest() *forest {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.trees.Value()
	if f == nil {
		tree := mustParse(o.source, false)
		f = &forest{tree, alternatives(tree)}
		o.trees = weak.Make(f)
	}
	return f
}

// mustParse reads a pattern that was read before. groups: all groups are marked.
func mustParse(source string, groups bool) *syntax.Regexp {
	body, flags, err := Split(source)
	if err == nil {
		var tree *syntax.Regexp
		if tree, _, err = parse(body, flags, groups); err == nil {
			return tree
		}
	}
	panic("pattern: " + source + ": " + err.Error())
}

// at gives what reads the tree of a branch again.
func (o *origin) at(branch int) func() *syntax.Regexp {
	return func() *syntax.Regexp { return o.tree(branch) }
}
