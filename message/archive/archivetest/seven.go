package archivetest

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

// Seven writes a 7z archive of one file that is stored, with a plain header.
func Seven(_ testing.TB, name string, data []byte) []byte {
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
	out := append([]byte("7z\xbc\xaf\x27\x1c"), 0, 4, 0, 0, 0, 0)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(data)))
	out = binary.LittleEndian.AppendUint64(out, uint64(len(h)))
	out = append(out, 0, 0, 0, 0)
	return append(append(out, data...), h...)
}

// The properties of 7z's header that Seven writes (7zFormat.txt).
const (
	idEnd         = 0x00
	idHeader      = 0x01
	idMainStreams = 0x04
	idFiles       = 0x05
	idPackInfo    = 0x06
	idUnpackInfo  = 0x07
	idSize        = 0x09
	idFolder      = 0x0b
	idUnpackSize  = 0x0c
	idNames       = 0x11
	methodCopy    = 0x00
	sector        = 2048
)

// ISO writes an ISO image of one file.
func ISO(_ testing.TB, name string, data []byte) []byte {
	out := make([]byte, 20*sector)
	record := func(name string, at, size int, flags byte) []byte {
		b := make([]byte, (33+len(name)+1)&^1)
		b[0], b[25], b[32] = byte(len(b)), flags, byte(len(name))
		binary.LittleEndian.PutUint32(b[2:], uint32(at))
		binary.LittleEndian.PutUint32(b[10:], uint32(size))
		copy(b[33:], name)
		return b
	}
	copy(out[16*sector:], "\x01CD001\x01")
	copy(out[16*sector+156:], record("\x00", 18, sector, 2))
	copy(out[17*sector:], "\xffCD001\x01")
	folder := append(record("\x00", 18, sector, 2), record("\x01", 18, sector, 2)...)
	copy(out[18*sector:], append(folder, record(name, 20, len(data), 0)...))
	return append(out, data...)
}
