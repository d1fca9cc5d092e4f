package part

import (
	"bytes"
	"hash/crc32"
	"strconv"
	"strings"

	"weir/message/anomaly"
)

// yencoded takes yEnc files out of a text: "=ybegin line=128 size=… name=…", lines, "=yend size=… crc32=…".
func (s *splitter) yencoded(p *Part, body []byte) {
	for i := nextLine(body, 0, "=ybegin "); i >= 0; i = nextLine(body, i, "=ybegin ") {
		head := string(bytes.TrimRight(body[i:i+min(lineLength(body[i:]), 1024)], "\r\n"))
		_, name, _ := strings.Cut(head, " name=")
		i += lineLength(body[i:])
		data, n, whole := s.yencData(p, body[i:])
		i += n
		s.notes.Add(anomaly.YEncoded, name)
		if !whole {
			s.notes.Add(anomaly.YEncBroken, name)
		}
		if !s.attach(p, "yenc", name, octets, data) {
			return
		}
	}
}

func (s *splitter) yencData(p *Part, b []byte) (data []byte, n int, whole bool) {
	n = len(b)
	tail := ""
	if at := nextLine(b, 0, "=yend"); at >= 0 {
		n = at
		tail = string(b[at : at+min(lineLength(b[at:]), 512)])
	}
	if !s.afford(p, n) {
		return nil, n, false
	}
	data = yencDecode(make([]byte, 0, n), b[:n])
	return data, n, tail != "" && yencWhole(tail, data)
}

// yencDecode decodes lines: 42 is added to each byte, and after "=" another 64.
func yencDecode(out, b []byte) []byte {
	if hasPrefix(view(b[:min(len(b), 8)]), "=ypart ") {
		b = b[lineLength(b):]
	}
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\r' || c == '\n':
		case c == '=' && i+1 < len(b):
			i++
			out = append(out, b[i]-42-64)
		default:
			out = append(out, c-42)
		}
	}
	return out
}

// yencWhole checks what the last line says about the data.
func yencWhole(tail string, data []byte) bool {
	for _, f := range strings.Fields(tail)[1:] {
		key, value, _ := strings.Cut(f, "=")
		switch key {
		case "size":
			if n, err := strconv.Atoi(value); err != nil || n != len(data) {
				return false
			}
		case "crc32", "pcrc32":
			if n, err := strconv.ParseUint(value, 16, 32); err != nil || uint32(n) != crc32.ChecksumIEEE(data) {
				return key == "crc32" && strings.Contains(tail, "part=")
			}
		}
	}
	return true
}
