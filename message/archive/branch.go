package archive

import "compress/bzip2"

// msByte tells whether a byte is the highest of an address that the filter changed.
func msByte(b byte) bool { return b == 0 || b == 0xff }

// unBCJ undoes the filter for x86 programs: targets of calls and jumps become relative again (LZMA SDK, x86 branch
// converter).
func unBCJ(data []byte) {
	allowed := [8]bool{true, true, true, false, true}
	number := [8]int{0, 1, 2, 2, 3, 3, 3, 3}
	mask, prev := 0, -1
	for at := 0; at+4 < len(data); {
		if data[at]&0xfe != 0xe8 {
			at++
			continue
		}
		gap := at - prev
		if prev = at; gap > 3 {
			mask = 0
		} else if mask = mask << (gap - 1) & 7; mask != 0 && (!allowed[mask] || msByte(data[at+4-number[mask]])) {
			mask = mask<<1&7 | 1
			at++
			continue
		}
		if !msByte(data[at+4]) {
			mask = mask<<1&7 | 1
			at++
			continue
		}
		dest := relative(little.Uint32(data[at+1:]), uint32(at+5), mask, number[mask])
		little.PutUint32(data[at+1:], dest&0x1ffffff|-(dest>>24&1)<<24)
		at += 5
	}
}

// relative turns an absolute target back.
func relative(src, ip uint32, mask, number int) uint32 {
	for {
		dest := src - ip
		if mask == 0 {
			return dest
		}
		index := number * 8
		if !msByte(byte(dest >> (24 - index))) {
			return dest
		}
		src = dest ^ (1<<(32-index) - 1)
	}
}

// undelta adds to each byte the one that is distance before it.
func undelta(b []byte, distance int) {
	for i := distance; i < len(b); i++ {
		b[i] += b[i-distance]
	}
}

// bunzip unpacks bzip2 within 7z.
func (p *pipe) bunzip(in []byte, size int64) ([]byte, Problem) {
	return p.unpack(bzip2.NewReader(&input{w: p.Walker, data: in}), size, int64(len(in)))
}

// bcj2 joins the four streams that 7-Zip splits programs into: the code, the targets of calls and of jumps, and bits that
// tell where there is one.
func (p *pipe) bcj2(ins [4][]byte, size int64) ([]byte, Problem) {
	if size > p.left {
		return nil, TooLarge
	}
	size = min(size, int64(len(ins[0])+len(ins[1])+len(ins[2])))
	p.left -= size
	out := make([]byte, 0, size)
	bits := newBits(ins[3])
	prev := byte(0)
	for _, b := range ins[0] {
		if int64(len(out)) >= size {
			break
		}
		out = append(out, b)
		if b&0xfe != 0xe8 && !(prev == 0x0f && b&0xf0 == 0x80) {
			prev = b
			continue
		}
		from, prob := &ins[2], 257
		switch b {
		case 0xe8:
			from, prob = &ins[1], int(prev)
		case 0xe9:
			prob = 256
		}
		prev = b
		if !bits.next(prob) {
			continue
		}
		if len(*from) < 4 || int64(len(out)) > size-4 {
			return out, Broken
		}
		target := (*from)[:4]
		*from = (*from)[4:]
		v := uint32(target[0])<<24 | uint32(target[1])<<16 | uint32(target[2])<<8 | uint32(target[3])
		v -= uint32(len(out) + 4)
		out = little.AppendUint32(out, v)
		prev = byte(v >> 24)
	}
	return out, None
}

// bitCoder is the range coder of BCJ2.
type bitCoder struct {
	src       []byte
	rng, code uint32
	probs     [258]uint16
}

func newBits(src []byte) *bitCoder {
	b := &bitCoder{src: src, rng: 0xffffffff}
	for i := range b.probs {
		b.probs[i] = 1024
	}
	for range 5 {
		b.code = b.code<<8 | b.take()
	}
	return b
}

func (b *bitCoder) take() uint32 {
	if len(b.src) == 0 {
		return 0
	}
	c := b.src[0]
	b.src = b.src[1:]
	return uint32(c)
}

func (b *bitCoder) next(i int) (set bool) {
	p := uint32(b.probs[i])
	bound := b.rng >> 11 * p
	if b.code < bound {
		b.rng = bound
		b.probs[i] = uint16(p + (2048-p)>>5)
	} else {
		b.rng -= bound
		b.code -= bound
		b.probs[i] = uint16(p - p>>5)
		set = true
	}
	if b.rng < 1<<24 {
		b.rng <<= 8
		b.code = b.code<<8 | b.take()
	}
	return set
}
