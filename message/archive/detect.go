package archive

import (
	"bytes"
	"encoding/binary"
)

// Format is a kind of archive or packed file.
type Format uint8

// The formats. Other stands for those that are known and not opened: CAB, ACE, ARJ, LZH, compress, lz4, lzip, WIM and disk images.
const (
	Unknown Format = iota
	Zip
	Tar
	Gzip
	Bzip2
	XZ
	LZMA
	Zstd
	SevenZip
	RAR
	ISO
	Other
)

var formatNames = [...]string{"", "zip", "tar", "gzip", "bzip2", "xz", "lzma", "zstd", "7z", "rar", "iso", "archive"}

// String gives the format's name.
func (f Format) String() string { return formatNames[f] }

// magics are the first bytes of archives.
var magics = [...]struct {
	at     int
	bytes  string
	format Format
}{
	{0, "PK\x03\x04", Zip}, {0, "PK\x05\x06", Zip}, {0, "PK00PK\x03\x04", Zip}, {0, "PK\x07\x08PK\x03\x04", Zip},
	{0, "Rar!\x1a\x07", RAR}, {0, sevenMagic, SevenZip}, {0, "\x1f\x8b\x08", Gzip}, {0, "BZh", Bzip2},
	{0, "\xfd7zXZ\x00", XZ}, {0, "\x28\xb5\x2f\xfd", Zstd}, {257, "ustar", Tar}, {32769, "CD001", ISO},
	{0, "MSCF\x00\x00\x00\x00", Other}, {7, "**ACE**", Other}, {0, "\x60\xea", Other}, {2, "-lh", Other}, {2, "-lz", Other},
	{0, "\x1f\x9d", Other}, {0, "\x1f\xa0", Other}, {0, "LZIP", Other}, {0, "\x04\x22\x4d\x18", Other}, {0, "MSWIM\x00", Other},
	{0, "vhdxfile", Other}, {0, "conectix", Other}, {0, "KDMV", Other}, {0, "QFI\xfb", Other}, {0, "xar!", Other},
	{0, "070701", Other}, {0, "070702", Other}, {0, "070707", Other}, {0, "!<arch>\n", Other}, {0, "hsqs", Other},
}

// few is how many formats one file can be at once.
const few = 4

// Detect tells which archives data is. A file may be several at once, since zip is read from its end and others from
// their beginning: each is gone through.
func Detect(data []byte) (formats [few]Format, n int) {
	add := func(f Format) {
		for _, have := range formats[:n] {
			if have == f {
				return
			}
		}
		if n < few {
			formats[n], n = f, n+1
		}
	}
	for i := range magics {
		m := &magics[i]
		if len(data) >= m.at+len(m.bytes) && string(data[m.at:m.at+len(m.bytes)]) == m.bytes {
			add(m.format)
		}
	}
	if n == 0 && isOldTar(data) {
		add(Tar)
	}
	if n == 0 && isLZMA(data) {
		add(LZMA)
	}
	behind(data, add)
	return formats, n
}

// programBytes is how far into a program the archive behind it is looked for (SFX).
const programBytes = 1 << 20

// behind finds archives that something else stands in front of.
func behind(data []byte, add func(Format)) {
	if zipEnd(data) >= 0 {
		add(Zip)
	}
	if !bytes.HasPrefix(data, []byte("MZ")) {
		return
	}
	head := data[:min(len(data), programBytes)]
	if bytes.Contains(head, []byte("Rar!\x1a\x07")) {
		add(RAR)
	}
	if bytes.Contains(head, []byte(sevenMagic)) {
		add(SevenZip)
	}
}

// isOldTar tells whether data begins with a tar header from before POSIX: its checksum is right.
func isOldTar(data []byte) bool {
	if len(data) < 512 || data[0] == 0 {
		return false
	}
	sum, want := 8*int(' '), 0
	for i, b := range data[:512] {
		if i < 148 || i >= 156 {
			sum += int(b)
		}
	}
	digits := 0
	for _, b := range bytes.Trim(data[148:156], " \x00") {
		if b < '0' || b > '7' {
			return false
		}
		want, digits = want<<3|int(b-'0'), digits+1
	}
	return digits > 0 && sum == want
}

// isLZMA tells whether data begins like an .lzma file: the usual properties, a dictionary of a plausible size, and a length
// that is not known or below 4 GB.
func isLZMA(data []byte) bool {
	if len(data) < 18 || data[0] != 0x5d || data[13] != 0 {
		return false
	}
	dict := binary.LittleEndian.Uint32(data[1:])
	size := binary.LittleEndian.Uint64(data[5:])
	return dict >= 1<<12 && (dict&(dict-1) == 0 || dict&(dict-1) == dict&-dict<<1) && (size == 1<<64-1 || size < 1<<32)
}
