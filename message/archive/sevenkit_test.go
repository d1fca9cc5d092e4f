package archive

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

// sevenOf writes a 7z archive of one file that is stored, with a plain header.
func sevenOf(_ testing.TB, name string, data []byte) []byte {
	number := func(n int) []byte { // the longest way to write a number
		return binary.LittleEndian.AppendUint64([]byte{0xff}, uint64(n))
	}
	h := []byte{idHeader, idMainStreams, idPackInfo, 0, 1, idSize}
	h = append(append(h, number(len(data))...), idEnd, idUnpackInfo, idFolder, 1, 0, 1, 1, methodCopy, idUnpackSize)
	h = append(append(h, number(len(data))...), idEnd, idEnd, idFiles, 1, idNames)
	text := []byte{0}
	for _, u := range append(utf16.Encode([]rune(name)), 0) {
		text = binary.LittleEndian.AppendUint16(text, u)
	}
	h = append(append(h, number(len(text))...), text...)
	h = append(h, idEnd, idEnd)
	out := append([]byte(sevenMagic), 0, 4, 0, 0, 0, 0)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(data)))
	out = binary.LittleEndian.AppendUint64(out, uint64(len(h)))
	out = append(out, 0, 0, 0, 0)
	return append(append(out, data...), h...)
}

// isoOf writes an ISO image of one file.
func isoOf(_ testing.TB, name string, data []byte) []byte {
	out := make([]byte, 20*isoSector)
	record := func(name string, at, size int, flags byte) []byte {
		b := make([]byte, (33+len(name)+1)&^1)
		b[0], b[25], b[32] = byte(len(b)), flags, byte(len(name))
		binary.LittleEndian.PutUint32(b[2:], uint32(at))
		binary.LittleEndian.PutUint32(b[10:], uint32(size))
		copy(b[33:], name)
		return b
	}
	copy(out[16*isoSector:], "\x01CD001\x01")
	copy(out[16*isoSector+156:], record("\x00", 18, isoSector, 2))
	copy(out[17*isoSector:], "\xffCD001\x01")
	folder := append(record("\x00", 18, isoSector, 2), record("\x01", 18, isoSector, 2)...)
	copy(out[18*isoSector:], append(folder, record(name, 20, len(data), 0)...))
	return append(out, data...)
}

func TestISO(t *testing.T) {
	if l := walk(t, "x.iso", isoOf(t, "EVIL.EXE;1", []byte(marker)), Limits{}); len(l.found) != 1 || !l.has("EVIL.EXE") {
		t.Errorf("seen: %v", l.lines)
	}
	if l := walk(t, "x.iso", isoOf(t, "EVIL.EXE;1", []byte(marker))[:19*isoSector], Limits{}); !l.broken {
		t.Errorf("an image that is cut off: %v", l.lines)
	}
}
