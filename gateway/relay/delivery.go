package relay

import (
	"context"
	"errors"
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
		d.lose(err)
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

// connect makes sure of a connection that stands for the client: one from the pool, or a new one.
func (d *delivery) connect(ctx context.Context, fresh bool) error {
	for d.c == nil {
		c, err := d.pick(ctx, fresh)
		if err != nil {
			return err
		}
		d.c = c
		d.watch(ctx)
		if err := d.introduce(ctx); err != nil {
			return err
		}
		fresh = true
	}
	d.watch(ctx)
	return nil
}

// pick takes a connection from the pool unless a fresh one is wanted: after a dead one the others are suspect too.
func (d *delivery) pick(ctx context.Context, fresh bool) (*conn, error) {
	if !fresh {
		if c := d.hop.take(); c != nil {
			d.hop.hooks.reused(d.hop.name)
			return c, nil
		}
	}
	c, err := d.hop.dial(ctx)
	if err != nil {
		return nil, errors.Join(errDial, err)
	}
	return c, nil
}

var errDial = errors.New("relay: no address of the next hop answers")

// introduce names the client to the hop; a connection that can't be taken for this client's any more is left.
func (d *delivery) introduce(ctx context.Context) error {
	c := d.c
	if d.hop.cfg.XCLIENT == Off || len(c.offers.XCLIENT) == 0 && c.client == "" {
		return nil
	}
	if c.dirty {
		if _, err := c.one(ctx, d.hop.cfg.Timeouts.Command.D(), "RSET"); err != nil {
			return err
		}
		c.dirty = false
	}
	fresh, err := c.introduce(ctx, d.env)
	if err == nil && !fresh {
		c.mails = d.hop.cfg.MessagesPerConn // used up
		d.release()
	}
	return err
}

// watch makes the end of ctx interrupt the connection.
func (d *delivery) watch(ctx context.Context) {
	if d.stop != nil && d.ctx == ctx {
		return
	}
	d.unwatch()
	if ctx.Done() != nil {
		d.ctx, d.stop = ctx, context.AfterFunc(ctx, d.c.interrupt)
	}
}

// unwatch is false where ctx has ended: the connection is being interrupted.
func (d *delivery) unwatch() bool {
	if d.stop == nil {
		return true
	}
	ok := d.stop()
	d.stop, d.ctx = nil, nil
	return ok
}

// lose closes a broken connection.
func (d *delivery) lose(err error) {
	d.unwatch()
	if d.c == nil {
		return
	}
	d.hop.hooks.failed(d.hop.name, d.c.target.name, err)
	d.hop.died(d.c)
	d.c, d.open = nil, false
}

// release gives the connection back to the pool.
func (d *delivery) release() {
	if d.c == nil {
		return
	}
	if d.unwatch() {
		d.hop.put(d.c)
	} else {
		d.hop.drop(d.c)
	}
	d.c, d.open = nil, false
}

// Abort leaves the transaction; the hop hears RSET when the connection is used next, or QUIT.
func (d *delivery) Abort() { d.release() }

// same tells whether the open transaction is for exactly these recipients.
func (d *delivery) same(to []string) bool { return d.open && slices.Equal(d.now, to) }
