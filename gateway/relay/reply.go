package relay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Bounds of what a next hop may say in one reply (CASES B12). RFC 5321 section 4.5.3.1.5 has 512 bytes a line; more is read,
// since some servers write more.
const (
	replyLine  = 2048 // bytes of a line; the connection's read buffer has this size
	replyLines = 128  // lines of a reply
	replyTotal = 32 << 10
	keepLines  = 10 // lines passed on
	keepBytes  = 400
)

// errProtocol marks answers that are no SMTP: the connection can't be used any more.
var errProtocol = errors.New("relay: the next hop does not speak SMTP")

// lines reads the lines of one reply, within the bounds.
type lines struct {
	r        *bufio.Reader
	n, total int // read so far
	code     int
	last     bool
}

// next gives a line's text, valid until the following call.
func (l *lines) next() ([]byte, error) {
	line, err := readLine(l.r)
	if err != nil {
		return nil, err
	}
	code, last, rest, err := parseLine(line)
	if err != nil {
		return nil, err
	}
	if l.n == 0 {
		l.code = code
	}
	l.n, l.total, l.last = l.n+1, l.total+len(line), last
	if code != l.code || l.n > replyLines || l.total > replyTotal {
		return nil, fmt.Errorf("%w: a reply with two codes, or without end", errProtocol)
	}
	return rest, nil
}

// readReply reads one reply, however many pieces it comes in. Any error means that the connection is unusable, and
// that nothing may be taken for accepted: half a reply ("250 ok" without a line end) is an error.
func readReply(r *bufio.Reader) (Reply, error) {
	l := lines{r: r}
	first, err := l.next()
	if err != nil {
		return Reply{}, err
	}
	rep := Reply{Code: l.code}
	if rep.Enhanced, first = enhanced(l.code, first); l.last {
		rep.Text = printable(first)
		return rep, nil
	}
	return l.more(rep, first)
}

// more reads the lines after the first.
func (l *lines) more(rep Reply, first []byte) (Reply, error) {
	var text strings.Builder
	text.WriteString(printable(first))
	for !l.last {
		rest, err := l.next()
		if err != nil {
			return Reply{}, err
		}
		e, body := enhanced(l.code, rest)
		rep.Enhanced = or(rep.Enhanced, e)
		if l.n <= keepLines {
			text.WriteByte('\n')
			text.WriteString(printable(body))
		}
	}
	rep.Text = text.String()
	return rep, nil
}

// readLine gives a line without its end. QUIRK: RFC 5321 has CRLF; a bare LF ends a reply line too, since nothing can
// be smuggled towards us.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("%w: a reply line of more than %d bytes", errProtocol, replyLine)
	}
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

// parseLine splits "250-text" and "250 text"; "250" alone is a last line without text.
func parseLine(line []byte) (code int, last bool, rest []byte, err error) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || !digit(line[1]) || !digit(line[2]) {
		return 0, false, nil, fmt.Errorf("%w: it said %.40q", errProtocol, line)
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) == 3 {
		return code, true, nil, nil
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, nil, fmt.Errorf("%w: it said %.40q", errProtocol, line)
	}
	return code, line[3] == ' ', line[4:], nil
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// enhanced takes an enhanced status code (RFC 3463) off the text, if its class is that of the reply.
func enhanced(code int, text []byte) (string, []byte) {
	n := statusLength(text)
	if n == 0 || int(text[0]-'0') != code/100 {
		return "", text
	}
	return intern(text[:n]), bytes.TrimLeft(text[n:], " ")
}

// statusLength is how many bytes of text are "class.subject.detail" (1, up to 3 and up to 3 digits); 0: none.
func statusLength(text []byte) int {
	at := 0
	for part := range 3 {
		digits := 0
		for digits < 3 && at < len(text) && digit(text[at]) {
			at, digits = at+1, digits+1
		}
		if digits == 0 || part == 0 && digits > 1 {
			return 0
		}
		if part == 2 {
			break
		}
		if at == len(text) || text[at] != '.' {
			return 0
		}
		at++
	}
	if at < len(text) && text[at] != ' ' {
		return 0
	}
	return at
}

// intern avoids an allocation for the codes of nearly every reply.
func intern(b []byte) string {
	switch string(b) {
	case "2.0.0":
		return "2.0.0"
	case "2.1.0":
		return "2.1.0"
	case "2.1.5":
		return "2.1.5"
	}
	return string(b)
}

// printable makes text fit to be passed on: printable ASCII, at most keepBytes (CASES B11).
func printable(b []byte) string {
	if len(b) > keepBytes {
		b = b[:keepBytes]
	}
	clean := true
	for _, c := range b {
		clean = clean && c >= ' ' && c < 0x7f
	}
	if clean {
		return string(b)
	}
	out := make([]byte, len(b))
	for i, c := range b {
		if out[i] = c; c < ' ' || c >= 0x7f {
			out[i] = '?'
		}
	}
	return string(out)
}

// refuse makes a reply of our own; cause is for the log.
func refuse(code int, enhanced, text string) Reply {
	return Reply{Code: code, Enhanced: enhanced, Text: text, Local: true}
}

// Replies of our own. They leak nothing about the next hop.
var (
	replyDown    = refuse(451, "4.4.1", "The mail server behind this gateway does not answer, try again later")
	replyBroken  = refuse(451, "4.4.2", "The connection to the mail server behind this gateway broke, try again later")
	replyGarbled = refuse(451, "4.5.0", "The mail server behind this gateway gave no proper answer, try again later")
	replyChanged = refuse(451, "4.3.0", "The mail server behind this gateway changed its answer, try again later")
	replyAborted = refuse(451, "4.3.0", "The mail was not sent on, try again later")
)

// whyReply turns a broken connection into the reply for the client.
func whyReply(err error) Reply {
	if errors.Is(err, errProtocol) {
		return replyGarbled
	}
	return replyBroken
}

// misplaced tells whether the reply is one that neither MAIL nor RCPT nor the content can have: only 25x means that
// they are accepted (RFC 5321 section 4.3.2). A 220 is the greeting of a server that has begun anew and has nothing.
func misplaced(r Reply) bool { return r.Code < 400 && r.Code/10 != 25 }

// forClient keeps the class of the hop's reply and takes away what makes no sense to the client: 421 is about our
// connection to the hop, not about the client's; 3xx where it has no place is no answer.
func forClient(r Reply) Reply {
	switch {
	case r.Code == 421:
		r.Code = 451
	case r.Code/100 == 3:
		return replyGarbled
	}
	return r
}
