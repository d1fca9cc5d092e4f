package pattern

import (
	"regexp/syntax"

	"weir/rules/ascii"
)

// classes are the sets of bytes that no instruction of a program tells apart, and what of the byte before matters to one.
type classes struct {
	looks look
	class [256]uint8
	bytes [256]byte // a byte of each class
	width uint32    // columns of a row: one for each class, and the last one for the end of the text
}

// look is what a state knows of the byte before.
type look uint8

const (
	atStart look = 1 << iota // there is none
	afterLine
	afterWord
)

// after tells what of a byte matters to the next step.
func (d *classes) after(c byte) look {
	switch {
	case c == '\n':
		return afterLine & d.looks
	case ascii.Word(c):
		return afterWord & d.looks
	}
	return 0
}

// rune gives a byte that looks alike from behind.
func (l look) rune() rune {
	switch {
	case l&atStart != 0:
		return -1
	case l&afterLine != 0:
		return '\n'
	case l&afterWord != 0:
		return 'a'
	}
	return ' '
}

// classify finds the classes of a program's bytes.
func (d *classes) classify(p *code) {
	count := 1
	split := func(in func(c byte) bool) {
		var now [256][2]int // by class, and whether the byte is in: the new class + 1
		count = 0
		for c := range 256 {
			half := 0
			if in(byte(c)) {
				half = 1
			}
			class := &now[d.class[c]][half]
			if *class == 0 {
				count++
				*class = count
			}
			d.class[c] = uint8(*class - 1)
		}
	}
	for i := range p.sets {
		split(p.sets[i].has)
	}
	for i := range p.insts {
		if in := &p.insts[i]; in.op == syntax.InstEmptyWidth {
			d.looks |= looksOf(syntax.EmptyOp(in.arg))
			if syntax.EmptyOp(in.arg)&(syntax.EmptyBeginLine|syntax.EmptyEndLine) != 0 {
				split(func(c byte) bool { return c == '\n' })
			}
		}
	}
	if d.looks&afterWord != 0 {
		split(ascii.Word)
	}
	for c := 255; c >= 0; c-- {
		d.bytes[d.class[c]] = byte(c)
	}
	d.width = uint32(max(count+1, specials))
}

// looksOf tells what of the byte before an assertion looks at.
func looksOf(op syntax.EmptyOp) (l look) {
	if op&(syntax.EmptyBeginText|syntax.EmptyBeginLine) != 0 {
		l |= atStart
	}
	if op&syntax.EmptyBeginLine != 0 {
		l |= afterLine
	}
	if op&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		l |= afterWord
	}
	return l
}
