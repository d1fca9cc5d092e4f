package milter

import (
	"encoding/binary"
	"errors"

	"github.com/emersion/go-milter"
)

// version of the protocol, as of Sendmail 8.14 (2007). Version 2 is that of Sendmail 8.12 and Postfix 2.3.
const version = 6

// What we can do without anything of, and what we can't.
const (
	needed = milter.OptAddHeader | milter.OptChangeHeader
	wanted = needed | milter.OptChangeBody | milter.OptAddRcpt | milter.OptRemoveRcpt | milter.OptQuarantine
)

// What need not be sent or answered, and how header values come. Body packets are answered, so that SKIP can be said;
// RCPT, since one recipient can be refused.
const steps = milter.OptNoUnknown | milter.OptNoData | milter.OptSkip | milter.OptNoHeaderReply | milter.OptNoEOHReply | milter.OptHeaderLeadingSpace

// later are answers that we need not give where clients are refused at MAIL only.
const later = milter.OptNoConnReply | milter.OptNoHeloReply

var (
	errVersion = errors.New("milter: the mail server speaks a version of the protocol that is too old")
	errActions = errors.New("milter: the mail server does not let filters add and change header fields")
	errShort   = errors.New("milter: packet is too short")
)

// agreed is what mail server and filter have settled upon: never more than the server offered.
type agreed struct {
	actions milter.OptAction
	steps   milter.OptProtocol
}

func (a *agreed) may(o milter.OptAction) bool   { return a.actions&o != 0 }
func (a *agreed) has(o milter.OptProtocol) bool { return a.steps&o != 0 }

// negotiate answers OPTNEG (SMFIC_OPTNEG).
func (s *session) negotiate(data []byte) error {
	if len(data) < 12 {
		return errShort
	}
	theirs := binary.BigEndian.Uint32(data)
	offered := milter.OptAction(binary.BigEndian.Uint32(data[4:]))
	switch {
	case theirs < 2:
		return errVersion
	case offered&needed != needed:
		return errActions
	}
	want := steps
	if !s.cfg.Early {
		want |= later
	}
	s.agreed = agreed{actions: offered & wanted, steps: milter.OptProtocol(binary.BigEndian.Uint32(data[8:])) & want}
	s.negotiated = true
	at := s.wire.begin(byte(milter.CodeOptNeg))
	for _, n := range []uint32{min(theirs, version), uint32(s.agreed.actions), uint32(s.agreed.steps)} {
		s.wire.out = binary.BigEndian.AppendUint32(s.wire.out, n)
	}
	s.wire.end(at)
	return nil
}
