package smtp

import (
	"unicode/utf8"

	"weir/gateway/relay"
)

// command runs one command line.
func (s *session) command(line []byte) {
	verb, arg, ok := s.split(line)
	if !ok {
		s.reply(local(500, "5.5.2", "Command not understood: bare CR or LF, NUL, control or broken UTF-8 characters"))
		s.mayEnd()
		return
	}
	v := verbs[verb]
	if v == nil {
		s.reply(local(500, "5.5.1", "Command not known"))
		s.mayEnd()
		return
	}
	if v.junk {
		s.junk++
	}
	if (v.last || !s.esmtp && verb != "QUIT") && s.sentAhead() {
		return
	}
	v.do(s, arg)
	s.mayEnd()
}

// sentAhead cuts off a client that sent more where it must wait for our answer: RFC 2920 section 3.1 where it said
// EHLO, everywhere where it did not.
func (s *session) sentAhead() bool {
	if len(s.conn.pending()) == 0 {
		return false
	}
	s.desynchronized()
	return true
}

// desynchronized ends the session of a client that does not wait for answers (CASES A05, A06).
func (s *session) desynchronized() {
	s.refuse(Pipelining, local(554, "5.5.0", "Protocol error: sent data before it was asked for"))
	s.over, s.rude = true, true
}

// split takes a command line apart: verb in capitals, and the rest without surrounding space. Lines end with CRLF; a
// bare LF is taken where message data may have it too.
func (s *session) split(line []byte) (verb, arg string, ok bool) {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	} else if s.cfg.BareLF == RejectBare {
		return "", "", false
	}
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", "", false
		}
	}
	if !utf8.Valid(line) {
		return "", "", false
	}
	verb, arg = splitVerb(line)
	return verb, arg, true
}

// splitVerb cuts at the first space and makes the verb's letters capital.
func splitVerb(line []byte) (verb, arg string) {
	n := 0
	for n < len(line) && line[n] != ' ' && line[n] != '\t' {
		n++
	}
	if n > maxVerb {
		return "", ""
	}
	var up [maxVerb]byte
	for i, c := range line[:n] {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		up[i] = c
	}
	rest := line[n:]
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		rest = rest[1:]
	}
	for len(rest) > 0 && (rest[len(rest)-1] == ' ' || rest[len(rest)-1] == '\t') {
		rest = rest[:len(rest)-1]
	}
	return string(up[:n]), string(rest)
}

// mayEnd ends the session after too many errors or too much idle talk (CASES A21).
func (s *session) mayEnd() {
	if s.over || s.errors < s.cfg.MaxErrors && s.junk <= s.cfg.MaxJunk {
		return
	}
	s.refuse(TooManyWrong, local(421, "4.7.0", s.hostname+" too many errors or idle commands, closing"))
	s.over, s.rude = true, true
}

// reply queues an answer; it is sent when no whole command waits.
func (s *session) reply(r relay.Reply) {
	if r.Code/100 == 5 {
		s.errors++
	}
	s.conn.out = appendReply(s.conn.out, r)
	if len(s.conn.out) > smallBuffer {
		if s.conn.flush() != nil {
			s.over = true
		}
	}
}

// refuse is reply for clients that break a rule: the watcher counts and logs it.
func (s *session) refuse(why Refusal, r relay.Reply) {
	s.note(why)
	s.reply(r)
}

func (s *session) note(why Refusal) {
	s.server.Watcher.Refused(why, s.who.base.Addr.String())
}
