package bayes

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Vector is the set of a message's slots, packed: about 12 bits for each. It is what the journal keeps of a message.
//
// The slots stand in their order, each as its distance from the one before, in Rice's code: the distance without its
// low bits as as many ones and a zero, then the low bits. The zero value is the empty set.
type Vector string

// lowBits suits messages of a few hundred to a thousand features.
const lowBits = 10

// Pack makes a vector of a message's tokens.
func Pack(tokens []Token) Vector {
	slots := make([]uint32, len(tokens))
	for i := range tokens {
		slots[i] = tokens[i].Slot()
	}
	slices.Sort(slots)
	return packed(slices.Compact(slots))
}

// packed packs slots that are sorted and differ.
func packed(slots []uint32) Vector {
	w := bitWriter{out: make([]byte, 0, len(slots)*3/2+8)}
	next := uint32(0)
	for _, s := range slots {
		gap := s - next
		for range gap >> lowBits {
			w.write(1, 1)
		}
		w.write(gap&(1<<lowBits-1), lowBits+1)
		next = s + 1
	}
	if w.filled > 0 { // ones to the end of the byte: no slot ends there
		w.write(1<<(8-w.filled)-1, 8-w.filled)
	}
	return Vector(w.out)
}

type bitWriter struct {
	out    []byte
	last   uint64
	filled uint
}

// write adds the low n bits of v, the highest first.
func (w *bitWriter) write(v uint32, n uint) {
	w.last, w.filled = w.last<<n|uint64(v), w.filled+n
	for ; w.filled >= 8; w.filled -= 8 {
		w.out = append(w.out, byte(w.last>>(w.filled-8)))
	}
}

// Append adds the slots to a list, in their order. Whatever the bytes are, the slots are below Slots and differ.
func (v Vector) Append(slots []uint32) []uint32 {
	r := bitReader{in: v}
	next := uint32(0)
	for {
		gap, ok := r.gap()
		if next += gap; !ok || next >= Slots {
			return slots
		}
		slots = append(slots, next)
		next++
	}
}

type bitReader struct {
	in   Vector
	at   int    // of the next byte to take in
	bits uint64 // the next bits, from the highest on
	have int    // how many of them count
}

// fill takes in bytes.
func (r *bitReader) fill() {
	if r.have == 0 && len(r.in)-r.at >= 8 {
		r.bits, r.have = binary.BigEndian.Uint64([]byte(r.in[r.at:r.at+8])), 64
		r.at += 8
		return
	}
	for ; r.have <= 56 && r.at < len(r.in); r.at++ {
		r.bits |= uint64(r.in[r.at]) << (56 - r.have)
		r.have += 8
	}
}

func (r *bitReader) skip(n int) { r.bits, r.have = r.bits<<n, r.have-n }

// gap reads one distance.
func (r *bitReader) gap() (gap uint32, ok bool) {
	for {
		if r.have <= lowBits+1 {
			r.fill()
		}
		ones := min(bits.LeadingZeros64(^r.bits), r.have)
		gap += uint32(ones) << lowBits
		if gap >= Slots || r.have == 0 {
			return 0, false
		}
		if r.skip(ones); r.have > 0 {
			break
		}
	}
	if r.skip(1); r.have < lowBits {
		r.fill()
	}
	if r.have < lowBits {
		return 0, false
	}
	gap += uint32(r.bits >> (64 - lowBits))
	r.skip(lowBits)
	return gap, true
}
