package part

import "encoding/binary"

// rtfDictionary is what every compressed RTF refers to (MS-OXRTFCP section 2.1.2.1).
const rtfDictionary = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern " +
	"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par " +
	"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// The marks of compressed and of plain content.
const (
	rtfCompressed = 0x75465a4c // "LZFu"
	rtfPlain      = 0x414c454d // "MELA"
)

// inflateRTF undoes Outlook's compression of RTF (MS-OXRTFCP). What comes out is charged to the budget.
func (s *splitter) inflateRTF(p *Part, b []byte) ([]byte, bool) {
	const head = 16
	if len(b) < head {
		return nil, false
	}
	size := int(binary.LittleEndian.Uint32(b[4:]))
	mark := binary.LittleEndian.Uint32(b[8:])
	b = b[head:]
	switch {
	case mark == rtfPlain:
		return b[:min(size, len(b))], true
	case mark != rtfCompressed, size > 17*len(b), !s.afford(p, size): // one reference of two bytes gives 17 at most
		return nil, false
	}
	return lzfu(b, size), true
}

// lzfu decompresses up to size bytes: a control byte's bits tell literals from references into a ring of 4,096 bytes.
func lzfu(b []byte, size int) []byte {
	var ring [4096]byte
	at := copy(ring[:], rtfDictionary)
	out := make([]byte, 0, size)
	put := func(c byte) {
		out = append(out, c)
		ring[at&4095] = c
		at++
	}
	for len(b) > 0 {
		control := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit++ {
			if control>>bit&1 == 0 {
				put(b[0])
				b = b[1:]
			} else {
				if len(b) < 2 {
					return out
				}
				ref := int(b[0])<<8 | int(b[1])
				b = b[2:]
				from, n := ref>>4, ref&15+2
				if from == at&4095 {
					return out // a reference to itself ends the text
				}
				for i := range n {
					put(ring[(from+i)&4095])
				}
			}
			if len(out) >= size {
				return out
			}
		}
	}
	return out
}
