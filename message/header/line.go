package header

import (
	"bytes"

	"weir/message/anomaly"
)

// Lines gives raw itself, or, where its lines end in CR alone (a file from an old Macintosh), a copy with LF in place
// of CR, which is noted. What has no LF at all could not be parsed as mail by anybody.
func Lines(raw []byte, notes *anomaly.Set) []byte {
	if bytes.IndexByte(raw, '\n') >= 0 || bytes.IndexByte(raw, '\r') < 0 {
		return raw
	}
	notes.Add(anomaly.HeaderMacEnds, "")
	return bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
}

// splitName finds a field's name: nameEnd is -1 where the line is no field. Names hold no white space inside; some
// before the colon is tolerated (obsolete syntax, RFC 5322 section 4.5.8).
func splitName(line []byte) (nameEnd, colon int) {
	colon = bytes.IndexByte(line, ':')
	if colon <= 0 {
		return -1, -1
	}
	nameEnd = colon
	for nameEnd > 0 && isSpace(line[nameEnd-1]) {
		nameEnd--
	}
	for _, c := range line[:nameEnd] {
		if isSpace(c) {
			return -1, -1
		}
	}
	if nameEnd == 0 {
		return -1, -1
	}
	return nameEnd, colon
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f'
}

// name gives the canonical name and notes what is odd about it.
func (p *parser) name(name, line []byte) string {
	if c := line[len(name)]; c != ':' {
		p.notes.AddBytes(anomaly.HeaderSpaceColon, name)
	}
	control := false
	for _, c := range name {
		if c < ' ' || c == 0x7f {
			control = true
		}
		if c >= 0x80 {
			p.notes.AddBytes(anomaly.HeaderNameEightBit, name)
			break
		}
	}
	if !control {
		return view(name)
	}
	p.notes.AddBytes(anomaly.HeaderNameControl, name)
	return dropControls(name)
}

// dropControls leaves out the characters that some programs ignore, so that "Fr\x00om" counts as the From that they see.
func dropControls(name []byte) string {
	out := make([]byte, 0, len(name))
	for _, c := range name {
		if c >= ' ' && c != 0x7f {
			out = append(out, c)
		}
	}
	return string(out)
}

func (p *parser) checkValue(line []byte) {
	if bytes.IndexByte(line, 0) >= 0 {
		p.notes.AddBytes(anomaly.HeaderNUL, line)
	}
	if bytes.IndexByte(line, '\r') >= 0 {
		p.notes.AddBytes(anomaly.HeaderBareCR, line)
	}
}
