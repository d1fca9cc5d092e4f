package part

import (
	"bytes"
	"encoding/binary"

	"weir/message/anomaly"
)

// binhexMark is the line that stands in front of BinHex 4.0 data (RFC 1741).
const binhexMark = "(This file must be converted with BinHex"

const binhexDigits = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"

var binhexValues = makeBinhexValues()

func makeBinhexValues() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range len(binhexDigits) {
		t[binhexDigits[i]] = byte(i)
	}
	return t
}

// binhex takes a BinHex 4.0 file out of a text: its data fork.
func (s *splitter) binhex(p *Part, body []byte) {
	i := bytes.Index(body, []byte(binhexMark))
	if i < 0 {
		return
	}
	i += lineLength(body[i:])
	colon := bytes.IndexByte(body[i:], ':')
	if colon < 0 || !s.afford(p, len(body)-i) {
		s.notes.Add(anomaly.BinHexBroken, "")
		return
	}
	plain, ok := s.binhexUnpack(p, body[i+colon+1:])
	name, data, whole := binhexFork(plain)
	s.notes.Add(anomaly.BinHex, name)
	if !ok || !whole {
		s.notes.Add(anomaly.BinHexBroken, name)
	}
	s.attach(p, "binhex", name, octets, data)
}

// binhexUnpack turns digits into bytes and undoes the run lengths: 0x90 and a count repeat the byte before.
func (s *splitter) binhexUnpack(p *Part, b []byte) (out []byte, ok bool) {
	bits, n, run := uint32(0), 0, false
	for _, c := range b {
		switch {
		case c == ':':
			return out, true
		case isBlank([]byte{c}):
			continue
		case binhexValues[c] > 63:
			return out, false
		}
		bits = bits<<6 | uint32(binhexValues[c])
		if n += 6; n < 8 {
			continue
		}
		n -= 8
		v := byte(bits >> n)
		switch {
		case run && v == 0:
			out, run = append(out, 0x90), false
		case run:
			if len(out) == 0 || !s.afford(p, int(v)) {
				return out, false
			}
			out, run = append(out, bytes.Repeat(out[len(out)-1:], int(v)-1)...), false
		case v == 0x90:
			run = true
		default:
			out = append(out, v)
		}
	}
	return out, false
}

// binhexFork reads the header (name, type, creator, flags, two lengths, a checksum) and gives the data fork.
func binhexFork(b []byte) (name string, data []byte, whole bool) {
	if len(b) < 1 || len(b) < int(b[0])+22 {
		return "", b, false
	}
	n := int(b[0])
	name = string(b[1 : 1+n])
	length := int(binary.BigEndian.Uint32(b[1+n+1+8+2:]))
	data = b[min(len(b), n+22):]
	if length > len(data) {
		return name, data, false
	}
	return name, data[:length], true
}
