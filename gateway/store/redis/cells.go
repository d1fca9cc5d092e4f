package redis

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"

	"weir/filters"
)

// cellsOfCall is how many cells one BITFIELD call changes: a Lua call takes less than 8,000 arguments.
const cellsOfCall = 1000

// merged sorts deltas by their index, with one for each index.
func merged(deltas []filters.Delta) []filters.Delta {
	list := slices.Clone(deltas)
	slices.SortFunc(list, func(a, b filters.Delta) int { return int(a.Index) - int(b.Index) })
	out := list[:0]
	for _, d := range list {
		if n := len(out); n > 0 && out[n-1].Index == d.Index {
			out[n-1].Add = int32(min(max(int64(out[n-1].Add)+int64(d.Add), math.MinInt32), math.MaxInt32))
			continue
		}
		out = append(out, d)
	}
	return out
}

// indices packs the indices, four bytes each, big-endian.
func indices(deltas []filters.Delta) []byte {
	b := make([]byte, 0, 4*len(deltas))
	for _, d := range deltas {
		b = binary.BigEndian.AppendUint32(b, d.Index)
	}
	return b
}

// calls makes, in MessagePack, a list of lists: each the arguments "INCRBY i32 #<index> <change>" of up to cellsOfCall
// cells.
func calls(deltas []filters.Delta) []byte {
	n := (len(deltas) + cellsOfCall - 1) / cellsOfCall
	b := binary.BigEndian.AppendUint32(append(make([]byte, 0, 24*len(deltas)+5*n+5), 0xdd), uint32(n))
	for call := range slices.Chunk(deltas, cellsOfCall) {
		b = binary.BigEndian.AppendUint32(append(b, 0xdd), uint32(4*len(call)))
		for _, d := range call {
			b = append(b, "\xa6INCRBY\xa3i32"...)
			b = appendNumber(append(b, 0), "#", int64(d.Index))
			b = appendNumber(append(b, 0), "", int64(d.Add))
		}
	}
	return b
}

// appendNumber writes a number as a short string, whose length goes into the last byte of b.
func appendNumber(b []byte, prefix string, n int64) []byte {
	at := len(b)
	b = strconv.AppendInt(append(b, prefix...), n, 10)
	b[at-1] = 0xa0 | byte(len(b)-at)
	return b
}

// changed takes a change apart: packed indices, and as many values in MessagePack arrays.
func changed(dst []filters.Cell, index, values string) ([]filters.Cell, bool) {
	in := []byte(values)
	for at := 0; at < len(index); {
		n, rest, ok := arrayLength(in)
		if in = rest; !ok || n == 0 || 4*n > len(index)-at {
			return nil, false
		}
		for range n {
			v, rest, ok := integer(in)
			if in = rest; !ok {
				return nil, false
			}
			dst = append(dst, filters.Cell{Index: binary.BigEndian.Uint32([]byte(index[at : at+4])), Value: v})
			at += 4
		}
	}
	return dst, len(in) == 0
}

func arrayLength(b []byte) (n int, rest []byte, ok bool) {
	switch {
	case len(b) >= 1 && b[0]&0xf0 == 0x90:
		return int(b[0] & 0x0f), b[1:], true
	case len(b) >= 3 && b[0] == 0xdc:
		return int(binary.BigEndian.Uint16(b[1:])), b[3:], true
	case len(b) >= 5 && b[0] == 0xdd:
		return int(binary.BigEndian.Uint32(b[1:])), b[5:], true
	}
	return 0, nil, false
}

// integer reads a MessagePack integer.
func integer(b []byte) (v int32, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	head := b[0]
	if head < 0x80 || head >= 0xe0 { // small ones
		return int32(int8(head)), b[1:], true
	}
	if head < 0xcc || head > 0xd3 {
		return 0, nil, false
	}
	size := 1 << ((head - 0xcc) % 4)
	if len(b) < 1+size {
		return 0, nil, false
	}
	var raw [8]byte
	if head >= 0xd0 && b[1]&0x80 != 0 {
		raw = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	}
	copy(raw[8-size:], b[1:1+size])
	return int32(binary.BigEndian.Uint64(raw[:])), b[1+size:], true
}
