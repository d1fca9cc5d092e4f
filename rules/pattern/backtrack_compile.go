package pattern

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"unicode"
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
		b.groups = map[int]int{}
		c := compiler{b: b, sets: map[set]*set{}}
		c.groupsOf(b.tree)
		c.compile(b.tree)
		c.emit(step{op: opDone})
		b.begin()
		b.tree = nil
	})
}

// begin finds out what a match begins with.
func (b *backtracker) begin() {
	relaxed, _ := relax(b.tree)
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

// startsText tells whether a tree begins with \A.
func startsText(re *syntax.Regexp) bool {
	for re.Op == syntax.OpConcat {
		re = re.Sub[0]
	}
	return re.Op == syntax.OpBeginText
}

// firsts gives the bytes that a match may begin with, and whether it may be empty.
func firsts(re *syntax.Regexp) (s set, empty bool) {
	if m, ok := markerOf(re); ok {
		switch m.kind {
		case markGroup, markAtomic:
		case markRepeat:
			s, empty = firsts(re.Sub[0])
			return s, empty || m.args[0] == 0
		case markRef:
			s.add(0, 255)
			return s, true
		default:
			return s, true
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) == 0 {
			return s, true
		}
		return literalSet(re.Rune[0], re.Flags&syntax.FoldCase != 0), false
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return setOfNode(re), false
	case syntax.OpNoMatch:
		return s, false
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			in, may := firsts(sub)
			if s.merge(&in, false); !may {
				return s, false
			}
		}
		return s, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			in, may := firsts(sub)
			s.merge(&in, false)
			empty = empty || may
		}
		return s, empty
	case syntax.OpCapture, syntax.OpPlus:
		return firsts(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest, syntax.OpRepeat:
		s, empty = firsts(re.Sub[0])
		return s, empty || re.Op != syntax.OpRepeat || re.Min == 0
	}
	return s, true
}

// literalSet gives the bytes that a character of a literal stands for.
func literalSet(r rune, fold bool) (s set) {
	if r < beyond {
		s[r] = true
	}
	for f := unicode.SimpleFold(r); fold && f != r; f = unicode.SimpleFold(f) {
		if f < beyond {
			s[f] = true
		}
	}
	return s
}

// setOfNode gives the bytes of a class.
func setOfNode(re *syntax.Regexp) (s set) {
	switch re.Op {
	case syntax.OpAnyChar:
		s.add(0, 255)
	case syntax.OpAnyCharNotNL:
		s.add(0, 255)
		s['\n'] = false
	default:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			s.span(re.Rune[i], re.Rune[i+1])
		}
	}
	return s
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
	first.any, first.least = c.shared(any), last.y
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

// repeat writes a repetition; most < 0: without an end.
func (c *compiler) repeat(body *syntax.Regexp, least, most int, mode uint8) {
	if s, ok := single(body); ok {
		c.emit(step{op: opRun, in: c.shared(s), least: int32(least), most: int32(most), mode: mode})
		return
	}
	for i := range least {
		if i == least-1 && least != most {
			c.rounds(body, least, most, mode)
			return
		}
		if c.compile(body); c.err != nil {
			return
		}
	}
	if least == 0 {
		c.rounds(body, least, most, mode)
	}
}

// rounds writes the last round that must be, and those that may be. A round that takes nothing is the last one.
func (c *compiler) rounds(body *syntax.Regexp, least, most int, mode uint8) {
	var stops []int32
	if least > 0 {
		stops = c.round(body, stops)
	}
	var outs []int32
	for range max(most-least, 0) {
		outs = append(outs, c.choice(body, mode))
		if stops = c.round(body, stops); c.err != nil {
			return
		}
	}
	if most < 0 {
		c.loop(body, mode)
	}
	for _, out := range outs {
		c.leave(out, mode)
	}
	for _, stop := range stops {
		c.to(stop, c.here(), 0)
	}
}

// round writes one round of a repetition. If it can take nothing, a jump that leaves the repetition is added to stops.
func (c *compiler) round(body *syntax.Regexp, stops []int32) []int32 {
	slot := c.mark(body)
	c.compile(body)
	if slot >= 0 {
		moved := c.emit(step{op: opMoved, y: slot})
		stops = append(stops, c.emit(step{op: opJump}))
		c.b.code[moved].x = c.here()
	}
	return stops
}

// mark notes where a round begins, if it can take nothing; else slot is -1.
func (c *compiler) mark(body *syntax.Regexp) (slot int32) {
	if least, _ := bounds(body); least > 0 {
		return -1
	}
	slot = int32(c.b.slots)
	c.b.slots++
	c.emit(step{op: opMark, x: slot})
	return slot
}

// choice begins what may be left out; leave says where that leads.
func (c *compiler) choice(body *syntax.Regexp, mode uint8) int32 {
	split := c.emit(step{op: opSplit})
	if mode == greedy {
		if first := c.firsts(body); c.err == nil {
			c.b.code[split].in = first
		}
	}
	if mode == lazy {
		c.to(split, 0, c.here())
	} else {
		c.to(split, c.here(), 0)
	}
	return split
}

func (c *compiler) leave(split int32, mode uint8) {
	if mode == lazy {
		c.to(split, c.here(), 0)
	} else {
		c.to(split, 0, c.here())
	}
}

// loop repeats without an end. A round that takes nothing is the last one.
func (c *compiler) loop(body *syntax.Regexp, mode uint8) {
	split := c.choice(body, mode)
	slot := c.mark(body)
	c.compile(body)
	if slot >= 0 {
		c.emit(step{op: opMoved, x: split, y: slot})
	} else {
		c.emit(step{op: opJump, x: split})
	}
	c.leave(split, mode)
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

// bounds gives the fewest and the most bytes of a match of a tree with markers; most < 0: no end.
func bounds(re *syntax.Regexp) (least, most int) {
	if m, ok := markerOf(re); ok {
		switch {
		case m.looks() || m.kind == markDollar || m.kind == markLine:
			return 0, 0
		case m.kind == markRef:
			return 0, -1
		case m.kind == markRepeat:
			return times(re.Sub[0], m.args[0], m.args[1])
		}
		return bounds(re.Sub[0])
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune), len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, 1
	case syntax.OpCapture:
		return bounds(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			low, high := bounds(sub)
			least = min(least+low, MaxSource)
			if most < 0 || high < 0 {
				most = -1
			} else {
				most = min(most+high, MaxSource)
			}
		}
		return least, most
	case syntax.OpAlternate:
		least, most = bounds(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			low, high := bounds(sub)
			least = min(least, low)
			if most >= 0 && high >= 0 {
				most = max(most, high)
			} else {
				most = -1
			}
		}
		return least, most
	case syntax.OpStar:
		return times(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		return times(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		return times(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return times(re.Sub[0], re.Min, re.Max)
	}
	return 0, 0
}

func times(re *syntax.Regexp, low, high int) (least, most int) {
	least, most = bounds(re)
	least = min(least*low, MaxSource)
	switch {
	case most == 0:
	case most < 0 || high < 0:
		most = -1
	default:
		most = min(most*high, MaxSource)
	}
	return least, most
}
