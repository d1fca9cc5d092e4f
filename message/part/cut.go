package part

import "bytes"

// span is a range of bytes in a body.
type span struct{ start, end int }

// cutting is a body cut at its delimiter lines (RFC 2046 section 5.1.1).
type cutting struct {
	parts    []span // header and body of each part, in order
	preamble int    // length of the text before the first delimiter
	end      int    // index behind the final delimiter's line; -1: it is missing
	again    bool   // delimiters follow behind the final one
	prefix   bool   // there are lines that only begin like the delimiter
	more     bool   // max parts were cut, more follow
}

// cutter cuts a body. loose takes each line that begins with the delimiter for one, as RFC 2046 allows; else nothing
// but white space may follow it, as most programs have it. afterEnd goes on behind final delimiters.
type cutter struct {
	body     []byte
	boundary string
	loose    bool
	afterEnd bool
	quiet    bool // what it finds is noted already, as another oddity
	max      int  // parts at most
}

// cut finds the parts in one pass over the body; dst lends memory for them.
func (c cutter) cut(dst []span) cutting {
	out := cutting{parts: dst, preamble: len(c.body), end: -1}
	open := -1 // start of the part that is being read; -1 none
	for i := c.first(); i < len(c.body); i = c.next(i) {
		kind, lineEnd := c.classify(i)
		if kind == noDelimiter {
			continue
		}
		if kind == almost && !c.loose {
			out.prefix = true
			continue
		}
		if out.end >= 0 && !c.afterEnd {
			out.again = true
			break
		}
		if open >= 0 {
			out.parts = append(out.parts, span{open, c.contentEnd(open, i)})
		} else if len(out.parts) == 0 && out.end < 0 {
			out.preamble = i
		}
		open = lineEnd
		if kind == final {
			open, out.end = -1, lineEnd
		}
		if len(out.parts) >= c.max {
			out.more = true
			return out
		}
	}
	if open >= 0 {
		out.parts = append(out.parts, span{open, len(c.body)})
	}
	return out
}

// contentEnd leaves out the line end before a delimiter, which belongs to it.
func (c cutter) contentEnd(start, delimiter int) int {
	end := delimiter
	if end > start && c.body[end-1] == '\n' {
		end--
	}
	if end > start && c.body[end-1] == '\r' {
		end--
	}
	return end
}

// first gives the first line that begins with two hyphens, len(body) if there is none.
func (c cutter) first() int {
	if bytes.HasPrefix(c.body, []byte("--")) {
		return 0
	}
	return c.next(0)
}

// next gives the next such line behind i.
func (c cutter) next(i int) int {
	n := bytes.Index(c.body[i:], []byte("\n--"))
	if n < 0 {
		return len(c.body)
	}
	return i + n + 1
}

// The kinds of lines that begin with two hyphens.
type lineKind uint8

const (
	noDelimiter lineKind = iota
	delimiter
	final
	almost // begins like a delimiter
)

// classify looks at the line at i; lineEnd is the index behind its line end.
func (c cutter) classify(i int) (kind lineKind, lineEnd int) {
	rest := c.body[i+2:]
	if len(rest) < len(c.boundary) || string(rest[:len(c.boundary)]) != c.boundary {
		return noDelimiter, 0
	}
	rest = rest[len(c.boundary):]
	lineEnd = len(c.body)
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		lineEnd = len(c.body) - len(rest) + n + 1
		rest = rest[:n]
	}
	switch {
	case isBlank(rest):
		return delimiter, lineEnd
	case bytes.HasPrefix(rest, []byte("--")) && (isBlank(rest[2:]) || c.loose):
		return final, lineEnd
	case c.boundary == "":
		return noDelimiter, 0 // every line with two hyphens begins like it
	}
	return almost, lineEnd
}

func isBlank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}
