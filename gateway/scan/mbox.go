package scan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// An mbox is many messages in one file, each after a line such as
//
//	From alice@example.org Mon Sep  2 12:30:00 2002
//
// (RFC 4155 and its many dialects). A line of a message that begins with "From " is written ">From " (mboxo), and one
// that begins with ">From " gets one more > (mboxrd). QUIRK: many writers leave lines as they are. So a From line
// counts only if it holds a time of day and a year, and if a blank line comes before it or a header field after it.

// ErrTooLarge says that a message was not judged because it is longer than the limit.
var ErrTooLarge = errors.New("scan: message is larger than the limit")

// mbox splits a mailbox, or hands out a single message as it is. It reads as it goes: no more than one message is in
// memory.
type mbox struct {
	in    *bufio.Reader
	limit int
	hint  int    // likely size of a single message, 0 not known
	many  bool   // it begins with a From line
	next  []byte // the next message's begin: the line after its From line; nil: unread
	ended bool
}

// newMbox looks at the first line. split false takes the whole input as one message in any case.
func newMbox(in io.Reader, limit int, split bool) *mbox {
	m := &mbox{in: bufio.NewReaderSize(in, 64<<10), limit: limit}
	if head, _ := m.in.Peek(1000); split && bytes.HasPrefix(head, []byte("From ")) {
		m.many = true
		if end := bytes.IndexAny(head, "\r\n"); end >= 0 && head[end] == '\r' && !bytes.HasPrefix(head[end:], []byte("\r\n")) {
			m.many = false // QUIRK: lines end with CR alone, as on old Macs: one message behind its From line
			_, _ = m.in.Discard(end + 1)
		}
	}
	return m
}

// Next gives the next message, io.EOF after the last. A message above the limit is ErrTooLarge; the one after it can
// be read. Any other error is the input's own, and the last.
func (m *mbox) Next() ([]byte, error) {
	switch {
	case m.ended:
		return nil, io.EOF
	case !m.many:
		m.ended = true
		return m.whole()
	case m.next == nil:
		if err := m.skipFrom(); err != nil {
			return nil, m.end(err)
		}
	}
	return m.message()
}

// skipFrom skips the first From line, if there is one: who calls something an mbox may be wrong.
func (m *mbox) skipFrom() error {
	if head, _ := m.in.Peek(5); string(head) != "From " {
		return nil
	}
	if _, err := m.line(nil); err != io.EOF {
		return err
	}
	return nil
}

func (m *mbox) end(err error) error {
	m.ended = true
	return err
}

func (m *mbox) whole() ([]byte, error) {
	var raw bytes.Buffer
	raw.Grow(m.hint + bytes.MinRead)
	_, err := raw.ReadFrom(io.LimitReader(m.in, int64(m.limit)+1))
	if err == nil && raw.Len() > m.limit {
		return nil, m.tooLarge()
	}
	return raw.Bytes(), err
}

func (m *mbox) tooLarge() error {
	return fmt.Errorf("%w of %d bytes (--max-size)", ErrTooLarge, m.limit)
}

// message collects lines up to the next From line.
func (m *mbox) message() ([]byte, error) {
	raw, tooLong, blank := m.next, false, false
	m.next = nil
	for {
		start := len(raw)
		grown, err := m.line(raw)
		line := grown[start:]
		if len(line) > 0 {
			if isFromLine(line) && (blank || m.fieldFollows()) {
				m.next = []byte{}
				return finish(raw, blank, tooLong, m)
			}
			blank = len(bytes.TrimRight(line, "\r\n")) == 0
			raw = grown
			if quoted(line) {
				raw = append(raw[:start], line[1:]...)
			}
			if len(raw) > m.limit {
				raw, tooLong = raw[:0], true
			}
		}
		if err == io.EOF {
			m.ended = true
			return finish(raw, blank, tooLong, m)
		}
		if err != nil {
			return nil, m.end(err)
		}
	}
}

// finish takes off the blank line that separates messages.
func finish(raw []byte, blank, tooLong bool, m *mbox) ([]byte, error) {
	if tooLong {
		return nil, m.tooLarge()
	}
	if blank {
		raw = bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))
	}
	return raw, nil
}

// line appends the next line with its end to buf. Of a line beyond the limit only the begin is kept, which is enough
// to see that the message is too large.
func (m *mbox) line(buf []byte) ([]byte, error) {
	start := len(buf)
	for {
		piece, err := m.in.ReadSlice('\n')
		if len(buf)-start <= m.limit {
			buf = append(buf, piece...)
		}
		if err != bufio.ErrBufferFull {
			return buf, err
		}
	}
}

// fieldFollows tells whether the next line looks like a header field, or like another quoted From line as some
// archives have it.
func (m *mbox) fieldFollows() bool {
	head, _ := m.in.Peek(80)
	colon := bytes.IndexByte(head, ':')
	if colon < 1 {
		return bytes.HasPrefix(head, []byte(">From "))
	}
	for _, c := range head[:colon] {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// quoted tells whether a line is >From, >>From and so on.
func quoted(line []byte) bool {
	rest := bytes.TrimLeft(line, ">")
	return len(rest) < len(line) && bytes.HasPrefix(rest, []byte("From "))
}

// isFromLine wants "From ", and in it a time of day (12:30) and a year (2002).
func isFromLine(line []byte) bool {
	if len(line) > 1000 || !bytes.HasPrefix(line, []byte("From ")) {
		return false
	}
	clock, year := false, false
	for word := range bytes.FieldsSeq(line[5:]) {
		clock = clock || isClock(word)
		year = year || len(word) == 4 && digits(word) && (word[0] == '1' || word[0] == '2')
	}
	return clock && year
}

// isClock tells whether a word is 12:30 or 12:30:59.
func isClock(word []byte) bool {
	return (len(word) == 5 || len(word) == 8 && word[5] == ':' && digits(word[6:8])) && word[2] == ':' && digits(word[:2]) && digits(word[3:5])
}

func digits(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
