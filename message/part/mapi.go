package part

import (
	"encoding/binary"

	"weir/message/charset"
)

// The MAPI properties that hold content (MS-OXPROPS).
const (
	propBody         = 0x1000
	propRTF          = 0x1009
	propHTML         = 0x1013
	propAttachData   = 0x3701
	propLongFileName = 0x3707
)

// The types of MAPI properties (MS-OXCDATA section 2.11.1).
const (
	typeShort    = 0x0002
	typeLong     = 0x0003
	typeFloat    = 0x0004
	typeDouble   = 0x0005
	typeCurrency = 0x0006
	typeDate     = 0x0007
	typeError    = 0x000a
	typeBool     = 0x000b
	typeObject   = 0x000d
	typeInt64    = 0x0014
	typeString8  = 0x001e
	typeUnicode  = 0x001f
	typeTime     = 0x0040
	typeGUID     = 0x0048
	typeBinary   = 0x0102

	multiValued = 0x1000
	named       = 0x8000 // property ids from here on carry a name
)

// property is one MAPI property; of several values each is told.
type property struct {
	kind  uint16
	id    uint16
	value []byte
}

func (p property) text() string {
	if p.kind == typeUnicode {
		text, _ := charset.Decode(p.value, "utf-16le")
		return trimNUL(text)
	}
	return cString(p.value)
}

func trimNUL(s string) string {
	for len(s) > 0 && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	return s
}

// mapiReader walks over encapsulated properties (MS-OXTNEF section 2.1.3.4); ok turns false at the first cut.
type mapiReader struct {
	b  []byte
	ok bool
}

// eachProperty calls use for each property, and returns false where the list is cut off.
func eachProperty(b []byte, use func(property)) bool {
	r := mapiReader{b: b, ok: true}
	for n := r.long(); n > 0 && r.ok; n-- {
		p := property{kind: uint16(r.short()), id: uint16(r.short())}
		if p.id >= named {
			r.skipName()
		}
		r.values(p, use)
	}
	return r.ok
}

func (r *mapiReader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.ok = false
		n = len(r.b)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *mapiReader) short() uint32 {
	if b := r.take(2); len(b) == 2 {
		return uint32(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (r *mapiReader) long() uint32 {
	if b := r.take(4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// skipName steps over the GUID and the number or name of a named property.
func (r *mapiReader) skipName() {
	r.take(16)
	if r.long() == 0 {
		r.take(4)
		return
	}
	r.padded(int(r.long()))
}

// padded takes n bytes and what fills them up to a multiple of four.
func (r *mapiReader) padded(n int) []byte {
	v := r.take(n)
	if r.ok {
		r.take(min((4-n%4)%4, len(r.b)))
	}
	return v
}

func (r *mapiReader) values(p property, use func(property)) {
	kind := p.kind &^ multiValued
	size := fixedSize(kind)
	count := uint32(1)
	if size == 0 || p.kind&multiValued != 0 {
		count = r.long()
	}
	p.kind = kind
	for ; count > 0 && r.ok; count-- {
		n := size
		if n == 0 {
			n = int(r.long())
		}
		p.value = r.padded(n)
		if kind == typeObject && len(p.value) > 16 {
			p.value = p.value[16:] // the interface's GUID comes first
		}
		use(p)
	}
}

// fixedSize gives the bytes of a property's type, 0 for those that tell their length.
func fixedSize(kind uint16) int {
	switch kind {
	case typeShort, typeLong, typeFloat, typeError, typeBool:
		return 4
	case typeDouble, typeCurrency, typeDate, typeInt64, typeTime:
		return 8
	case typeGUID:
		return 16
	}
	return 0
}
