package pattern

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// maxBehind is how far a pattern may look behind; Perl's limit too.
const maxBehind = 255

// check compiles a tree to see what is wrong with it. A backtracker is compiled when it first runs.
func check(tree *syntax.Regexp) error {
	c := compiler{b: &backtracker{groups: map[int]int{}}, sets: map[set]*set{}}
	c.groupsOf(tree)
	c.compile(tree)
	return c.err
}

// ready compiles the engine.
func (b *backtracker) ready() {
	b.make.Do(func() {
		tree := b.tree()
		b.groups = map[int]int{}
		c := compiler{b: b, sets: map[set]*set{}}
		c.groupsOf(tree)
		c.compile(tree)
		c.emit(step{op: opDone})
		b.code = slices.Clone(b.code) // without room to grow
		b.begin(tree)
	})
}

// begin finds out what a match begins with.
func (b *backtracker) begin(tree *syntax.Regexp) {
	relaxed, _ := relax(tree)
	first, empty := firsts(relaxed)
	b.fixed = startsText(relaxed)
	b.lone = -1
	if empty {
		return
	}
	b.first = &first
	n := 0
	for c, in := range first {
		if in {
			n, b.lone = n+1, c
		}
	}
	if n != 1 {
		b.lone = -1
	}
}

// compiler writes the steps of a tree.
type compiler struct {
	b    *backtracker
	sets map[set]*set
	err  error
}

// groupsOf gives slots to the groups of a tree.
func (c *compiler) groupsOf(re *syntax.Regexp) {
	if m, ok := markerOf(re); ok && m.kind == markGroup {
		c.b.groups[m.args[0]] = c.b.slots
		c.b.slots += 3 // where it began, and what it matched last
	}
	for _, sub := range re.Sub {
		c.groupsOf(sub)
	}
}

func (c *compiler) emit(s step) int32 {
	if len(c.b.code) >= MaxInsts {
		c.fail(fmt.Errorf("the pattern needs more than %d instructions: use smaller repeat counts or split the rule", MaxInsts))
	} else {
		c.b.code = append(c.b.code, s)
	}
	return int32(len(c.b.code) - 1)
}

func (c *compiler) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *compiler) here() int32 { return int32(len(c.b.code)) }

// shared gives one copy of equal sets.
func (c *compiler) shared(s set) *set {
	if c.sets == nil {
		return &s
	}
	if c.sets[s] == nil {
		c.sets[s] = &s
	}
	return c.sets[s]
}

func (c *compiler) compile(re *syntax.Regexp) {
	if c.err != nil {
		return
	}
	if m, ok := markerOf(re); ok {
		c.marker(m, re.Sub[0])
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			c.one(literalSet(r, re.Flags&syntax.FoldCase != 0))
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		c.one(setOfNode(re))
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			c.compile(sub)
		}
	case syntax.OpAlternate:
		c.alternate(re.Sub)
	case syntax.OpStar:
		c.repeat(re.Sub[0], 0, -1, modeOf(re))
	case syntax.OpPlus:
		c.repeat(re.Sub[0], 1, -1, modeOf(re))
	case syntax.OpQuest:
		c.repeat(re.Sub[0], 0, 1, modeOf(re))
	case syntax.OpRepeat:
		c.repeat(re.Sub[0], re.Min, re.Max, modeOf(re))
	case syntax.OpNoMatch:
		c.emit(step{op: opFail})
	case syntax.OpEmptyMatch:
	default:
		c.emit(step{op: assertions[re.Op]})
	}
}

var assertions = map[syntax.Op]opcode{syntax.OpBeginText: opBeginText, syntax.OpEndText: opEndText, syntax.OpBeginLine: opBeginLine,
	syntax.OpEndLine: opEndLine, syntax.OpWordBoundary: opEdge, syntax.OpNoWordBoundary: opNoEdge}

func modeOf(re *syntax.Regexp) uint8 {
	if re.Flags&syntax.NonGreedy != 0 {
		return lazy
	}
	return greedy
}

// one takes one byte of a set.
func (c *compiler) one(s set) {
	n, last := 0, 0
	for b, in := range s {
		if in {
			n, last = n+1, b
		}
	}
	switch n {
	case 0:
		c.emit(step{op: opFail})
	case 1:
		c.emit(step{op: opByte, c: byte(last)})
	default:
		c.emit(step{op: opSet, in: c.shared(s)})
	}
}

func (c *compiler) alternate(subs []*syntax.Regexp) {
	var ends, splits []int32
	for i, sub := range subs {
		if i == len(subs)-1 {
			c.compile(sub)
			break
		}
		split := c.emit(step{op: opSplit, in: c.firsts(sub)})
		splits = append(splits, split)
		c.to(split, c.here(), 0)
		c.compile(sub)
		ends = append(ends, c.emit(step{op: opJump}))
		c.to(split, 0, c.here())
	}
	for _, end := range ends {
		c.to(end, c.here(), 0)
	}
	for block := range slices.Chunk(splits, skipped) {
		c.skip(block)
	}
}

// skipped is how many choices of a long row are left out at once where none of them begins with the next byte.
const skipped = 16

// skip lets the first of some choices lead behind the last one.
func (c *compiler) skip(splits []int32) {
	if len(splits) < 4 || c.err != nil {
		return
	}
	var any set
	for _, i := range splits {
		in := c.b.code[i].in
		if in == nil {
			return
		}
		any.merge(in, false)
	}
	first, last := &c.b.code[splits[0]], &c.b.code[splits[len(splits)-1]]
	if len(c.b.skips) == 0 {
		c.b.skips = append(c.b.skips, nil) // 0 is none
	}
	first.most, first.least = int32(len(c.b.skips)), last.y
	c.b.skips = append(c.b.skips, c.shared(any))
}

// firsts gives the bytes that a piece begins with; nil: it may take none.
func (c *compiler) firsts(re *syntax.Regexp) *set {
	s, empty := firsts(re)
	if empty {
		return nil
	}
	return c.shared(s)
}

// to sets where a step leads; 0 leaves it as it is.
func (c *compiler) to(at, x, y int32) {
	if x != 0 {
		c.b.code[at].x = x
	}
	if y != 0 {
		c.b.code[at].y = y
	}
}

// single tells whether a piece is one byte of a set.
func single(re *syntax.Regexp) (s set, ok bool) {
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return setOfNode(re), true
	case syntax.OpLiteral:
		if len(re.Rune) == 1 {
			return literalSet(re.Rune[0], re.Flags&syntax.FoldCase != 0), true
		}
	}
	return s, false
}

func (c *compiler) marker(m marker, body *syntax.Regexp) {
	switch m.kind {
	case markDollar:
		c.emit(step{op: opDollar})
	case markLine:
		c.emit(step{op: opBeginLine})
	case markGroup:
		slot := int32(c.b.groups[m.args[0]])
		c.emit(step{op: opOpen, x: slot})
		c.compile(body)
		c.emit(step{op: opClose, x: slot})
	case markRef:
		slot, ok := c.b.groups[m.args[0]]
		if !ok { // the group is in another alternative: it never matched
			c.emit(step{op: opFail})
			return
		}
		c.emit(step{op: opRef, x: int32(slot), mode: uint8(m.args[1])})
	case markRepeat:
		c.repeat(body, m.args[0], m.args[1], uint8(m.args[2]))
	case markAtomic:
		c.atomic(body)
	default:
		c.look(m, body)
	}
}

func (c *compiler) atomic(body *syntax.Regexp) {
	at := c.emit(step{op: opAtomic})
	c.to(at, c.here(), 0)
	c.compile(body)
	if c.err == nil && c.here() == at+2 && c.b.code[at+1].op == opRun && c.b.code[at+1].mode == greedy {
		c.b.code[at] = c.b.code[at+1]
		c.b.code[at].mode = possessive
		c.b.code = c.b.code[:at+1]
		return
	}
	c.emit(step{op: opInner})
	c.to(at, 0, c.here())
}

func (c *compiler) look(m marker, body *syntax.Regexp) {
	s := step{op: opLook}
	if m.kind == markNotAhead || m.kind == markNotBehind {
		s.mode |= lookNot
	}
	if m.kind == markBehind || m.kind == markNotBehind {
		least, most := bounds(body)
		if most < 0 || most > maxBehind {
			c.fail(fmt.Errorf("a lookbehind may be %d bytes long at most: (?<=…) and (?<!…) need a text of bounded length", maxBehind))
			return
		}
		s.mode |= lookBack
		s.least, s.most = int32(least), int32(most)
	}
	at := c.emit(s)
	c.to(at, c.here(), 0)
	c.compile(body)
	c.emit(step{op: opInner})
	c.to(at, 0, c.here())
}
