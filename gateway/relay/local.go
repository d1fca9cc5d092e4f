package relay

import (
	"context"
	"fmt"

	"weir/gateway/relay/maildir"
	"weir/message"
)

// local is the Hop that is a Maildir of this machine.
type local struct {
	name  string
	box   *maildir.Box
	hooks Hooks
}

func newLocal(cfg HopConfig, hostname string, hooks Hooks) (*local, error) {
	box, err := maildir.Open(cfg.Address[0], hostname)
	if err != nil {
		return nil, err
	}
	return &local{"maildir:" + cfg.Address[0], box, hooks}, nil
}

func (l *local) Name() string { return l.name }
func (l *local) Ready() bool  { return true }
func (l *local) Close() error { return l.box.Close() }

// Caps: a folder takes all that does not need an answer later.
func (l *local) Caps(context.Context) (Caps, error) {
	return Caps{Sized: true, EightBit: true, SMTPUTF8: true, BinaryMIME: true}, nil
}

func (l *local) Begin(_ context.Context, env *message.Envelope, p MailParams) (Delivery, Reply) {
	if bad := checkMail(env.From, p); bad.Code != 0 {
		return nil, bad
	}
	return &localDelivery{l, env, p.SMTPUTF8}, Reply{Code: 250, Enhanced: "2.1.0", Text: "ok", Local: true}
}

// localDelivery needs no connection and no state.
type localDelivery struct {
	hop  *local
	env  *message.Envelope
	utf8 bool
}

func (d *localDelivery) Rcpt(_ context.Context, to string, p RcptParams) Reply {
	if bad := checkRcpt(to, p, d.utf8); bad.Code != 0 {
		return bad
	}
	return Reply{Code: 250, Enhanced: "2.1.5", Text: "ok"}
}

// Send stores the mail; OK means that it is on the disk.
func (d *localDelivery) Send(ctx context.Context, to []string, chunks [][]byte, before func() error) []Reply {
	replies := make([]Reply, len(to))
	if ctx.Err() != nil || before != nil && before() != nil || len(to) == 0 {
		return fill(replies, replyAborted)
	}
	name, err := d.hop.box.Deliver(d.env.From, to, chunks)
	if err != nil {
		d.hop.hooks.failed(d.hop.name, d.hop.name, err)
		return fill(replies, refuse(451, "4.3.0", "The mail could not be stored, try again later"))
	}
	return fill(replies, Reply{Code: 250, Enhanced: "2.0.0", Text: fmt.Sprintf("stored as %s", name)})
}

func (d *localDelivery) Abort() {}
