package archive

import (
	"bytes"
	"slices"
)

// zipEnd finds the end record, -1 if there is none: the last one in the last 66 kB whose comment fits.
func zipEnd(data []byte) int {
	if at := len(data) - zipEndSize; at >= 0 && string(data[at:at+4]) == "PK\x05\x06" {
		return at
	}
	from := max(0, len(data)-zipEndSize-1<<16)
	fits, last := -1, -1
	for at := from; ; at++ {
		n := bytes.Index(data[at:], []byte("PK\x05\x06"))
		if n < 0 || len(data)-at-n < zipEndSize {
			break
		}
		at += n
		if last = at; at+zipEndSize+int(little.Uint16(data[at+20:])) == len(data) {
			fits = at
		}
	}
	if fits >= 0 {
		return fits
	}
	return last
}

// central reads the central directory. whole is false where it is missing, or does not hold as many files as the end
// record says.
func (z *zipReader) central() (list []zipFile, whole bool) {
	end := zipEnd(z.data)
	if end < 0 {
		return nil, false
	}
	count := int64(little.Uint16(z.data[end+10:]))
	size, offset := int64(little.Uint32(z.data[end+12:])), int64(little.Uint32(z.data[end+16:]))
	last := end
	if n, s, o, at, ok := z.end64(end); ok {
		count, size, offset, last = n, s, o, at
	}
	start, base := z.directory(offset, size, last)
	if start < 0 {
		return nil, count == 0 && size == 0
	}
	for at := start; at+zipCentalSize <= len(z.data) && string(z.data[at:at+4]) == zipCentral; {
		if len(list) > z.lim.Entries {
			break
		}
		f, n := readCentral(z.data[at:], base)
		list = append(list, f)
		at += n
	}
	return list, int64(len(list))&0xffff == count&0xffff || len(list) > z.lim.Entries
}

// directory finds where the central directory begins: right before its end record, as the record's size says, or else at
// the offset it names. base is what stands in front of the archive (a program, a PDF).
func (z *zipReader) directory(offset, size int64, last int) (start, base int) {
	if at := int64(last) - size; size >= zipCentalSize && at >= 0 && z.isCentral(at) {
		return int(at), int(max(at-offset, 0))
	}
	if offset >= 0 && offset < int64(len(z.data)) && z.isCentral(offset) {
		return int(offset), 0
	}
	return -1, 0
}

func (z *zipReader) isCentral(at int64) bool {
	return at+4 <= int64(len(z.data)) && string(z.data[at:at+4]) == zipCentral
}

// end64 reads the end record of Zip64, which a locator in front of the common one points to.
func (z *zipReader) end64(end int) (count, size, offset int64, at int, ok bool) {
	if end < 20 || string(z.data[end-20:end-16]) != "PK\x06\x07" {
		return
	}
	where := little.Uint64(z.data[end-12:])
	if where > uint64(len(z.data)) || int(where)+56 > len(z.data) || string(z.data[where:where+4]) != "PK\x06\x06" {
		if at = bytes.LastIndex(z.data[:end], []byte("PK\x06\x06")); at < 0 || at+56 > len(z.data) {
			return
		}
		where = uint64(at)
	}
	h := z.data[where:]
	return clamp(little.Uint64(h[32:])), clamp(little.Uint64(h[40:])), clamp(little.Uint64(h[48:])), int(where), true
}

// clamp turns sizes that are lies into ones that fit.
func clamp(v uint64) int64 { return int64(min(v, 1<<62)) }

// readCentral reads one record; n is its length.
func readCentral(h []byte, base int) (f zipFile, n int) {
	nameLen, extraLen, commentLen := int(little.Uint16(h[28:])), int(little.Uint16(h[30:])), int(little.Uint16(h[32:]))
	f = zipFile{flags: little.Uint16(h[8:]), method: little.Uint16(h[10:]), packed: int64(little.Uint32(h[20:])), size: int64(little.Uint32(h[24:]))}
	f.utf8 = f.flags&(1<<11) != 0
	nameEnd := min(zipCentalSize+nameLen, len(h))
	f.name = h[zipCentalSize:nameEnd]
	at := int64(little.Uint32(h[42:]))
	extra := h[nameEnd:min(nameEnd+extraLen, len(h))]
	at = f.zip64(extra, at)
	f.at = int(min(at, 1<<40)) + base
	attributes := little.Uint32(h[38:])
	if h[5] == 3 || h[5] == 19 {
		f.unix = attributes >> 16
	}
	f.dir = attributes&0x10 != 0 && f.size == 0
	return f, min(zipCentalSize+nameLen+extraLen+commentLen, len(h))
}

// zip64 takes the sizes that do not fit into 32 bits from the extra field (APPNOTE 4.5.3).
func (f *zipFile) zip64(extra []byte, at int64) int64 {
	for len(extra) >= 4 {
		id, n := little.Uint16(extra), int(little.Uint16(extra[2:]))
		extra = extra[4:]
		field := extra[:min(n, len(extra))]
		extra = extra[len(field):]
		if id != 1 {
			continue
		}
		for _, v := range [...]*int64{&f.size, &f.packed, &at} {
			if *v == 1<<32-1 && len(field) >= 8 {
				*v, field = clamp(little.Uint64(field)), field[8:]
			}
		}
	}
	return at
}

// gaps looks for files that the central directory does not list, in what lies between those it does.
func (z *zipReader) gaps() {
	slices.SortFunc(z.covered, func(a, b stretch) int { return a.from - b.from })
	at := 0
	for _, s := range append(z.covered[:len(z.covered):len(z.covered)], stretch{len(z.data), len(z.data)}) {
		for at < s.from {
			n := bytes.Index(z.data[at:s.from], []byte(zipLocal))
			if n < 0 {
				break
			}
			next, ok := z.stray(at + n)
			if !ok {
				return
			}
			at = next
		}
		at = max(at, s.to)
	}
}

// stray shows a file that only its local header tells of. next is where to go on.
func (z *zipReader) stray(at int) (next int, ok bool) {
	h := z.data[at:]
	if len(h) < zipLocalSize {
		return len(z.data), true
	}
	f := zipFile{at: at, hidden: true, flags: little.Uint16(h[6:]), method: little.Uint16(h[8:]), packed: int64(little.Uint32(h[18:])), size: int64(little.Uint32(h[22:]))}
	nameLen := int(little.Uint16(h[26:]))
	if nameLen == 0 || zipLocalSize+nameLen > len(h) || !plausible(f.method) {
		return at + 4, true
	}
	f.name = h[zipLocalSize : zipLocalSize+nameLen]
	f.utf8 = f.flags&(1<<11) != 0
	if f.flags&8 != 0 && f.packed == 0 {
		f.size = -1
		if f.method == 0 {
			f.packed = int64(len(h)) // up to the next signature nobody knows where it ends
		}
	}
	n := len(z.covered)
	if !z.file(&f) {
		return 0, false
	}
	next = at + 4
	if len(z.covered) > n {
		next = max(next, z.covered[n].to)
	}
	return next, true
}

// plausible tells whether a method is one that programs use, so that bytes which only look like a header are none.
func plausible(method uint16) bool {
	return method <= 20 || method >= 93 && method <= 99
}
