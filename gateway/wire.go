package gateway

import "bytes"

// WireEnds gives a message that was stored with LF line ends, as files on Unix are, the CRLF ends that it had when it was
// mailed: signatures hold for those only. One that has any CRLF is given back as it is: what is odd in it may be the
// sender's doing. raw is not changed.
func WireEnds(raw []byte) []byte {
	lines := bytes.Count(raw, []byte("\n"))
	if lines == 0 || bytes.Contains(raw, []byte("\r\n")) {
		return raw
	}
	out := make([]byte, 0, len(raw)+lines)
	for len(raw) > 0 {
		line, rest, found := bytes.Cut(raw, []byte("\n"))
		out = append(out, line...)
		if found {
			out = append(out, "\r\n"...)
		}
		raw = rest
	}
	return out
}
