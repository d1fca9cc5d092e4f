package lzma

// The sizes of the model (LZMA specification).
const (
	states       = 12
	posStates    = 16
	probInit     = 1024
	probBits     = 11
	moveBits     = 5
	topValue     = 1 << 24
	minMatch     = 2
	alignBits    = 4
	endPosModel  = 14
	fullDistance = 128
)

// lengthCoder holds the probabilities of match lengths.
type lengthCoder struct {
	choice [2]uint16
	low    [posStates][8]uint16
	mid    [posStates][8]uint16
	high   [256]uint16
}

// decoder is the state of one LZMA stream. The range coder reads from src; what goes beyond its end reads as zero and
// is noticed by over.
type decoder struct {
	sink       *Sink
	lc, lp, pb int

	src  []byte
	at   int
	rng  uint32
	code uint32
	over bool

	state int
	rep   [4]uint32

	literal    []uint16
	isMatch    [states][posStates]uint16
	isRep      [states]uint16
	isRepG0    [states]uint16
	isRepG1    [states]uint16
	isRepG2    [states]uint16
	isRep0Long [states][posStates]uint16
	slot       [4][64]uint16
	special    [1 + fullDistance - endPosModel]uint16
	align      [1 << alignBits]uint16
	length     lengthCoder
	repLength  lengthCoder
}

// properties takes lc, lp and pb apart and resets the state.
func (d *decoder) properties(b byte) bool {
	if b >= 9*5*5 {
		return false
	}
	d.lc, d.lp, d.pb = int(b%9), int(b/9%5), int(b/45)
	if n := 0x300 << (d.lc + d.lp); len(d.literal) != n {
		d.literal = make([]uint16, n)
	}
	d.resetState()
	return true
}

func fill(p []uint16) {
	for i := range p {
		p[i] = probInit
	}
}

func (d *decoder) resetState() {
	d.state, d.rep = 0, [4]uint32{}
	fill(d.literal)
	for i := range d.isMatch {
		fill(d.isMatch[i][:])
		fill(d.isRep0Long[i][:])
	}
	for _, p := range [...][]uint16{d.isRep[:], d.isRepG0[:], d.isRepG1[:], d.isRepG2[:], d.special[:], d.align[:]} {
		fill(p)
	}
	for i := range d.slot {
		fill(d.slot[i][:])
	}
	d.length.reset()
	d.repLength.reset()
}

func (l *lengthCoder) reset() {
	fill(l.choice[:])
	fill(l.high[:])
	for i := range l.low {
		fill(l.low[i][:])
		fill(l.mid[i][:])
	}
}

// begin starts the range coder.
func (d *decoder) begin(src []byte) error {
	if len(src) < 5 {
		return ErrShort
	}
	if src[0] != 0 || d.literal == nil {
		return ErrCorrupt
	}
	d.src, d.at, d.over, d.rng = src, 5, false, 0xffffffff
	d.code = uint32(src[1])<<24 | uint32(src[2])<<16 | uint32(src[3])<<8 | uint32(src[4])
	return nil
}

// normalize takes the next byte.
func (d *decoder) normalize() {
	d.rng <<= 8
	d.code <<= 8
	if d.at < len(d.src) {
		d.code |= uint32(d.src[d.at])
	} else if d.at > len(d.src)+8 {
		d.over = true
	}
	d.at++
}

// bit decodes one bit.
func (d *decoder) bit(p *uint16) uint32 {
	v := uint32(*p)
	bound := (d.rng >> probBits) * v
	var b uint32
	if d.code < bound {
		*p = uint16(v + ((1<<probBits)-v)>>moveBits)
		d.rng = bound
	} else {
		*p = uint16(v - v>>moveBits)
		d.code -= bound
		d.rng -= bound
		b = 1
	}
	if d.rng < topValue {
		d.normalize()
	}
	return b
}

// direct decodes n bits of equal probability.
func (d *decoder) direct(n int) uint32 {
	v := uint32(0)
	for ; n > 0; n-- {
		d.rng >>= 1
		d.code -= d.rng
		t := 0 - (d.code >> 31)
		d.code += d.rng & t
		v = v<<1 + t + 1
		if d.rng < topValue {
			d.normalize()
		}
	}
	return v
}

// tree decodes n bits, the highest first.
func (d *decoder) tree(probs []uint16, n int) uint32 {
	m := uint32(1)
	for range n {
		m = m<<1 | d.bit(&probs[m])
	}
	return m - 1<<n
}

// reverse decodes n bits, the lowest first.
func (d *decoder) reverse(probs []uint16, n int) uint32 {
	m, v := uint32(1), uint32(0)
	for i := range n {
		b := d.bit(&probs[m])
		m = m<<1 | b
		v |= b << i
	}
	return v
}

func (d *decoder) matchLength(l *lengthCoder, pos int) int {
	if d.bit(&l.choice[0]) == 0 {
		return int(d.tree(l.low[pos][:], 3))
	}
	if d.bit(&l.choice[1]) == 0 {
		return 8 + int(d.tree(l.mid[pos][:], 3))
	}
	return 16 + int(d.tree(l.high[:], 8))
}

// distance decodes how far back a match of a length lies.
func (d *decoder) distance(length int) uint32 {
	slot := d.tree(d.slot[min(length, 3)][:], 6)
	if slot < 4 {
		return slot
	}
	n := int(slot>>1) - 1
	v := (2 | slot&1) << n
	if slot < endPosModel {
		return v + d.reverse(d.special[v-slot:], n)
	}
	return v + d.direct(n-alignBits)<<alignBits + d.reverse(d.align[:], alignBits)
}
