package archive

import (
	"strings"
	"unicode/utf8"

	"weir/message/charset"
)

// maxName bounds an entry's name in bytes.
const maxName = 1024

// Name makes a name fit to be kept: valid UTF-8, and of a long one its beginning and its end.
func Name(name string) string {
	if len(name) > maxName {
		name = name[:maxName/2] + "…" + name[len(name)-maxName/2:]
	}
	if utf8.ValidString(name) {
		return name
	}
	return strings.ToValidUTF8(name, "?")
}

// eightBit decodes a name in no declared character set.
func eightBit(name []byte) string {
	if len(name) > 64<<10 {
		name = name[:64<<10]
	}
	if utf8.Valid(name) {
		return string(name)
	}
	text, _ := charset.Decode(name, "")
	return text
}

// Escapes tells whether a name would lead out of the folder that an archive is unpacked into, or is no name at all: "..",
// an absolute path, a drive, NUL.
func Escapes(name string) bool {
	if strings.IndexByte(name, 0) >= 0 || strings.HasPrefix(name, "/") || strings.HasPrefix(name, `\`) {
		return true
	}
	if len(name) >= 2 && name[1] == ':' && (name[0]|0x20) >= 'a' && (name[0]|0x20) <= 'z' {
		return true
	}
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if strings.TrimSpace(part) == ".." {
			return true
		}
	}
	return false
}

// Base is the last element of a name, whichever way its slashes lean.
func Base(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }
