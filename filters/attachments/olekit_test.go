package attachments

import (
	"encoding/binary"
	"unicode/utf16"
)

// item is a stream or storage of a compound file; children of a storage follow at once.
type item struct {
	name     string
	data     []byte
	children []item
}

// compoundOf writes a compound file (MS-CFB) with sectors of 512 bytes and without a mini stream: streams are padded to
// 4,096 bytes, below which they would have to be in one.
func compoundOf(items ...item) []byte {
	w := &oleWriter{}
	w.entries = append(w.entries, entry{name: "Root Entry", kind: 5, child: -1, left: -1, right: -1, start: -2})
	w.entries[0].child = w.add(items)
	return w.finish()
}

type entry struct {
	name               string
	kind               byte
	child, left, right int
	start, size        int
}

type oleWriter struct {
	entries []entry
	body    []byte // sectors from 0
	fat     []uint32
}

// add writes items as a chain of right siblings, and gives the first one's index.
func (w *oleWriter) add(items []item) int {
	first, last := -1, -1
	for _, it := range items {
		at := len(w.entries)
		e := entry{name: it.name, kind: 2, child: -1, left: -1, right: -1}
		if it.children != nil {
			e.kind, e.start = 1, 0
		} else {
			data := append(it.data[:len(it.data):len(it.data)], make([]byte, max(0, 4096-len(it.data)))...)
			e.start, e.size = w.chain(data), len(data)
		}
		w.entries = append(w.entries, e)
		if it.children != nil {
			w.entries[at].child = w.add(it.children)
		}
		if last >= 0 {
			w.entries[last].right = at
		} else {
			first = at
		}
		last = at
	}
	return first
}

// chain writes sectors in a row.
func (w *oleWriter) chain(data []byte) int {
	start := len(w.fat)
	for i := 0; i < len(data); i += 512 {
		sector := make([]byte, 512)
		copy(sector, data[i:])
		w.body = append(w.body, sector...)
		w.fat = append(w.fat, uint32(len(w.fat)+1))
	}
	w.fat[len(w.fat)-1] = 0xfffffffe
	return start
}

func (w *oleWriter) finish() []byte {
	var dir []byte
	for _, e := range w.entries {
		b := make([]byte, 128)
		units := utf16.Encode([]rune(e.name))
		for i, u := range units {
			binary.LittleEndian.PutUint16(b[2*i:], u)
		}
		binary.LittleEndian.PutUint16(b[64:], uint16(2*len(units)+2))
		b[66], b[67] = e.kind, 1
		for i, v := range []int{e.left, e.right, e.child} {
			binary.LittleEndian.PutUint32(b[68+4*i:], uint32(int32(v)))
		}
		binary.LittleEndian.PutUint32(b[116:], uint32(int32(e.start)))
		binary.LittleEndian.PutUint32(b[120:], uint32(e.size))
		dir = append(dir, b...)
	}
	dirStart := w.chain(dir)
	fatSectors := (len(w.fat) + 128) / 127
	fatStart := len(w.fat)
	for range fatSectors {
		w.fat = append(w.fat, 0xfffffffd)
	}
	fat := make([]byte, fatSectors*512)
	for i := range fat {
		fat[i] = 0xff
	}
	for i, v := range w.fat {
		binary.LittleEndian.PutUint32(fat[4*i:], v)
	}
	head := make([]byte, 512)
	copy(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	binary.LittleEndian.PutUint16(head[24:], 0x3e)
	binary.LittleEndian.PutUint16(head[26:], 3)
	binary.LittleEndian.PutUint16(head[28:], 0xfffe)
	binary.LittleEndian.PutUint16(head[30:], 9)
	binary.LittleEndian.PutUint16(head[32:], 6)
	binary.LittleEndian.PutUint32(head[44:], uint32(fatSectors))
	binary.LittleEndian.PutUint32(head[48:], uint32(dirStart))
	binary.LittleEndian.PutUint32(head[56:], 4096)
	binary.LittleEndian.PutUint32(head[60:], 0xfffffffe)
	binary.LittleEndian.PutUint32(head[68:], 0xfffffffe)
	for i := range 109 {
		v := uint32(0xffffffff)
		if i < fatSectors {
			v = uint32(fatStart + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], v)
	}
	return append(append(head, w.body...), fat...)
}

// packedSource packs VBA source as literals (MS-OVBA section 2.4.1).
func packedSource(text string) []byte {
	out := []byte{1}
	for len(text) > 0 {
		piece := text[:min(len(text), 3600)]
		text = text[len(piece):]
		var chunk []byte
		for len(piece) > 0 {
			n := min(len(piece), 8)
			chunk = append(append(chunk, 0), piece[:n]...)
			piece = piece[n:]
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(chunk)+2-3)|0xb000)
		out = append(out, chunk...)
	}
	return out
}

// project is a VBA project of one module.
func project(source string) []item {
	record := func(id uint16, data ...byte) []byte {
		b := binary.LittleEndian.AppendUint16(nil, id)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		return append(b, data...)
	}
	dir := record(1, 0, 0, 0, 0)
	dir = append(dir, 9, 0, 4, 0, 0, 0, 1, 0, 0, 0, 5, 0)
	dir = append(dir, record(0x19, []byte("M")...)...)
	dir = append(dir, record(0x1a, []byte("Module1")...)...)
	dir = append(dir, record(0x31, 5, 0, 0, 0)...)
	dir = append(dir, record(0x2b)...)
	return []item{{name: "VBA", children: []item{
		{name: "dir", data: packedSource(string(dir))},
		{name: "Module1", data: append([]byte("pcode"), packedSource("Attribute VB_Name = \"Module1\"\r\n"+source)...)},
		{name: "_VBA_PROJECT", data: []byte{0xcc, 0x61}},
	}}}
}
