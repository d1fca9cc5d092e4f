package archivetest

import (
	"encoding/binary"
	"hash/crc32"
)

// RARFile describes a file for a RAR archive that is stored, not packed.
type RARFile struct {
	Name      string
	Data      []byte
	Encrypted bool // only said to be: its data is as it stands
	Link      bool // to /etc/passwd; version 5 only
}

// RAR4 writes an archive of version 4 (technical note of RAR 4). hidden encrypts all headers.
func RAR4(hidden bool, files ...RARFile) []byte {
	out := []byte("Rar!\x1a\x07\x00")
	flags := uint16(0)
	if hidden {
		flags = 0x0080
	}
	out = append(out, rar4Block(0x73, flags, make([]byte, 6))...)
	if hidden {
		return append(out, make([]byte, 64)...) // salt, then what nobody can read
	}
	for _, f := range files {
		flags := uint16(0x8000)
		if f.Encrypted {
			flags |= 4
		}
		body := binary.LittleEndian.AppendUint32(nil, uint32(len(f.Data)))
		body = binary.LittleEndian.AppendUint32(body, uint32(len(f.Data)))
		body = append(body, 3)
		body = binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(f.Data))
		body = append(body, 0, 0, 0, 0, 29, 0x30)
		body = binary.LittleEndian.AppendUint16(body, uint16(len(f.Name)))
		body = binary.LittleEndian.AppendUint32(body, 0o100644)
		out = append(out, rar4Block(0x74, flags, append(body, f.Name...))...)
		out = append(out, f.Data...)
	}
	return append(out, rar4Block(0x7b, 0x4000, nil)...)
}

func rar4Block(kind byte, flags uint16, body []byte) []byte {
	b := []byte{0, 0, kind}
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint16(b, uint16(7+len(body)))
	b = append(b, body...)
	binary.LittleEndian.PutUint16(b, uint16(crc32.ChecksumIEEE(b[2:])))
	return b
}

// RAR5 writes an archive of version 5 (RAR 5.0 archive format).
func RAR5(hidden bool, files ...RARFile) []byte {
	out := []byte("Rar!\x1a\x07\x01\x00")
	if hidden {
		out = append(out, rar5Block([]byte{4, 0, 0, 0, 15}, make([]byte, 16))...)
		return append(out, make([]byte, 64)...)
	}
	out = append(out, rar5Block([]byte{1, 0, 0})...)
	for _, f := range files {
		var extra []byte
		flags := byte(2)
		if f.Encrypted {
			extra = append([]byte{36, 1, 0, 0, 15}, make([]byte, 32)...)
			extra[0] = byte(len(extra) - 1)
			flags |= 1
		}
		if f.Link {
			extra = append(extra, 5+11, 5, 1, 0, 11)
			extra = append(extra, "/etc/passwd"...)
			extra[0] = byte(len(extra) - 1)
			flags |= 1
		}
		head := []byte{2, flags}
		if flags&1 != 0 {
			head = binary.AppendUvarint(head, uint64(len(extra)))
		}
		head = binary.AppendUvarint(head, uint64(len(f.Data)))
		head = append(head, 4)
		head = binary.AppendUvarint(head, uint64(len(f.Data)))
		head = append(head, 0)
		head = binary.LittleEndian.AppendUint32(head, crc32.ChecksumIEEE(f.Data))
		head = append(head, 0, 1)
		head = binary.AppendUvarint(head, uint64(len(f.Name)))
		out = append(out, rar5Block(head, []byte(f.Name), extra)...)
		out = append(out, f.Data...)
	}
	return append(out, rar5Block([]byte{5, 0, 0})...)
}

func rar5Block(parts ...[]byte) []byte {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	b := append(binary.AppendUvarint(nil, uint64(len(body))), body...)
	return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)), b...)
}
