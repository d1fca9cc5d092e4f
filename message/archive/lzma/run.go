package lzma

// run decodes size bytes, or up to the end mark where size is below 0.
func (d *decoder) run(size int64) error {
	s := d.sink
	end := int64(len(s.Out)) + size
	for size < 0 || int64(len(s.Out)) < end {
		if err := s.room(); err != nil {
			return err
		}
		if d.over {
			return ErrShort
		}
		done, err := d.step(end, size < 0)
		if err != nil || done {
			return err
		}
	}
	return nil
}

// step decodes one symbol: a literal, a match, or the end mark (done).
func (d *decoder) step(end int64, marked bool) (done bool, err error) {
	s := d.sink
	pos := (len(s.Out) - s.start) & (1<<d.pb - 1)
	if d.bit(&d.isMatch[d.state][pos]) == 0 {
		return false, d.putLiteral()
	}
	var length int
	if d.bit(&d.isRep[d.state]) == 0 {
		d.rep[3], d.rep[2], d.rep[1] = d.rep[2], d.rep[1], d.rep[0]
		length = d.matchLength(&d.length, pos)
		d.state = after(d.state, 7, 10)
		if d.rep[0] = d.distance(length); d.rep[0] == 0xffffffff {
			return true, nil
		}
	} else {
		if int64(d.rep[0]) >= int64(len(s.Out)-s.start) {
			return false, d.corrupt()
		}
		short := false
		if length, short = d.repeated(pos); short {
			s.Out = append(s.Out, s.Out[len(s.Out)-int(d.rep[0])-1])
			return false, nil
		}
	}
	return false, d.copyMatch(length+minMatch, end, marked)
}

// after gives the state that follows a match.
func after(state, fromLiteral, fromMatch int) int {
	if state < 7 {
		return fromLiteral
	}
	return fromMatch
}

// repeated picks one of the last four distances; short: one byte at the last one.
func (d *decoder) repeated(pos int) (length int, short bool) {
	switch {
	case d.bit(&d.isRepG0[d.state]) == 0:
		if d.bit(&d.isRep0Long[d.state][pos]) == 0 {
			d.state = after(d.state, 9, 11)
			return 0, true
		}
	case d.bit(&d.isRepG1[d.state]) == 0:
		d.rep[0], d.rep[1] = d.rep[1], d.rep[0]
	case d.bit(&d.isRepG2[d.state]) == 0:
		d.rep[0], d.rep[1], d.rep[2] = d.rep[2], d.rep[0], d.rep[1]
	default:
		d.rep[0], d.rep[1], d.rep[2], d.rep[3] = d.rep[3], d.rep[0], d.rep[1], d.rep[2]
	}
	length = d.matchLength(&d.repLength, pos)
	d.state = after(d.state, 8, 11)
	return length, false
}

// putLiteral decodes one byte.
func (d *decoder) putLiteral() error {
	s := d.sink
	prev := byte(0)
	n := len(s.Out)
	if n > s.start {
		prev = s.Out[n-1]
	}
	ctx := ((n-s.start)&(1<<d.lp-1))<<d.lc + int(prev>>(8-d.lc))
	probs := d.literal[0x300*ctx : 0x300*ctx+0x300]
	sym := uint32(1)
	if d.state >= 7 {
		if int64(d.rep[0]) >= int64(n-s.start) {
			return d.corrupt()
		}
		match := uint32(s.Out[n-int(d.rep[0])-1])
		for sym < 0x100 {
			mb := match >> 7 & 1
			match <<= 1
			b := d.bit(&probs[(1+mb)<<8+sym])
			sym = sym<<1 | b
			if mb != b {
				break
			}
		}
	}
	for sym < 0x100 {
		sym = sym<<1 | d.bit(&probs[sym])
	}
	s.Out = append(s.Out, byte(sym))
	switch {
	case d.state < 4:
		d.state = 0
	case d.state < 10:
		d.state -= 3
	default:
		d.state -= 6
	}
	return nil
}

// copyMatch repeats length bytes from further up. A match that would go beyond the stream's size is corrupt; what fits
// of it is kept.
func (d *decoder) copyMatch(length int, end int64, marked bool) error {
	s := d.sink
	if int64(d.rep[0]) >= int64(len(s.Out)-s.start) {
		return d.corrupt()
	}
	var err error
	if !marked && int64(length) > end-int64(len(s.Out)) {
		length, err = int(end-int64(len(s.Out))), ErrCorrupt
	}
	if fits := s.Max - len(s.Out); length > fits {
		length, err = fits, ErrLimit
	}
	from := len(s.Out) - int(d.rep[0]) - 1
	if from+length <= len(s.Out) {
		s.Out = append(s.Out, s.Out[from:from+length]...)
		return err
	}
	for i := range length {
		s.Out = append(s.Out, s.Out[from+i])
	}
	return err
}

// corrupt tells why the data makes no sense: where it ended, that is why.
func (d *decoder) corrupt() error {
	if d.at > len(d.src)+4 {
		return ErrShort
	}
	return ErrCorrupt
}
