package hoptest

import (
	"strings"
	"time"
)

// Action is what the server does at one point. The zero Action is what a good server does.
type Action struct {
	bytes  []byte // written exactly; nil: the point's own reply
	silent bool   // write nothing
	delay  time.Duration
	pieces time.Duration // pause between single bytes; 0: one write
	at     int           // CONTENT: content bytes to wait for
	end    end
}

type end int

const (
	goOn end = iota
	closing
	resetting
	hanging
)

// OK is what a good server does.
func OK() Action { return Action{} }

// Reply answers with lines, without their CRLF; several lines are written as they are given.
func Reply(lines ...string) Action {
	return Action{bytes: []byte(strings.Join(lines, "\r\n") + "\r\n")}
}

// Raw writes exactly these bytes in place of a reply.
func Raw(s string) Action { return Action{bytes: []byte(s)} }

// Flood answers with a reply of about n bytes in many lines, each "code-xxx…".
func Flood(code string, n int) Action {
	line := code + "-" + strings.Repeat("x", 70) + "\r\n"
	return Raw(strings.Repeat(line, n/len(line)+1) + code + " end\r\n")
}

// Close answers nothing and closes the connection.
func Close() Action { return Action{silent: true, end: closing} }

// Reset answers nothing and resets the connection (RST).
func Reset() Action { return Action{silent: true, end: resetting} }

// Hang answers nothing and keeps the connection open, deaf, until the server stops.
func Hang() Action { return Action{silent: true, end: hanging} }

// After waits first.
func (a Action) After(d time.Duration) Action { a.delay = d; return a }

// Bytewise writes the reply byte by byte with pauses.
func (a Action) Bytewise(pause time.Duration) Action { a.pieces = pause; return a }

// ThenClose closes the connection after the reply.
func (a Action) ThenClose() Action { a.end = closing; return a }

// ThenReset resets the connection after the reply.
func (a Action) ThenReset() Action { a.end = resetting; return a }

// ThenHang stays deaf after the reply.
func (a Action) ThenHang() Action { a.end = hanging; return a }

// At makes a CONTENT action wait until n bytes of content have come in.
func (a Action) At(n int) Action { a.at = n; return a }

// On sets what happens at a point: each action serves once, in order, the last one from then on. No action at all
// means OK again. "RCPT bob@example.com" goes before "RCPT". Addresses are compared exactly.
func (s *Server) On(point string, actions ...Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script[point] = actions
}

// next takes the action for a point, narrowed by arg where the script has that.
func (s *Server) next(point, arg string) Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := point
	if _, ok := s.script[point+" "+arg]; ok {
		key = point + " " + arg
	}
	queue := s.script[key]
	if len(queue) == 0 {
		return Action{}
	}
	if len(queue) > 1 {
		s.script[key] = queue[1:]
	}
	return queue[0]
}
