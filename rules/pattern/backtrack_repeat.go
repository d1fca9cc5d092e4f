package pattern

import "regexp/syntax"

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
