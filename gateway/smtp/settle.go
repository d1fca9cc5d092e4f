package smtp

import (
	"slices"
	"strings"
	"time"

	"weir/gateway"
	"weir/gateway/relay"
	"weir/scoring"
)

// fate is what became of the mail for one recipient.
type fate struct {
	rcpt  string
	reply relay.Reply
}

// settlement carries out the decision on one mail and finds the one answer that SMTP has for all its recipients.
type settlement struct {
	s      *session
	m      *mail
	o      *gateway.Outcome
	id     string
	trace  string // our Received field; "" none
	digest [32]byte
	marked bool // digest is made
	fates  []fate
	next   []string  // what the next hop said
	heard  time.Time // when it said so; zero: it was not asked
	gone   bool      // the client was gone before the dot
}

// complete has the message judged and carried, and tells the client.
func (s *session) complete(c *content) {
	if c.err != nil {
		s.reply(s.unfit(c.err))
		s.reset()
		return
	}
	raw, err := c.buf.Bytes()
	switch {
	case err != nil:
		s.reply(s.unfit(err))
	case loops(raw, s.hostname):
		s.refuse(Looping, local(554, "5.4.6", "Too many hops, this mail is in a loop"))
	default:
		s.carry(raw)
		return
	}
	s.reset()
}

func (s *session) carry(raw []byte) {
	m := s.mail
	o := m.tx.Data(s.ctx, raw)
	t := &settlement{s: s, m: m, o: o, id: o.Report.ID}
	r := t.settle()
	o.Report.Told(r.Code, r.Enhanced, r.Text)
	o.Report.Next = strings.Join(t.next, "; ")
	s.tell(t, r)
	if len(o.Report.Failed) > 0 { // a filter that ran out of time may still be reading
		m.buf.Abandon()
		m.buf = nil
	}
	s.reset()
}

// tell sends the answer. Between the next hop's answer and ours lies nothing but this write (W3).
func (s *session) tell(t *settlement, r relay.Reply) {
	if r.OK() {
		s.errors, s.junk = 0, 0
	}
	s.reply(r)
	err := s.conn.flush()
	if !t.heard.IsZero() {
		s.server.Watcher.Window3(time.Since(t.heard))
	}
	switch {
	case t.gone:
		s.server.Watcher.Vanished(true, t.id)
		s.over = true
	case err != nil:
		s.over = true
		if r.OK() {
			s.server.Watcher.Vanished(false, t.id)
			s.server.Log.Warn("smtp: the client was gone before it read that its mail was taken: it may send it again",
				"id", t.id, "next", t.o.Report.Next)
		}
	}
}

// settle goes through the groups: first what is slow and can be taken back, then the next hop.
func (t *settlement) settle() relay.Reply {
	groups := t.unseen()
	mixed := t.mixed(groups)
	for _, deliver := range []bool{false, true} {
		for i := range groups {
			if g := &groups[i]; g.Decision.Action.Delivers() == deliver {
				t.group(g, mixed)
			}
		}
	}
	return t.answer()
}

// unseen are the groups without the recipients who have had this mail at an earlier try.
func (t *settlement) unseen() []gateway.Group {
	l := t.s.server.Ledger
	if l == nil || l.Empty() {
		return t.o.Groups
	}
	var left []gateway.Group
	for _, g := range t.o.Groups {
		had := func(rcpt string) bool { return l.Seen(t.mark(), rcpt) }
		for _, rcpt := range g.Rcpts {
			if had(rcpt) {
				t.fates = append(t.fates, fate{rcpt, local(250, "2.0.0", "Ok, delivered before")})
			}
		}
		if g.Rcpts = slices.DeleteFunc(slices.Clone(g.Rcpts), had); len(g.Rcpts) > 0 {
			left = append(left, g)
		}
	}
	return left
}

// mixed tells whether some recipients get or keep the mail that others refuse.
func (t *settlement) mixed(groups []gateway.Group) bool {
	keeps, refuses := false, false
	for _, g := range groups {
		switch g.Decision.Action {
		case scoring.Reject:
			refuses = true
		case scoring.Defer, scoring.Greylist:
		default:
			keeps = true
		}
	}
	return keeps && refuses
}

// group does what is decided for some of the recipients.
func (t *settlement) group(g *gateway.Group, mixed bool) {
	switch d := &g.Decision; {
	case d.Action.Delivers():
		t.deliver(g)
	case d.Action == scoring.Quarantine, d.Action == scoring.Reject && mixed: // one answer can't say yes and no (CASES B10)
		t.keep(g)
	default:
		t.all(g, t.ours(d.Action, d.Retry))
	}
}

// ours is the gateway's own answer.
func (t *settlement) ours(a scoring.Action, retry int) relay.Reply {
	r := gateway.Answer(a, retry, t.id)
	return local(r.Code, r.Enhanced, r.Text)
}

func (t *settlement) all(g *gateway.Group, r relay.Reply) {
	for _, rcpt := range g.Rcpts {
		t.fates = append(t.fates, fate{rcpt, r})
	}
}

// keep puts a group's mail into the quarantine.
func (t *settlement) keep(g *gateway.Group) {
	if t.store(g, t.o.Chunks(g)) {
		t.all(g, t.ours(scoring.Quarantine, 0))
	}
}

// store puts a copy into the quarantine; where there is none, or it is full, the mail is put off.
func (t *settlement) store(g *gateway.Group, chunks [][]byte) bool {
	q := t.s.server.Quarantine
	if q == nil {
		t.all(g, t.ours(scoring.Defer, 0))
		return false
	}
	id, err := q.Store(t.o.Report, t.m.tx.Envelope(), g.Rcpts, chunks)
	if err != nil {
		t.s.server.Log.Error("smtp: the quarantine failed, the client was told 451", "id", t.id, "error", err)
		t.all(g, local(451, "4.3.1", "Can't be kept now, try again later ["+t.id+"]"))
		return false
	}
	t.o.Report.Quarantine = strings.TrimPrefix(t.o.Report.Quarantine+" "+id, " ")
	return true
}

// deliver sends the mail on to a group. One from which a part is taken out is kept first as it came: who needs the part
// can have it still.
func (t *settlement) deliver(g *gateway.Group) {
	if len(g.Cuts) > 0 && !t.store(g, [][]byte{t.o.Message.Raw}) {
		return
	}
	chunks := t.o.Chunks(g)
	if t.s.cfg.Received {
		if t.trace == "" {
			t.trace = t.s.received()
			t.o.Report.Edits = append([]gateway.Edit{traceEdit(t.trace)}, t.o.Report.Edits...)
		}
		chunks = append([][]byte{traceChunk(t.trace)}, chunks...)
	}
	replies := t.m.delivery.Send(t.s.ctx, g.Rcpts, chunks, t.before)
	if slices.ContainsFunc(replies, func(r relay.Reply) bool { return !r.Local }) {
		t.heard = time.Now()
	}
	for i, rcpt := range g.Rcpts {
		r := local(451, "4.4.2", "The next mail server gave no answer, try again later")
		if i < len(replies) {
			r = replies[i]
		}
		t.fates = append(t.fates, fate{rcpt, withID(r, t.id)})
	}
	t.said(replies)
}

// before is asked just before the final dot: the last moment to leave no trace.
func (t *settlement) before() error {
	err := t.s.conn.probe()
	t.gone = t.gone || err != nil
	return err
}

// said notes the next hop's answers for the report, equal ones once.
func (t *settlement) said(replies []relay.Reply) {
	for _, r := range replies {
		line := t.m.route.Hop.Name() + " " + string(appendReply(nil, relay.Reply{Code: r.Code, Enhanced: r.Enhanced, Text: firstLine(r.Text)}))
		if line = strings.TrimRight(line, "\r\n"); !slices.Contains(t.next, line) && len(t.next) < 10 {
			t.next = append(t.next, line)
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
