package icap

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"

	"weir/filters/scanner"
)

// maxAnswer bounds an answer beyond the piece that it may give back, in bytes.
const maxAnswer = 256 << 10

// head is the status line and the header of an answer.
type head struct {
	code   int
	fields textproto.MIMEHeader
}

// readHead reads a status line of a protocol, "ICAP" or "HTTP", and the fields up to the empty line.
func readHead(r *bufio.Reader, protocol string) (h head, err error) {
	t := textproto.NewReader(r)
	line, err := t.ReadLine()
	if err != nil {
		return h, fmt.Errorf("%w: %w", scanner.ErrReply, err)
	}
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	h.code, err = strconv.Atoi(code)
	if err != nil || !strings.HasPrefix(version, protocol+"/1.") || h.code < 100 || h.code > 999 {
		return h, fmt.Errorf("%w: %q", scanner.ErrReply, clip(line))
	}
	if h.fields, err = t.ReadMIMEHeader(); err != nil {
		return h, fmt.Errorf("%w: its header: %w", scanner.ErrReply, err)
	}
	return h, nil
}

// answer reads what the server says of a piece.
func answer(r *bufio.Reader, p *scanner.Piece) (scanner.Verdict, error) {
	h, err := readHead(r, "ICAP")
	if err != nil {
		return scanner.Verdict{}, err
	}
	if v, ok := found(h.fields); ok {
		return v, nil
	}
	switch h.code {
	case 204:
		if r.Buffered() > 0 {
			return scanner.Verdict{}, fmt.Errorf("%w: more than one answer", scanner.ErrReply)
		}
		return scanner.Verdict{State: scanner.Clean}, nil
	case 200, 201:
		return scanner.Verdict{State: scanner.Clean}, unchanged(r, h.fields.Get("Encapsulated"), p)
	case 404:
		return scanner.Verdict{}, fmt.Errorf("%w: 404: it has no service of this name: set service", scanner.ErrFault)
	case 413:
		return scanner.Verdict{}, fmt.Errorf("%w: 413: lower max_size", scanner.ErrTooLarge)
	}
	return scanner.Verdict{}, fmt.Errorf("%w: status %d", scanner.ErrFault, h.code)
}

// found reads the headers that name what was found.
func found(fields textproto.MIMEHeader) (scanner.Verdict, bool) {
	if v := fields.Get("X-Infection-Found"); v != "" {
		return infection(v), true
	}
	if v := fields.Get("X-Violations-Found"); v != "" && strings.TrimLeft(v, "0 ") != "" {
		return scanner.Verdict{State: scanner.Found, Name: violation(v)}, true
	}
	for _, name := range []string{"X-Virus-Id", "X-Virus-Name"} {
		if v := fields.Get(name); v != "" && !strings.EqualFold(v, "none") && !strings.EqualFold(v, "no threats") {
			return scanner.Verdict{State: scanner.Found, Name: clip(v)}, true
		}
	}
	return scanner.Verdict{}, false
}

// infection reads "Type=0; Resolution=2; Threat=Eicar;". Type 1 is a policy, 2 a container that can't be opened.
func infection(value string) scanner.Verdict {
	v := scanner.Verdict{State: scanner.Found, Name: "without a name"}
	for param := range strings.SplitSeq(value, ";") {
		key, text, _ := strings.Cut(strings.TrimSpace(param), "=")
		switch text = strings.TrimSpace(text); strings.ToLower(strings.TrimSpace(key)) {
		case "threat":
			v.Name = clip(text)
		case "type":
			v.Kind = map[string]string{"1": scanner.Policy, "2": scanner.Limits}[text]
		}
	}
	return v
}

// violation reads a number, and for each violation file name, what it is, its number, and what was done. The lines have
// been joined by blanks; the name is told as well as that allows.
func violation(value string) string {
	words := strings.Fields(value)
	if len(words) < 5 {
		return clip(value)
	}
	return clip(strings.Join(words[1:len(words)-2], " "))
}

// unchanged tells whether the server gave the piece back as it was: else the error says what it did.
func unchanged(r *bufio.Reader, encapsulated string, p *scanner.Piece) error {
	if !strings.Contains(encapsulated, "-body=") || strings.Contains(encapsulated, "null-body") {
		return fmt.Errorf("%w: 200 without a word and without the mail", scanner.ErrReply)
	}
	// A server that answers REQMOD gives the request back, or a response in its place.
	if strings.Contains(encapsulated, "res-hdr") {
		if h, err := readHead(r, "HTTP"); err != nil || h.code != 200 {
			return fmt.Errorf("%w: it put another answer (%d) in the mail's place", scanner.ErrReply, h.code)
		}
	} else if err := skipRequest(r); err != nil {
		return err
	}
	body := httputil.NewChunkedReader(r)
	for _, part := range [][]byte{p.Head, p.Body} {
		if err := same(body, part); err != nil {
			return err
		}
	}
	if n, err := body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("%w: it added to the mail", scanner.ErrReply)
	}
	return nil
}

// skipRequest reads over the header of an HTTP request.
func skipRequest(r *bufio.Reader) error {
	t := textproto.NewReader(r)
	if _, err := t.ReadLine(); err != nil {
		return fmt.Errorf("%w: %w", scanner.ErrReply, err)
	}
	if _, err := t.ReadMIMEHeader(); err != nil {
		return fmt.Errorf("%w: %w", scanner.ErrReply, err)
	}
	return nil
}

// same compares as it reads, with a buffer that is small.
func same(r io.Reader, want []byte) error {
	var buf [4096]byte
	for len(want) > 0 {
		n, err := io.ReadFull(r, buf[:min(len(buf), len(want))])
		if !bytes.Equal(buf[:n], want[:n]) {
			return fmt.Errorf("%w: it changed the mail and does not say why", scanner.ErrReply)
		}
		if want = want[n:]; err != nil {
			return fmt.Errorf("%w: it gave half of the mail back: %w", scanner.ErrReply, err)
		}
	}
	return nil
}

// clip makes words of a server fit to be told: printable, and short.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, s)
	if len(s) > 120 {
		return s[:120] + "…"
	}
	return s
}
