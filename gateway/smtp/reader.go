package smtp

import (
	"bytes"
	"errors"

	"weir/gateway/spool"
)

// What can be wrong with message data. The data is read to its end all the same, where it has one.
var (
	errBare     = errors.New("smtp: bare CR or LF")
	errLongLine = errors.New("smtp: line too long")
	errSize     = errors.New("smtp: message too large")
)

// content takes message data in and writes it to the spool with line ends made sure: every CR and LF in the spool
// stands in a CRLF. What that means for data that has others, in mode "normalize":
//
//   - a bare LF becomes CRLF;
//   - CRs in front of an LF become one line end with it ("\r\r\n" is CRLF);
//   - any other run of CRs becomes one space.
//
// In mode "reject" any of these is errBare. In DATA a message ends at a line "." between two line ends that are CRLF
// from the start, and a dot is taken off only where it follows such a line end. "\n.\r\n", "\r\n.\n", "\r\r\n.\r\n"
// and their kin never end a message: the dot is content, and goes on doubled (SMTP smuggling, CVE-2023-51764).
//
// The zero value must be given a spool.
type content struct {
	buf    *spool.Buffer
	limit  int64 // bytes of the message; 0: none
	long   int64 // bytes of a line with its end; 0: no limit
	reject bool

	dots  bool // DATA: the end is a dot; BDAT: no dots
	start lineStart
	cr    int8  // CRs seen that belong to what follows: 0, 1, 2 for more
	line  int64 // bytes of the present line so far
	total int64 // bytes of the message, kept or not
	err   error // first thing that is wrong; nothing is kept from then on
	lone  bool  // the last thing read was a dot that some servers would take for the end
}

// lineStart tells whether the next byte begins a line.
type lineStart uint8

const (
	inLine  lineStart = iota
	afterOK           // after a clean CRLF, or at the start
	afterNL           // after any other line end
)

var crlf = []byte("\r\n")

// fail notes what is wrong, the first thing only.
func (c *content) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// keep writes p to the spool unless something is wrong.
func (c *content) keep(p []byte) {
	c.total += int64(len(p))
	if c.limit > 0 && c.total > c.limit {
		c.fail(errSize)
	}
	if c.err != nil || len(p) == 0 {
		return
	}
	if _, err := c.buf.Write(p); err != nil {
		c.err = err
	}
}

// scan takes what it can of b: n bytes. done says that the end of DATA was among them. Where n is short of len(b),
// the rest is the beginning of a line that needs more bytes to be understood, three at most.
func (c *content) scan(b []byte) (n int, done bool) {
	c.lone = false
	i := c.afterCR(b)
	run := i // b[run:i] is understood and not kept yet
	for i < len(b) {
		if c.start != inLine && c.dots && b[i] == '.' {
			skip, end, more := c.dot(b[i:])
			if more || end > 0 {
				c.keep(b[run:i])
				return i + end, end > 0
			}
			if skip {
				c.keep(b[run:i])
				run, i = i+1, i+1
			}
		}
		c.start = inLine
		i, run = c.restOfLine(b, i, run)
	}
	c.keep(b[run:i])
	return i, false
}

// dot looks at a dot at the start of a line: skip it, or it is the end, or more bytes are needed.
func (c *content) dot(b []byte) (skip bool, end int, more bool) {
	clean := c.start == afterOK
	switch {
	case len(b) == 1, len(b) == 2 && b[1] == '\r':
		return false, 0, true
	case b[1] == '\r' && b[2] == '\n' && clean:
		return false, 3, false
	case b[1] == '\n', b[1] == '\r' && b[2] == '\n':
		c.lone = len(b) <= 3
		return false, 0, false
	}
	return clean, 0, false
}

// restOfLine goes to the end of the line in which b[i] is, or of b.
func (c *content) restOfLine(b []byte, i, run int) (int, int) {
	nl := bytes.IndexByte(b[i:], '\n')
	if nl < 0 {
		nl = len(b)
	} else {
		nl += i
	}
	cr := bytes.IndexByte(b[i:nl], '\r')
	if cr < 0 {
		return c.plainEnd(b, i, nl, run)
	}
	cr += i
	c.measure(cr - i)
	if cr == nl-1 && nl < len(b) {
		c.endLine(afterOK)
		return nl + 1, run
	}
	c.keep(b[run:cr])
	end := cr + 1
	for end < nl && b[end] == '\r' {
		end++
	}
	c.cr = int8(min(end-cr, 2))
	end += c.afterCR(b[end:])
	return end, end
}

// plainEnd ends a line that has no CR: with a bare LF, or with the end of b.
func (c *content) plainEnd(b []byte, i, nl, run int) (int, int) {
	c.measure(nl - i)
	if nl == len(b) {
		return nl, run
	}
	c.bare()
	c.keep(b[run:nl])
	c.keep(crlf)
	c.endLine(afterNL)
	return nl + 1, nl + 1
}

// afterCR decides what CRs that came before b were, and returns how many bytes of b belong to them.
func (c *content) afterCR(b []byte) int {
	n := 0
	for c.cr > 0 && n < len(b) && b[n] == '\r' {
		n, c.cr = n+1, 2
	}
	if c.cr == 0 || n == len(b) {
		return n
	}
	if b[n] != '\n' {
		c.space()
		return n
	}
	start := afterOK
	if c.cr > 1 {
		c.bare()
		start = afterNL
	}
	c.cr = 0
	c.keep(crlf)
	c.endLine(start)
	return n + 1
}

// space stands for CRs that end no line.
func (c *content) space() {
	c.bare()
	c.cr = 0
	c.start = inLine
	c.measure(1)
	c.keep([]byte{' '})
}

// bare notes a bare CR or LF.
func (c *content) bare() {
	if c.reject {
		c.fail(errBare)
	}
}

// measure counts bytes of the present line.
func (c *content) measure(n int) {
	if c.line += int64(n); c.long > 0 && c.line+2 > c.long {
		c.fail(errLongLine)
	}
}

func (c *content) endLine(start lineStart) { c.start, c.line = start, 0 }

// finish ends content that came with BDAT: the last line must have its end, since it goes on with DATA.
func (c *content) finish() {
	if c.cr > 0 {
		c.space()
	}
	if c.start == inLine && c.total > 0 {
		c.keep(crlf)
		c.endLine(afterOK)
	}
}
