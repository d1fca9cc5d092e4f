package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"weir/message"
)

// errGone is a hop that said 421 and closes.
var errGone = errors.New("relay: the next hop closes the connection (421)")

// delivery is one transaction with a server.
type delivery struct {
	hop    *server
	env    *message.Envelope
	params MailParams

	c        *conn // nil: none
	open     bool  // MAIL and the recipients in now were accepted on c
	accepted []recipient
	now      []string // recipients of the open transaction
	refused  Reply    // what MAIL got, or why nothing can be sent any more; Code 0: fine

	ctx  context.Context // the one that stop watches
	stop func() bool
}

type recipient struct {
	addr   string
	params RcptParams
}

// Rcpt asks the hop. The first one opens the connection.
func (d *delivery) Rcpt(ctx context.Context, to string, p RcptParams) Reply {
	if bad := checkRcpt(to, p, d.params.SMTPUTF8); bad.Code != 0 {
		return bad
	}
	if d.refused.Code != 0 {
		return d.refused
	}
	one := [1]recipient{{to, p}}
	rep, err := d.exchange(ctx, one[:])
	if err != nil {
		return rep
	}
	if rep.OK() {
		d.accepted, d.now = append(d.accepted, one[0]), append(d.now, to)
	}
	return rep
}

// exchange asks for more recipients within the open transaction, or begins one with those accepted so far and more.
// A connection that breaks is replaced once: before the dot that is safe. The reply is that to the last of more.
func (d *delivery) exchange(ctx context.Context, more []recipient) (Reply, error) {
	for again := false; ; again = true {
		rep, err := d.attempt(ctx, again, more)
		if err == nil {
			return rep, nil
		}
		replaceable := d.c != nil && (d.c.reused || d.open) && !errors.Is(err, errProtocol)
		d.broke(ctx, err)
		if again || !replaceable || ctx.Err() != nil {
			return d.whyLost(err), err
		}
	}
}

// whyLost makes the client's reply of a failure.
func (d *delivery) whyLost(err error) Reply {
	if errors.Is(err, errDial) {
		return replyDown
	}
	return whyReply(err)
}

// attempt does one exchange on one connection.
func (d *delivery) attempt(ctx context.Context, fresh bool, more []recipient) (Reply, error) {
	if err := d.connect(ctx, fresh); err != nil {
		return Reply{}, err
	}
	var replay []recipient
	if !d.open {
		replay = d.accepted
	}
	return d.transact(ctx, replay, more, d.params.Size)
}

// transact sends the commands for replay and more and reads the answers.
func (d *delivery) transact(ctx context.Context, replay, more []recipient, size int64) (Reply, error) {
	c := d.c
	begun := d.open
	c.begin()
	skip := 0
	if !begun {
		if bad := c.fits(d.params, size); bad.Code != 0 {
			return d.refuse(bad), nil
		}
		skip = d.preface(size)
	}
	for _, list := range [2][]recipient{replay, more} {
		for i := range list {
			c.rcpt(list[i].addr, list[i].params)
		}
	}
	replies, err := c.run(ctx, d.hop.cfg.Timeouts.Command.D())
	if err != nil {
		return Reply{}, err
	}
	return d.judge(replies[skip:], begun, len(replay))
}

// preface adds what comes before the recipients: RSET where a transaction was left open, XFORWARD, and MAIL, whose
// reply is the first that counts.
func (d *delivery) preface(size int64) (skip int) {
	c := d.c
	if c.dirty {
		c.say("RSET")
		skip++
	}
	skip += c.forward(d.env)
	c.mail(d.env.From, d.params, size)
	c.dirty, c.mails = true, c.mails+1
	return skip
}

// judge reads the replies to MAIL (unless begun), to the replayed recipients and to the new ones.
func (d *delivery) judge(replies []Reply, begun bool, replayed int) (Reply, error) {
	for i := range replies {
		if replies[i].Code == 421 {
			return Reply{}, errGone
		}
		if misplaced(replies[i]) {
			return Reply{}, fmt.Errorf("%w: MAIL or RCPT got %d", errProtocol, replies[i].Code)
		}
	}
	if !begun {
		if !replies[0].OK() {
			return d.refuse(forClient(replies[0])), nil
		}
		replies, d.open, d.now = replies[1:], true, d.now[:0]
	}
	for i := range replayed {
		if !replies[i].OK() {
			return d.refuse(replyChanged), nil
		}
		d.now = append(d.now, d.accepted[i].addr)
	}
	if len(replies) == replayed {
		return Reply{Code: 250}, nil
	}
	return forClient(replies[len(replies)-1]), nil
}

// refuse notes that this mail gets nowhere, and gives the connection back.
func (d *delivery) refuse(r Reply) Reply {
	d.refused = r
	d.release()
	return r
}

// Abort leaves the transaction; the hop hears RSET when the connection is used next, or QUIT.
func (d *delivery) Abort() { d.release() }

// same tells whether the open transaction is for exactly these recipients.
func (d *delivery) same(to []string) bool { return d.open && slices.Equal(d.now, to) }
