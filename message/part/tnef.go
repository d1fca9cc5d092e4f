package part

import (
	"bytes"
	"encoding/binary"
	"strings"

	"weir/message/anomaly"
	"weir/message/charset"
)

// tnefSignature begins every TNEF stream (MS-OXTNEF section 2.1.3.1), little-endian.
const tnefSignature = 0x223e9f78

// The attributes that hold content (MS-OXTNEF section 2.1.3.3).
const (
	attBody        = 0x0002800c
	attMessage     = 0x00069003 // attMsgProps: MAPI properties of the message
	attAttachTitle = 0x00018010
	attAttachData  = 0x0006800f
	attAttachStart = 0x00069002 // attAttachRendData: a new attachment begins
	attAttachProps = 0x00069005 // MAPI properties of an attachment
)

// isTNEF tells whether a part is Outlook's winmail.dat, by type, by name or by its first bytes.
func isTNEF(p *Part) bool {
	switch p.Type {
	case "application/ms-tnef", "application/vnd.ms-tnef":
		return true
	}
	if strings.EqualFold(p.FileName, "winmail.dat") {
		return true
	}
	return p.Encoding == "base64" && bytes.HasPrefix(p.Raw, []byte("eJ8+I"))
}

// tnefFile is an attachment as it is gathered from attributes.
type tnefFile struct {
	open bool
	name string
	data []byte
}

// tnef takes the files and texts out of a winmail.dat.
func (s *splitter) tnef(p *Part) {
	b := p.Body()
	s.notes.Add(anomaly.TNEF, "")
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		s.notes.Add(anomaly.TNEFBroken, "signature")
		return
	}
	var file tnefFile
	for b = b[6:]; len(b) > 0; {
		id, data, rest, ok := tnefAttribute(b)
		if !ok {
			s.notes.Add(anomaly.TNEFBroken, "cut off")
			break
		}
		b = rest
		s.tnefTake(p, &file, id, data)
		if len(s.parts) >= s.lim.Parts {
			break
		}
	}
	s.tnefFlush(p, &file)
}

// tnefAttribute reads one attribute: level, id, length, data, checksum. Of one that is cut off the data that is there
// is given first, so that a lying length hides nothing.
func tnefAttribute(b []byte) (id uint32, data, rest []byte, ok bool) {
	const head = 9
	if len(b) < head {
		return 0, nil, nil, isBlankOrZero(b)
	}
	id = binary.LittleEndian.Uint32(b[1:])
	size := int64(binary.LittleEndian.Uint32(b[5:]))
	b = b[head:]
	if size > int64(len(b)) {
		return id, b, nil, len(b) > 0
	}
	data, rest = b[:size], b[size:]
	return id, data, rest[min(2, len(rest)):], true
}

func isBlankOrZero(b []byte) bool { return len(bytes.Trim(b, "\x00 \r\n")) == 0 }

func (s *splitter) tnefTake(p *Part, f *tnefFile, id uint32, data []byte) {
	switch id {
	case attBody:
		s.attachText(p, "text/plain", data)
	case attMessage:
		s.tnefMessage(p, data)
	case attAttachStart:
		s.tnefFlush(p, f)
		f.open = true
	case attAttachTitle:
		f.name = cString(data)
	case attAttachData:
		f.data = data
		f.open = true
	case attAttachProps:
		s.tnefProps(f, data)
	}
}

func (s *splitter) tnefFlush(p *Part, f *tnefFile) {
	if f.open && (len(f.data) > 0 || f.name != "") {
		s.attach(p, "tnef", f.name, octets, f.data)
	}
	*f = tnefFile{}
}

// tnefProps reads what MAPI says of an attachment: its long name, and embedded objects.
func (s *splitter) tnefProps(f *tnefFile, data []byte) {
	whole := eachProperty(data, func(prop property) {
		switch prop.id {
		case propLongFileName:
			f.name = prop.text()
		case propAttachData:
			if len(f.data) == 0 {
				f.data, f.open = prop.value, true
			}
		}
	})
	if !whole {
		s.notes.Add(anomaly.TNEFBroken, "properties")
	}
}

// tnefMessage reads the message's texts from its MAPI properties.
func (s *splitter) tnefMessage(p *Part, data []byte) {
	whole := eachProperty(data, func(prop property) {
		switch prop.id {
		case propBody:
			s.attachText(p, "text/plain", []byte(prop.text()))
		case propHTML:
			s.attachText(p, "text/html", prop.value)
		case propRTF:
			if rtf, ok := s.inflateRTF(p, prop.value); ok {
				s.attachText(p, "text/rtf", rtf)
				return
			}
			s.notes.Add(anomaly.TNEFBroken, "rtf")
		}
	})
	if !whole {
		s.notes.Add(anomaly.TNEFBroken, "properties")
	}
}

func (s *splitter) attachText(p *Part, mediaType string, data []byte) {
	if data = bytes.TrimRight(data, "\x00"); len(data) > 0 {
		s.attach(p, "tnef", "", mediaType, data)
	}
}

// cString cuts at the first NUL and decodes what has no charset.
func cString(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	text, _ := charset.Decode(b, "")
	return text
}
