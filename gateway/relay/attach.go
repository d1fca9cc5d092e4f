package relay

import (
	"context"
	"errors"
)

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

// broke closes the connection after an error; where ctx has ended the client is the cause, not the hop.
func (d *delivery) broke(ctx context.Context, err error) {
	if ctx.Err() != nil {
		d.leave()
	} else {
		d.lose(err)
	}
}

// lose closes a connection that the hop broke.
func (d *delivery) lose(err error) {
	if d.c == nil {
		return
	}
	d.hop.hooks.failed(d.hop.name, d.c.target.name, err)
	d.hop.forget()
	d.leave()
}

// leave closes the connection in the middle of a mail: the only way to end content without a dot.
func (d *delivery) leave() {
	d.unwatch()
	if d.c != nil {
		d.hop.drop(d.c)
		d.c, d.open = nil, false
	}
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
