package relay

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Send transmits the content. Up to the dot anything that goes wrong means that nobody gets the mail; after it the hop's
// answer is waited for, whatever becomes of ctx, since the mail may be delivered already.
func (d *delivery) Send(ctx context.Context, to []string, chunks [][]byte, before func() error) []Reply {
	replies := make([]Reply, len(to))
	rep, err := d.ready(ctx, to, chunks)
	if err == nil && rep.Code == 0 {
		rep, err = d.content(ctx, chunks, before)
	}
	if err != nil {
		rep = d.whyLost(err)
		d.broke(ctx, err)
	}
	if rep.Code != 0 {
		return fill(replies, rep)
	}
	return d.outcome(replies)
}

func fill(replies []Reply, r Reply) []Reply {
	for i := range replies {
		replies[i] = r
	}
	return replies
}

func length(chunks [][]byte) (n int64) {
	for _, c := range chunks {
		n += int64(len(c))
	}
	return n
}

// ready brings the hop to wait for the content for exactly the recipients in to: the zero Reply. A hop that dropped the
// connection meanwhile is asked again on another one; where it answers otherwise than before, nothing is sent.
func (d *delivery) ready(ctx context.Context, to []string, chunks [][]byte) (Reply, error) {
	if d.refused.Code != 0 {
		return d.refused, nil
	}
	list, ok := d.chosen(to)
	if !ok {
		return replyAborted, nil
	}
	for again := false; ; again = true {
		rep, err := d.data(ctx, again, to, list, chunks)
		if err == nil {
			return rep, nil
		}
		replaceable := d.c != nil && !errors.Is(err, errProtocol)
		if again || !replaceable || ctx.Err() != nil {
			return Reply{}, err
		}
		d.lose(err)
	}
}

// chosen looks up the recipients in to among those accepted.
func (d *delivery) chosen(to []string) ([]recipient, bool) {
	if d.same(to) {
		return d.accepted, len(to) > 0
	}
	known := make(map[string]recipient, len(d.accepted))
	for _, r := range d.accepted {
		known[r.addr] = r
	}
	list := make([]recipient, 0, len(to))
	for _, addr := range to {
		r, ok := known[addr]
		if !ok {
			return nil, false
		}
		list = append(list, r)
	}
	return list, len(list) > 0
}

// data opens the transaction where it is not, and sends DATA.
func (d *delivery) data(ctx context.Context, fresh bool, to []string, list []recipient, chunks [][]byte) (Reply, error) {
	if err := d.connect(ctx, fresh); err != nil {
		return Reply{}, err
	}
	if !d.same(to) {
		if rep, err := d.anew(ctx, list, length(chunks)); err != nil || rep.Code != 0 {
			return rep, err
		}
	}
	if d.params.Body == "8BITMIME" && !d.c.offers.EightBit && eightBit(chunks) {
		return d.refuse(refuse(451, "4.6.3", "The mail server behind this gateway takes no 8BITMIME now, try again later")), nil
	}
	rep, err := d.c.one(ctx, d.hop.cfg.Timeouts.Data.D(), "DATA")
	return d.goAhead(rep, err)
}

// anew begins the transaction again for other recipients, or on another connection.
func (d *delivery) anew(ctx context.Context, list []recipient, size int64) (Reply, error) {
	d.open = false
	all := d.accepted
	d.accepted = list
	rep, err := d.transact(ctx, list, nil, size)
	d.accepted = all
	if err != nil || rep.OK() {
		return Reply{}, err
	}
	return rep, nil
}

// goAhead reads the answer to DATA: 354 is the zero Reply.
func (d *delivery) goAhead(rep Reply, err error) (Reply, error) {
	switch {
	case err != nil:
		return Reply{}, err
	case rep.Code == 421:
		return Reply{}, errGone
	case rep.Code == 354:
		return Reply{}, nil
	case rep.Code/100 < 4:
		return Reply{}, fmt.Errorf("%w: DATA got %d", errProtocol, rep.Code)
	}
	d.release()
	return forClient(rep), nil
}

// content sends the content and the dot. The zero Reply means that the dot is out.
func (d *delivery) content(ctx context.Context, chunks [][]byte, before func() error) (Reply, error) {
	s := stuffer{c: d.c, ctx: ctx}
	if err := s.all(chunks); err != nil {
		return d.broken(ctx, err)
	}
	if before != nil {
		if err := before(); err != nil {
			d.leave()
			return replyAborted, nil
		}
	}
	if !d.unwatch() {
		return Reply{}, ctx.Err()
	}
	if !d.c.secure && !d.c.quiet() {
		return d.broken(context.Background(), errEarly)
	}
	// From here on ctx counts no more: a cancelled write could leave it open whether the dot got through.
	s.ctx = context.Background()
	if err := s.dot(); err != nil {
		return d.broken(s.ctx, err)
	}
	return Reply{}, nil
}

// errEarly is a hop that closed, or answered, before the dot: it has not taken the mail.
var errEarly = errors.New("relay: the next hop ended the mail before the dot")

// broken is a failure before the dot was out. A hop that refuses in the middle of the content ("552 too large") and
// closes has said why; that is looked for.
func (d *delivery) broken(ctx context.Context, err error) (Reply, error) {
	if errors.Is(err, errLineEnd) {
		d.lose(err)
		return replyAborted, nil
	}
	if ctx.Err() != nil {
		return Reply{}, err
	}
	d.c.raw.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	rep, failed := readReply(d.c.r)
	if failed != nil || rep.Code < 400 {
		return Reply{}, err
	}
	d.lose(err)
	return forClient(rep), nil
}

// outcome waits for the reply to the dot: one, or with LMTP one for each recipient.
func (d *delivery) outcome(replies []Reply) []Reply {
	start := time.Now()
	n := 1
	if d.hop.cfg.Protocol == LMTP {
		n = len(replies)
	}
	for i := range n {
		rep, err := d.final()
		if err != nil {
			d.hop.hooks.unknown(d.hop.name)
			rep = d.whyLost(err)
			d.lose(err)
			fill(replies[i:], rep)
			return replies
		}
		replies[i] = rep
	}
	d.hop.hooks.answered(d.hop.name, time.Since(start))
	d.c.dirty = false
	if n == 1 {
		fill(replies, replies[0])
	}
	d.release()
	return replies
}

// final reads one reply after the dot, as long as RFC 5321 section 4.5.3.2.6 has one wait.
func (d *delivery) final() (Reply, error) {
	if err := d.c.deadline(context.Background(), d.hop.cfg.Timeouts.Dot.D()); err != nil {
		return Reply{}, err
	}
	rep, err := readReply(d.c.r)
	if err == nil && misplaced(rep) {
		err = fmt.Errorf("%w: the dot got %d", errProtocol, rep.Code)
	}
	return forClient(rep), err
}
