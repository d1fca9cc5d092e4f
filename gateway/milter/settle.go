package milter

import (
	"context"
	"errors"
	"strings"

	"github.com/emersion/go-milter"

	"weir/gateway"
	"weir/scoring"
)

// endOfMessage has the message judged and says what becomes of it (SMFIC_BODYEOB). While it works the mail server is told
// so; it always hears something before it gives up (CASES B21).
func (s *session) endOfMessage(data []byte) error {
	m := s.mail
	if m == nil {
		s.putOff(0)
		return nil
	}
	if len(data) > 0 {
		m.text.write(data)
	}
	m.text.finish()
	s.wire.working()
	var o *gateway.Outcome
	if raw, err := s.raw(m); err != nil {
		s.reply(s.unfit(err))
	} else {
		o = s.judge(m, raw)
	}
	late, err := s.wire.answer()
	if late {
		err = errLate
	}
	s.done(m, o, late)
	return err
}

// raw is the message as it came.
func (s *session) raw(m *mail) ([]byte, error) {
	if m.text.err != nil {
		return nil, m.text.err
	}
	return m.buf.Bytes()
}

// unfit is the answer to content that can't be taken.
func (s *session) unfit(err error) gateway.Reply {
	if errors.Is(err, errSize) {
		return gateway.Reply{Code: 552, Enhanced: "5.3.4", Text: "Message too large"}
	}
	s.server.Log().Error("milter: a message could not be spooled, its mail server was told 452", "error", err)
	return gateway.Reply{Code: 452, Enhanced: "4.3.1", Text: "Not enough storage, try again later"}
}

func (s *session) judge(m *mail, raw []byte) *gateway.Outcome {
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Timeouts.Answer.D())
	defer cancel()
	o := m.tx.Data(ctx, raw)
	t := &settlement{s: s, m: m, o: o}
	r := t.settle()
	o.Report.Told(r.Code, r.Enhanced, r.Text)
	return o
}

// done ends the message. A filter that ran out of time may still be reading it.
func (s *session) done(m *mail, o *gateway.Outcome, late bool) {
	if o != nil {
		if late {
			o.Report.Told(451, "4.3.0", "Put off: no verdict in time")
		}
		if len(o.Report.Failed) > 0 {
			m.buf.Abandon()
			m.buf = nil
		}
	}
	s.endMail()
}

// settlement carries out the decision on one mail. A mail server has one answer for all recipients, and one copy for all
// whose mail goes on.
type settlement struct {
	s *session
	m *mail
	o *gateway.Outcome

	deliver []*gateway.Group // go on
	keep    []*gateway.Group // into the quarantine
	drop    []*gateway.Group // thrown away
}

// settle says what is to be done, and gives the reply of the report:
//
//   - somebody is put off: all are, since nobody has had the mail.
//   - all refuse: it is refused.
//   - some refuse, or want it quarantined: their copies go into our quarantine, and their recipients are deleted, so that
//     nobody is delivered mail that their policy refuses (CASES B10). Where there is no quarantine, all are put off.
//   - nobody is left: the mail server throws its copy away.
//   - some get it without a part, and others with it: one copy can't be both, and the former's is quarantined.
func (t *settlement) settle() gateway.Reply {
	if !t.mayCut() {
		t.o.Uncut()
	}
	refused := 0
	for i := range t.o.Groups {
		switch g := &t.o.Groups[i]; g.Decision.Action {
		case scoring.Accept, scoring.Tag:
			t.deliver = append(t.deliver, g)
		case scoring.Quarantine:
			t.keep = append(t.keep, g)
		case scoring.Discard:
			t.drop = append(t.drop, g)
		case scoring.Reject:
			refused++
			t.keep = append(t.keep, g)
		default:
			return t.refuse(g)
		}
	}
	switch {
	case refused > 0 && len(t.o.Groups) == 1:
		return t.refuse(&t.o.Groups[0])
	case refused == 0 && len(t.deliver) == 0 && len(t.keep) > 0 && t.s.cfg.Quarantine == QuarantineHold && t.s.agreed.may(milter.OptQuarantine):
		return t.hold()
	}
	return t.part()
}

// mayCut tells whether parts can be taken out of the one copy: all who get it get it so, and the mail server lets us.
func (t *settlement) mayCut() bool {
	cut, whole := false, false
	for i := range t.o.Groups {
		if g := &t.o.Groups[i]; g.Decision.Action.Delivers() {
			cut, whole = cut || len(g.Cuts) > 0, whole || len(g.Cuts) == 0
		}
	}
	return !cut || !whole && t.s.agreed.may(milter.OptChangeBody)
}

// refuse tells all recipients the same.
func (t *settlement) refuse(g *gateway.Group) gateway.Reply {
	r := gateway.Answer(g.Decision.Action, g.Decision.Retry, t.o.Report.ID)
	t.s.reply(r)
	return r
}

// putOff tells all to come again, where something that should be done can't be.
func (t *settlement) putOff(why string, err error) gateway.Reply {
	t.s.server.Log().Error("milter: "+why+", the mail server was told 451", "id", t.o.Report.ID, "error", err)
	r := gateway.Answer(scoring.Defer, 0, t.o.Report.ID)
	t.s.reply(r)
	return r
}

// hold has the mail server keep the mail for a person to look at.
func (t *settlement) hold() gateway.Reply {
	if !t.mayDelete(t.drop) {
		return t.putOff("recipients can't be taken off a mail", errNoDelete)
	}
	t.delete(t.drop)
	t.s.edit(t.keep[0].Edits)
	t.s.wire.put(byte(milter.ActQuarantine), text("Weir: "+t.o.Report.Why+" ["+t.o.Report.ID+"]", maxReason))
	t.next("hold")
	return t.taken()
}

var (
	errNoDelete     = errors.New("milter: the mail server does not let filters delete recipients")
	errNoQuarantine = errors.New("milter: there is no quarantine")
)

// part lets those have the mail who may, and keeps the copies of the others.
func (t *settlement) part() gateway.Reply {
	if len(t.deliver) > 0 && (!t.mayDelete(t.keep) || !t.mayDelete(t.drop)) {
		return t.putOff("recipients can't be taken off a mail", errNoDelete)
	}
	if err := t.store(); err != nil {
		if err == errNoQuarantine { // by the admin's will: no fault
			return t.refuse(&gateway.Group{Decision: scoring.Decision{Action: scoring.Defer}})
		}
		return t.putOff("the quarantine failed", err)
	}
	if len(t.deliver) == 0 {
		t.s.wire.put(byte(milter.ActDiscard))
		return gateway.Answer(scoring.Discard, 0, t.o.Report.ID)
	}
	t.delete(t.keep)
	t.delete(t.drop)
	g := t.copy()
	t.s.edit(g.Edits)
	if len(g.Cuts) > 0 {
		t.s.replaceBody(t.o.Body(g))
	}
	t.next("queue")
	return t.taken()
}

// copy is the group whose changes the one copy gets: where some have it marked and others don't, it is marked.
func (t *settlement) copy() *gateway.Group {
	for _, g := range t.deliver {
		if g.Decision.Action == scoring.Tag {
			return g
		}
	}
	return t.deliver[0]
}

// store puts the copies of those who don't get the mail into the quarantine, and the mail as it came of those who get it
// without a part.
func (t *settlement) store() error {
	for _, g := range t.keep {
		if err := t.keepCopy(g, t.o.Chunks(g)); err != nil {
			return err
		}
	}
	for _, g := range t.deliver {
		if len(g.Cuts) == 0 {
			continue
		}
		if err := t.keepCopy(g, [][]byte{t.o.Message.Raw}); err != nil {
			return err
		}
	}
	return nil
}

func (t *settlement) keepCopy(g *gateway.Group, chunks [][]byte) error {
	q := t.s.server.Quarantine
	if q == nil {
		return errNoQuarantine
	}
	id, err := q.Store(t.o.Report, t.m.tx.Envelope(), g.Rcpts, chunks)
	if err == nil {
		t.o.Report.Quarantine = strings.TrimPrefix(t.o.Report.Quarantine+" "+id, " ")
	}
	return err
}

func (t *settlement) taken() gateway.Reply {
	t.s.wire.put(byte(milter.ActContinue))
	return gateway.Answer(scoring.Accept, 0, t.o.Report.ID)
}

func (t *settlement) mayDelete(groups []*gateway.Group) bool {
	return len(groups) == 0 || t.s.agreed.may(milter.OptRemoveRcpt)
}

// delete takes the recipients of some groups off the mail.
func (t *settlement) delete(groups []*gateway.Group) {
	for _, g := range groups {
		gone := make(map[string]bool, len(g.Rcpts))
		for _, addr := range g.Rcpts {
			gone[addr] = true
		}
		for _, r := range t.m.rcpts {
			if gone[r.addr] {
				t.s.wire.put(byte(milter.ActDelRcpt), r.told)
			}
		}
	}
}

// next notes under which name the mail server has the mail.
func (t *settlement) next(where string) {
	if id := t.s.macros.get("i"); id != "" {
		t.o.Report.Next = strings.TrimLeft(text(t.s.macros.get("j"), 255)+" "+where+" "+text(id, 64), " ")
	}
}
