package mime

import (
	"bytes"

	"weir/rules/ascii"
	"weir/rules/view/alias"
)

// Field is a header field of a part.
type Field struct {
	Name string // as it stands, without white space behind it where it belongs to a message
	Raw  []byte // the value behind the colon, with folding and the line end
}

// head is a message's header as it was read.
type head struct {
	fields []Field
	flags  Flag
	body   []byte
}

// readHeader splits a message into header and body. Lines that end in CRLF are read as ending in LF if the first or the
// last of them does.
func readHeader(raw []byte) head {
	if len(raw) == 0 {
		return head{}
	}
	raw = unixEnds(skipMbox(raw))
	var h head
	var field []byte // the field at hand, with its continuations
	bad, pos := 0, 0
	for {
		line := lineAt(raw, pos)
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			field = raw[pos-len(field) : pos+len(line)]
			pos += len(line)
			continue
		}
		h.keep(field)
		switch {
		case len(line) == 0:
			h.flags |= NoSeparator
			h.body = raw[pos:]
			return h
		case len(line) == 1 && line[0] == '\n':
			h.body = raw[pos+1:]
			return h
		case bytes.HasPrefix(line, []byte("--")):
			h.flags |= NoSeparator
			h.body = raw[pos:]
			return h
		}
		if fieldName(line, true) < 0 {
			if bad++; bad > 3 {
				h.flags |= NoSeparator
				h.body = raw[pos:]
				return h
			}
		}
		field = line
		pos += len(line)
	}
}

// keep adds a field of a message's header, cut to its bounds.
func (h *head) keep(field []byte) {
	i := bytes.IndexByte(field, ':')
	if i < 0 {
		return
	}
	key, value := bytes.TrimRight(field[:i], " \t"), field[i+1:]
	if len(key) > maxKey {
		key = key[:maxKey]
		h.flags |= TruncatedHeader
	}
	if len(value) > maxValue {
		value = value[:maxValue]
		h.flags |= TruncatedHeader
	}
	h.fields = append(h.fields, Field{Name: alias.String(key), Raw: value})
}

// skipMbox steps over the line that mbox files put in front of each message.
func skipMbox(raw []byte) []byte {
	line := lineAt(raw, 0)
	rest, ok := bytes.CutPrefix(line, []byte("From"))
	if !ok || len(rest) == 0 {
		return raw
	}
	blanks := len(rest) - len(bytes.TrimLeft(rest, " \t\n\v\f\r"))
	if blanks == 0 || blanks == 1 && len(rest) > 1 && rest[1] == ':' {
		return raw
	}
	return raw[len(line):]
}

// unixEnds gives a text whose lines end in LF: the text itself unless its first or last line ends in CRLF.
func unixEnds(raw []byte) []byte {
	first := lineAt(raw, 0)
	last := raw[bytes.LastIndexByte(raw[:max(len(raw)-1, 0)], '\n')+1:]
	if !bytes.Contains(first, crlf) && !bytes.Contains(last, crlf) {
		return raw
	}
	return bytes.ReplaceAll(raw, crlf, []byte("\n"))
}

var crlf = []byte("\r\n")

// lineAt gives the line that begins at pos, with its end; nothing at the end of the text.
func lineAt(b []byte, pos int) []byte {
	if pos >= len(b) {
		return nil
	}
	if i := bytes.IndexByte(b[pos:], '\n'); i >= 0 {
		return b[pos : pos+i+1]
	}
	return b[pos:]
}

// fieldName gives the length of the name of the field that a line is; -1: it is none. blanks allows white space between
// the name and its colon.
func fieldName(line []byte, blanks bool) int {
	i := 0
	for i < len(line) && line[i] > ' ' && line[i] < 0x7F && line[i] != ':' {
		i++
	}
	n := i
	for blanks && i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if n == 0 || i == len(line) || line[i] != ':' {
		return -1
	}
	return n
}

// isBlank tells whether a line is white space only.
func isBlank(line []byte) bool {
	for _, c := range line {
		if !ascii.Space(c) {
			return false
		}
	}
	return true
}

// fewerBlanks leaves out empty lines of a body where more than maxBlank follow each other: the first stays, and those
// behind it but the last ones go.
func fewerBlanks(body []byte) []byte {
	var out []byte
	kept := 0 // what was copied
	run, second := 0, 0
	cut := func(end int, first bool) {
		n := run
		if first { // a run that begins the body is counted without its first line
			n--
		}
		if n > maxBlank {
			from := second
			if first {
				from += len(lineAt(body, second))
			}
			to := from
			for range n - maxBlank {
				to += len(lineAt(body, to))
			}
			out = append(append(out, body[kept:from]...), body[min(to, end):end]...)
			kept = end
		}
	}
	first := true
	pos := 0
	for pos < len(body) {
		line := lineAt(body, pos)
		if line[0] <= ' ' && isBlank(line) {
			if run++; run == 1 {
				second = pos + len(line)
			}
		} else {
			if run > maxBlank {
				cut(pos, first)
			}
			run, first = 0, false
		}
		pos += len(line)
	}
	if run > maxBlank {
		cut(pos, first)
	}
	if out == nil {
		return body
	}
	return append(out, body[kept:]...)
}
