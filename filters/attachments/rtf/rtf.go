// Package rtf looks into Rich Text Format (RTF 1.9.1) for objects, and for templates that are loaded from elsewhere.
//
// An object's data stands in the text as hexadecimal digits, and Word skips nearly anything between them: groups, control
// words, junk. So do we, since that is how exploits hide.
package rtf

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Report is what was found. The zero value: nothing.
type Report struct {
	Objects  int
	Update   bool     // an object is loaded as soon as the text is shown
	Class    string   // of the first object that is known for exploits: Equation.3, OLE2Link; "" none
	Template string   // address of a template; "" none
	Data     [][]byte // of objects: compound files and packages, at most 100
	Broken   bool     // objects beyond the bounds were not looked at

	seen int // objects' data
}

// The bounds on objects.
const (
	maxObjects = 100
	maxData    = 16 << 20
)

// Is tells whether data is RTF. Word is content with the first four characters.
func Is(data []byte) bool { return bytes.HasPrefix(data, []byte(`{\rt`)) }

// Scan looks through a text.
func Scan(data []byte) (r Report) {
	for i := 0; i < len(data); {
		n := bytes.IndexByte(data[i:], '\\')
		if n < 0 {
			break
		}
		i += n + 1
		word := control(data[i:])
		i += len(word)
		switch {
		case word == "object":
			r.Objects++
		case word == "objupdate", word == "objautlink":
			r.Update = true
		case word == "objdata":
			i += r.object(data[i:])
		case word == "template":
			r.template(data[i:])
		case strings.HasPrefix(word, "bin"):
			i++
		}
	}
	return r
}

// control reads the letters of a control word.
func control(b []byte) string {
	n := 0
	for n < len(b) && n < 32 && (b[n]|0x20) >= 'a' && (b[n]|0x20) <= 'z' {
		n++
	}
	return strings.ToLower(string(b[:n]))
}

func (r *Report) template(b []byte) {
	b = b[:min(len(b), 2048)]
	end := bytes.IndexByte(b, '}')
	if end < 0 {
		return
	}
	text := strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(string(b[:end])))
	if lower := strings.ToLower(text); strings.Contains(lower, "http") || strings.Contains(lower, `\'`) || strings.Contains(lower, `\u`) {
		r.Template = text
	}
}

// object gathers an object's data; n is how much of the text it took.
func (r *Report) object(b []byte) (n int) {
	if r.seen++; r.seen > maxObjects {
		r.Broken = true
		return 0
	}
	var out []byte
	high, have, depth := byte(0), false, 0
	for n = 0; n < len(b) && len(out) < maxData; n++ {
		switch c := b[n]; {
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth < 0 {
				r.take(out)
				return n
			}
		case c == '\\':
			word := control(b[n+1:])
			n += len(word)
			n += digits(b[n+1:])
		case hex(c) < 16:
			if have {
				out = append(out, high<<4|hex(c))
			}
			high, have = hex(c), !have
		}
	}
	r.take(out)
	return n
}

// digits is the length of a control word's number.
func digits(b []byte) int {
	n := 0
	for n < len(b) && (b[n] >= '0' && b[n] <= '9' || n == 0 && b[n] == '-') {
		n++
	}
	return n
}

func hex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}

// dangerous are classes of objects that exploits use.
var dangerous = []string{"equation", "ole2link", "htmlfile", "mscomctl", "otkloadr", "word.document.8\x00exec"}

// take keeps an object: its class by the header of OLE 1 (MS-OLEDS section 2.2.4), and what it holds.
func (r *Report) take(b []byte) {
	r.Objects = max(r.Objects, 1)
	head := strings.ToLower(string(b[:min(len(b), 256)]))
	for _, class := range dangerous {
		if strings.Contains(head, class) && r.Class == "" {
			r.Class = class
		}
	}
	if i := bytes.Index(b, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")); i >= 0 {
		r.Data = append(r.Data, b[i:])
	} else if native := packaged(b); native != nil {
		r.Data = append(r.Data, native)
	}
}

// packaged gives the native data of an object of class Package.
func packaged(b []byte) []byte {
	i := bytes.Index(b[:min(len(b), 64)], []byte("Package\x00"))
	if i < 0 || len(b) < i+8+12 {
		return nil
	}
	b = b[i+8:]
	for range 2 { // topic and item: a length and a text each
		n := int64(binary.LittleEndian.Uint32(b))
		if n < 0 || n+8 > int64(len(b)) {
			return nil
		}
		b = b[4+n:]
	}
	size := int64(binary.LittleEndian.Uint32(b))
	return b[4:min(4+size, int64(len(b)))]
}
