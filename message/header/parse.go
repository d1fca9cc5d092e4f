package header

import (
	"bytes"

	"weir/message/anomaly"
)

// Parse splits the header block that raw begins with. It returns the fields and the index of the body's first byte.
// Fields refer to raw, which must not be changed. A block longer than maxBytes (0: no limit) is read up to there; the
// body begins behind its end all the same. Oddities are noted in notes, which may be nil.
func Parse(raw []byte, maxBytes int, notes *anomaly.Set) (Header, int) {
	h, body, _ := ParseAll(raw, maxBytes, notes)
	return h, body
}

// ParseAll is Parse, and tells where else the body may begin for other programs: at a line that is no field, or behind
// a line of white space only. other is -1 where nobody could doubt.
func ParseAll(raw []byte, maxBytes int, notes *anomaly.Set) (h Header, body, other int) {
	p := parser{raw: raw, notes: notes, other: -1, nextField: -1}
	p.measure(maxBytes)
	if p.lines > 0 {
		p.h.Fields = make([]Field, 0, p.lines)
	}
	p.run()
	return p.h, p.body, p.other
}

type parser struct {
	raw   []byte
	notes *anomaly.Set
	h     Header

	end   int // the block ends here: the empty line, or the limit
	body  int // the body begins here
	lines int // fields and runs of lines that are none, at most
	first int // index of the first field: 1 behind an mbox line
	other int // see ParseAll

	nextField int // a field begins here, seen by looking ahead; -1 not looked yet
}

// measure finds the end of the block and how many fields it can have, so that they are allocated once.
func (p *parser) measure(maxBytes int) {
	crlf, lf, stray := 0, 0, false
	i := 0
	for i < len(p.raw) {
		end, next := p.line(i)
		if end == i {
			p.end, p.body = i, next
			p.finish(maxBytes, crlf > 0 && lf > 0)
			return
		}
		switch {
		case next-end == 2:
			crlf++
		case next > end:
			lf++
		}
		if c := p.raw[i]; i == 0 || (c != ' ' && c != '\t') {
			colon := bytes.IndexByte(p.raw[i:end], ':') >= 0
			if colon || !stray {
				p.lines++
			}
			stray = !colon
		}
		i = next
	}
	p.end, p.body = len(p.raw), len(p.raw)
	p.finish(maxBytes, crlf > 0 && lf > 0)
}

func (p *parser) finish(maxBytes int, mixed bool) {
	if maxBytes > 0 && p.end > maxBytes {
		p.notes.Add(anomaly.HeaderTooLong, "")
		p.end = maxBytes
		p.lines = min(p.lines, maxBytes/2+1)
	}
	if mixed {
		p.notes.Add(anomaly.HeaderMixedEnds, "")
	}
}

// line gives the end of the line that begins at i, without and with its line end.
//
// QUIRK: RFC 5322 knows CRLF only; LF alone ends a line too. CR alone does not, see Lines.
func (p *parser) line(i int) (end, next int) {
	n := bytes.IndexByte(p.raw[i:], '\n')
	if n < 0 {
		return len(p.raw), len(p.raw)
	}
	end = i + n
	next = end + 1
	if end > i && p.raw[end-1] == '\r' {
		end--
	}
	return end, next
}

func (p *parser) run() {
	i := p.skipMboxFrom()
	for i < p.end {
		end, next := p.line(i)
		next = min(next, p.end)
		end = min(end, next)
		if !p.take(i, end, next) {
			return
		}
		i = next
	}
}

// skipMboxFrom steps over the line that mbox files put in front of each message, and over a quoted one.
func (p *parser) skipMboxFrom() int {
	if !bytes.HasPrefix(p.raw, []byte("From ")) && !bytes.HasPrefix(p.raw, []byte(">From ")) {
		return 0
	}
	end, next := p.line(0)
	if nameEnd, _ := splitName(p.raw[:end]); nameEnd >= 0 {
		return 0 // "From : x" is a field
	}
	p.notes.AddBytes(anomaly.HeaderMboxFrom, p.raw[:end])
	p.h.Fields = append(p.h.Fields, Field{Raw: p.raw[:next:next], Colon: -1})
	p.first = 1
	return min(next, p.end)
}

// take reads one line: a field, the continuation of one, or neither. It returns false where the body begins.
func (p *parser) take(i, end, next int) bool {
	line := p.raw[i:end]
	if c := line0(line); c == ' ' || c == '\t' {
		if p.fold(i, line, next) {
			return true
		}
		line = bytes.TrimLeft(line, " \t")
	}
	nameEnd, colon := splitName(line)
	if nameEnd < 0 {
		return p.stray(i, line, next)
	}
	colon += end - i - len(line)
	p.h.Fields = append(p.h.Fields, Field{Raw: p.raw[i:next:next], Name: p.name(line[:nameEnd], line), Colon: colon})
	p.checkValue(line)
	return true
}

func line0(line []byte) byte {
	if len(line) == 0 {
		return 0
	}
	return line[0]
}

// fold adds a continuation line to the last field. It returns false for a first line: there is nothing to continue.
func (p *parser) fold(i int, line []byte, next int) bool {
	if len(bytes.TrimLeft(line, " \t\r")) == 0 {
		p.notes.Add(anomaly.HeaderBlankFold, "")
		p.elsewhere(next)
	}
	n := len(p.h.Fields)
	if n == p.first {
		p.notes.AddBytes(anomaly.HeaderLeadingSpace, line)
		return false
	}
	last := &p.h.Fields[n-1]
	last.Raw = p.raw[i-len(last.Raw) : next : next]
	p.checkValue(line)
	return true
}

// stray handles a line that is no field. Where fields follow it is skipped, else the body begins with it.
//
// QUIRK: RFC 5322 has no such lines. Postfix and Sendmail take the body to begin here, most mail programs skip the line:
// so what follows is read as fields, and ParseAll's other tells where the body begins for the rest.
func (p *parser) stray(i int, line []byte, next int) bool {
	p.elsewhere(i)
	if len(line) > 0 && !p.fieldFollows(next) {
		p.notes.AddBytes(anomaly.HeaderNoEnd, line)
		p.body, p.other = i, -1
		return false
	}
	p.notes.AddBytes(anomaly.HeaderNoColon, line)
	p.keepStray(i, next)
	return true
}

// keepStray keeps lines that are no fields, a run of them as one: else such lines would weigh many times their bytes.
func (p *parser) keepStray(i, next int) {
	n := len(p.h.Fields)
	if n > p.first && p.h.Fields[n-1].Colon < 0 {
		last := &p.h.Fields[n-1]
		last.Raw = p.raw[i-len(last.Raw) : next : next]
		return
	}
	p.h.Fields = append(p.h.Fields, Field{Raw: p.raw[i:next:next], Colon: -1})
}

func (p *parser) elsewhere(i int) {
	if p.other < 0 {
		p.other = i
	}
}

// fieldFollows looks ahead for a proper field. What it found serves later calls, so that the work stays linear.
func (p *parser) fieldFollows(i int) bool {
	if p.nextField >= i {
		return p.nextField < p.end
	}
	for i < p.end {
		end, next := p.line(i)
		if nameEnd, _ := splitName(p.raw[i:min(end, p.end)]); nameEnd > 0 {
			break
		}
		i = next
	}
	p.nextField = max(i, 0)
	return i < p.end
}
