package part

import (
	"bytes"
	"strings"

	"weir/message/anomaly"
)

// uuencoded takes the uuencoded files out of a text (POSIX uuencode): "begin 644 name", lines, "end".
func (s *splitter) uuencoded(p *Part, body []byte) {
	for i := nextLine(body, 0, "begin"); i >= 0; i = nextLine(body, i, "begin") {
		name, base64, ok := uuBegin(body[i:])
		if !ok {
			i++
			continue
		}
		i += lineLength(body[i:])
		data, n, whole := s.uuData(p, body[i:], base64)
		if len(data) == 0 && !p.Unscanned {
			continue // "begin 100 pages" is prose
		}
		s.notes.Add(anomaly.UUEncoded, name)
		if !whole {
			s.notes.Add(anomaly.UUBroken, name)
		}
		if !s.attach(p, "uuencode", name, octets, data) {
			return
		}
		i += n
	}
}

func (s *splitter) uuData(p *Part, lines []byte, base64 bool) (data []byte, n int, whole bool) {
	if base64 {
		n = len(lines)
		if at := bytes.Index(lines, []byte("\n====")); at >= 0 {
			n, whole = at+1, true
		}
		if !s.afford(p, n) {
			return nil, n, false
		}
		return decodeBase64(lines[:n], false, s.notes), n, whole
	}
	n, whole = uuSpan(lines)
	if n == 0 || !s.afford(p, n) {
		return nil, n, false
	}
	return uuDecode(make([]byte, 0, n/4*3), lines[:n]), n, whole
}

// nextLine gives the first line at or behind i that begins with word, -1 if there is none.
func nextLine(body []byte, i int, word string) int {
	for i < len(body) {
		n := bytes.Index(body[i:], []byte(word))
		if n < 0 {
			return -1
		}
		i += n
		if i == 0 || body[i-1] == '\n' {
			return i
		}
		i++
	}
	return -1
}

func lineLength(b []byte) int {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return n + 1
	}
	return len(b)
}

// uuBegin reads the first line: a mode in octal digits, then the name.
//
// QUIRK: POSIX has single spaces, three digits and a name. Decoders take any white space, longer modes and no name. The
// lines that follow tell it from prose.
func uuBegin(b []byte) (name string, base64, ok bool) {
	line := string(bytes.TrimRight(b[:min(lineLength(b), 512)], " \t\r\n"))
	rest, base64 := line[len("begin"):], false
	if hasPrefix(rest, "-base64") {
		rest, base64 = rest[len("-base64"):], true
	}
	if rest == "" || rest[0] != ' ' && rest[0] != '\t' {
		return "", false, false
	}
	mode, name, _ := strings.Cut(strings.ReplaceAll(strings.TrimLeft(rest, " \t"), "\t", " "), " ")
	if len(mode) < 3 || len(mode) > 7 || strings.Trim(mode, "01234567") != "" {
		return "", false, false
	}
	return strings.TrimLeft(name, " "), base64, true
}

// uuSpan tells how many bytes of uuencoded lines follow, "end" included, and whether that is there.
func uuSpan(b []byte) (n int, whole bool) {
	for n < len(b) {
		length := lineLength(b[n:])
		line := bytes.TrimRight(b[n:n+length], "\r\n")
		if string(bytes.TrimRight(line, " \t")) == "end" {
			return n + length, n > 0
		}
		if !uuLine(line) {
			return n, false
		}
		n += length
	}
	return n, false
}

// uuLine tells whether a line can be uuencoded: its first character gives the number of bytes in it. Blanks at its end
// may have been lost on the way.
//
// QUIRK: characters beyond "`" are no uuencoding, but decoders look at six bits only and read "m" as "-". A line with
// them must have its full length, so that prose is none.
func uuLine(line []byte) bool {
	if len(line) == 0 {
		return true
	}
	size := int(line[0]-' ') & 63
	full := 1 + (size+2)/3*4
	if len(line) > full+4 {
		return false
	}
	odd := false
	for _, c := range line {
		if c < ' ' || c > '~' {
			return false
		}
		odd = odd || c > '`'
	}
	if odd {
		return size > 0 && len(line) >= full
	}
	return size == 0 || len(line) > 1
}

// uuDecode decodes lines that uuSpan accepted.
func uuDecode(out, b []byte) []byte {
	for len(b) > 0 {
		length := lineLength(b)
		line := bytes.TrimRight(b[:length], "\r\n")
		b = b[length:]
		if len(line) == 0 || string(bytes.TrimRight(line, " \t")) == "end" {
			continue
		}
		out = uuDecodeLine(out, line[1:], int(line[0]-' ')&63)
	}
	return out
}

func uuDecodeLine(out, digits []byte, size int) []byte {
	for ; size > 0 && len(digits) > 0; size -= 3 {
		var d [4]byte
		for i := range min(4, len(digits)) {
			d[i] = (digits[i] - ' ') & 63
		}
		three := [3]byte{d[0]<<2 | d[1]>>4, d[1]<<4 | d[2]>>2, d[2]<<6 | d[3]}
		out = append(out, three[:min(3, size)]...)
		digits = digits[min(4, len(digits)):]
	}
	return out
}

// decodeUUBody decodes a body whose transfer encoding is x-uuencode, with or without its begin line.
func decodeUUBody(raw []byte, notes *anomaly.Set) []byte {
	b := raw
	if i := nextLine(b, 0, "begin"); i >= 0 {
		b = b[i+lineLength(b[i:]):]
	}
	n, whole := uuSpan(b)
	if n == 0 {
		notes.Add(anomaly.UUBroken, "")
		return raw
	}
	if !whole {
		notes.Add(anomaly.UUBroken, "")
	}
	return uuDecode(make([]byte, 0, n/4*3), b[:n])
}
