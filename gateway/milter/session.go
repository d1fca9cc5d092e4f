package milter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/emersion/go-milter"

	"weir/gateway"
	"weir/message"
)

// session is one connection of a mail server. All of it belongs to the goroutine that serves it, but for wire.turn and
// what wire.mu guards.
type session struct {
	server *Server
	cfg    *Config
	wire   *wire
	ctx    context.Context
	agreed agreed
	macros macros

	negotiated bool
	visit      *gateway.Session // of the SMTP client; nil: none yet
	client     message.Client   // as CONNECT told it
	helo       string           // as HELO told it
	shown      message.Client   // what the gateway knows of them
	shownHelo  string
	mail       *mail // the open message; nil: none
	line       []byte
}

// stageTime is for a stage before the message: mail servers wait for an answer for 30 s (Postfix: milter_command_timeout).
const stageTime = 25 * time.Second

var (
	errQuit    = errors.New("milter: the mail server is done")
	errUnknown = errors.New("milter: unknown command")
	errOrder   = errors.New("milter: the negotiation must come first")
	errFault   = errors.New("milter: fault")
	errLate    = errors.New("milter: the verdict came too late")
)

func newSession(s *Server, c net.Conn) *session {
	cfg := s.Config()
	return &session{server: s, cfg: cfg, wire: newWire(c, &cfg.Timeouts)}
}

func (s *session) linger() { s.wire.turn.linger() }
func (s *session) drain()  { s.wire.turn.drain() }
func (s *session) hurry()  { s.wire.turn.hurry() }

// pause is what a wait for the next packet is in the middle of.
func (s *session) pause() pause {
	switch {
	case s.mail != nil:
		return inMessage
	case s.visit != nil:
		return inSession
	}
	return outOfSession
}

// serve is the life of a connection.
func (s *session) serve() {
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithCancel(s.server.ctx)
	defer cancel()
	defer s.leave()
	for {
		code, data, err := s.wire.next(s.pause())
		if err == nil {
			err = s.guarded(code, data)
		}
		if err != nil {
			s.lost(err)
			return
		}
	}
}

// leave ends whatever is open, sends the last answers and closes.
func (s *session) leave() {
	s.endMail()
	s.endVisit()
	_ = s.wire.flush()
	_ = s.wire.conn.Close()
	s.wire.shrink()
}

// lost says what ended the connection, where an admin should know.
func (s *session) lost(err error) {
	log := s.server.Log()
	switch {
	case errors.Is(err, errQuit), errors.Is(err, errFault), err == errDraining, errors.Is(err, os.ErrDeadlineExceeded) && s.wire.turn.ending():
	case errors.Is(err, errTooLong), errors.Is(err, errEmpty), errors.Is(err, errShort), errors.Is(err, errUnknown), errors.Is(err, errOrder),
		errors.Is(err, errVersion), errors.Is(err, errActions):
		log.Warn("milter: a connection was closed", "peer", s.wire.conn.RemoteAddr().String(), "error", err)
	case errors.Is(err, errLate):
		log.Error("milter: a mail was put off, since its verdict took longer than milter.timeouts.answer", "error", err)
	case errors.Is(err, io.EOF) && s.mail == nil:
	default:
		log.Debug("milter: connection lost", "peer", s.wire.conn.RemoteAddr().String(), "error", err)
	}
}

// guarded takes a packet. A fault of our own ends this connection alone, and its mail is put off.
func (s *session) guarded(code milter.Code, data []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.server.Log().Error("milter: a fault of Weir itself ended a connection, its mail was put off: please report it",
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errFault
			s.fault()
		}
	}()
	return s.take(code, data)
}

// fault puts off what the mail server waits for.
func (s *session) fault() {
	s.wire.out = s.wire.out[:0]
	s.wire.put(byte(milter.ActTempFail))
	if s.wire.late.timer != nil {
		_, _ = s.wire.answer()
	}
}

// take carries out a packet.
func (s *session) take(code milter.Code, data []byte) error {
	if !s.negotiated && code != milter.CodeOptNeg && code != milter.CodeQuit {
		return errOrder
	}
	switch code {
	case milter.CodeOptNeg:
		return s.negotiate(data)
	case milter.CodeMacro:
		s.macros.set(data)
	case milter.CodeConn:
		s.connect(data)
	case milter.CodeHelo:
		s.hello(data)
	case milter.CodeMail:
		s.mailFrom(data)
	case milter.CodeRcpt:
		s.rcptTo(data)
	case milter.CodeHeader:
		s.header(data)
	case milter.CodeEOH:
		s.endOfHeader()
	case milter.CodeBody:
		s.body(data)
	case milter.CodeEOB:
		return s.endOfMessage(data)
	case milter.CodeAbort:
		s.endMail()
	case milter.CodeQuitNewConn:
		s.endMail()
		s.endVisit()
	case milter.CodeData, codeUnknown: // only where the mail server can't leave them out
		s.goOn(0)
	case milter.CodeQuit:
		return errQuit
	default:
		return fmt.Errorf("%w %q", errUnknown, byte(code))
	}
	return nil
}

// codeUnknown is an SMTP command that the mail server does not know (SMFIC_UNKNOWN).
const codeUnknown milter.Code = 'U'

// goOn lets the mail server go on, unless it was agreed that it needs no answer here.
func (s *session) goOn(silent milter.OptProtocol) {
	if !s.agreed.has(silent) {
		s.wire.put(byte(milter.ActContinue))
	}
}

// putOff has the mail server tell its client to come again.
func (s *session) putOff(silent milter.OptProtocol) {
	if !s.agreed.has(silent) {
		s.wire.put(byte(milter.ActTempFail))
	}
}

// endVisit forgets the SMTP client.
func (s *session) endVisit() {
	if s.visit != nil {
		s.visit.Close()
	}
	s.visit, s.client, s.shown, s.helo, s.shownHelo = nil, message.Client{}, message.Client{}, "", ""
	s.macros.forget(true)
}
