package office

import (
	"bytes"
	"iter"
	"maps"
)

func keysOf(m map[string][]byte) iter.Seq[string] { return maps.Keys(m) }

// The records of an Excel workbook that matter here (MS-XLS section 2.3).
const (
	recordEOF     = 0x000a
	recordName    = 0x0018
	recordSheet   = 0x0085
	recordPass    = 0x002f
	recordSupBook = 0x01ae
)

// workbook goes through the records of an old Excel workbook: encryption, Excel 4 macro sheets, names that run, links of DDE.
func (o *oleFile) workbook(b []byte) {
	for len(b) >= 4 {
		id, size := little.Uint16(b), int(little.Uint16(b[2:]))
		if 4+size > len(b) {
			o.Broken = true
			return
		}
		o.record(id, b[4:4+size])
		if id == recordPass {
			return // all that follows is encrypted
		}
		b = b[4+size:]
		if id == 0 && size == 0 && len(bytes.Trim(b, "\x00")) == 0 {
			return // padding
		}
	}
}

func (o *oleFile) record(id uint16, b []byte) {
	switch id {
	case recordPass:
		o.Encrypted = o.Encrypted || !defaultPassword(b)
	case recordSheet:
		o.XLM = o.XLM || len(b) > 5 && b[5] == 1
	case recordName: // built-in name 1 is Auto_Open, 2 Auto_Close
		if len(b) > 15 && b[0]&0x20 != 0 && (b[15] == 1 || b[15] == 2) {
			o.AutoRun = true
		}
	case recordSupBook: // MS-XLS section 2.5.277: the program, 3, the topic
		if program, topic, ok := bytes.Cut(b[min(5, len(b)):], []byte{3}); ok && len(program) > 0 {
			o.DDE = printable(append(append(program[:len(program):len(program)], ' '), topic...))
		}
	}
}

// defaultPassword tells whether a workbook is only obfuscated with the password that Excel itself uses for write
// protection ("VelvetSweatshop"): method XOR with its known key and hash (MS-XLS section 2.4.117).
func defaultPassword(b []byte) bool {
	return len(b) >= 6 && little.Uint16(b) == 0 && little.Uint16(b[2:]) == 0x0359 && little.Uint16(b[4:]) == 0xa9b0
}
