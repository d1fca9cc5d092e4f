package images

import (
	"encoding/binary"
	"strings"

	"weir/rules/view"
)

// picture is an attached picture. A size of 0 by 0 is not known.
type picture struct {
	kind          string // gif, png, jpeg
	name          string
	height, width uint32
}

type picturesKey struct{}

// pictures gives the pictures of a mail, as their parts' types say.
func pictures(m *view.Mail) []picture {
	return view.Once(m, picturesKey{}, func() (list []picture) {
		for _, p := range m.Parts().Parts {
			kind, ok := strings.CutPrefix(p.Type, "image/")
			if kind == "jpg" {
				kind = "jpeg"
			}
			if !ok || kind == "all" || !kinds[kind] || !p.IsLeaf() || !strings.EqualFold(strings.TrimSpace(p.Value("content-transfer-encoding")), "base64") {
				continue
			}
			one := picture{kind: kind, name: p.Name}
			if one.height, one.width = size(kind, p.Decoded()); one.height == 0 || one.width == 0 {
				one.height, one.width = 0, 0
			}
			list = append(list, one)
		}
		return list
	})
}

// size reads height and width in the header of a file.
func size(kind string, file []byte) (height, width uint32) {
	switch kind {
	case "gif":
		return sizeOfGIF(file)
	case "png":
		return sizeOfPNG(file)
	}
	return sizeOfJPEG(file)
}

// sizeOfGIF reads the logical screen of GIF87a and GIF89a.
func sizeOfGIF(file []byte) (height, width uint32) {
	if len(file) < 13 || string(file[:5]) != "GIF87" && string(file[:5]) != "GIF89" || file[5] != 'a' {
		return 0, 0
	}
	return uint32(binary.LittleEndian.Uint16(file[8:])), uint32(binary.LittleEndian.Uint16(file[6:]))
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// sizeOfPNG looks for the chunk IHDR, in steps of a chunk's head, as SpamAssassin does: what is put between the signature and the
// chunk counts as no picture only if it has another length.
func sizeOfPNG(file []byte) (height, width uint32) {
	if len(file) < 8 || string(file[:8]) != pngSignature {
		return 0, 0
	}
	for rest := file[8:]; len(rest) >= 8; rest = rest[8:] {
		switch kind := string(rest[4:8]); {
		case kind == "IEND":
			return 0, 0
		case kind == "IHDR" && binary.BigEndian.Uint32(rest) == 13 && len(rest) >= 16:
			return binary.BigEndian.Uint32(rest[12:]), binary.BigEndian.Uint32(rest[8:])
		}
	}
	return 0, 0
}

// sizeOfJPEG goes from segment to segment until one begins a frame.
func sizeOfJPEG(file []byte) (height, width uint32) {
	if len(file) < 2 || file[0] != 0xff || file[1] != 0xd8 {
		return 0, 0
	}
	for rest := file[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		mark, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		if mark == 0xda || mark == 0xd9 || length < 2 {
			break
		}
		block := rest[4:]
		if frame(mark) {
			if len(block) < 5 || length < 7 {
				break
			}
			return uint32(binary.BigEndian.Uint16(block[1:])), uint32(binary.BigEndian.Uint16(block[3:]))
		}
		rest = block[min(length-2, len(block)):]
	}
	return 0, 0
}

// frame tells whether a marker begins a frame: SOF0 to SOF15 without those of tables.
func frame(mark byte) bool {
	return mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 && mark != 0xcc
}
