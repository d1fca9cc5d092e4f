package spamd

import (
	"context"
	"errors"
	"time"

	"weir/filters"
	"weir/gateway"
)

// teachTime is for one lesson.
const teachTime = 30 * time.Second

// tell learns a mail, or forgets it, and says what was done. Nobody is told beyond our own store: what is asked of
// "remote" is not done, and the answer says so by not naming it, as spamd's does without such services.
func (t *talk) tell(r *request) error {
	switch {
	case !t.cfg.Teach:
		return unavailable("TELL commands are not enabled: set spamd.teach = true in the config.")
	case r.set && r.remove:
		return protocol("Unable to set local and remove local in the same operation.")
	case r.set && r.class == filters.Unlearned:
		return protocol("(Set: local needs a Message-class)")
	}
	m, err := t.s.readMail(t.in, r)
	if err != nil {
		return err
	}
	if r.length >= 0 && (t.in.Buffered() > 0 || waiting(t.conn)) {
		_ = m.buf.Close()
		return protocol("(Content-Length mismatch: more than %d bytes came)", r.length)
	}
	taught, err := t.teach(r, &m)
	if err != nil {
		m.buf.Abandon() // a lesson that ran out of time may still read it
		return err
	}
	_ = m.buf.Close()
	return t.send("SPAMD/1.1 0 EX_OK\r\n"+did(r, taught)+"\r\n\r\n", content{})
}

// did says what was done: nothing, where it was known.
func did(r *request, taught filters.Taught) string {
	switch {
	case taught.Learned+taught.Changed == 0:
		return ""
	case r.remove:
		return "DidRemove: local\r\n"
	}
	return "DidSet: local\r\n"
}

func (t *talk) teach(r *request, m *mail) (taught filters.Taught, err error) {
	class := r.class
	switch {
	case r.remove:
		class = filters.Unlearned
	case !r.set:
		return taught, nil
	}
	who := "spamd"
	if r.user != "" {
		who = shown(r.user)
	}
	env := t.envelope(r, m.raw)
	env.Time = time.Now()
	ctx, cancel := context.WithTimeout(t.s.ctx, teachTime)
	defer cancel()
	taught, err = t.s.gateway.Teach(ctx, *env, m.raw, class, who)
	return taught, t.untaught(err)
}

// untaught says why a lesson was not learned.
func (t *talk) untaught(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gateway.ErrNoMessage):
		return &fault{exData, "(this is no message: it has no header field)"}
	case errors.Is(err, filters.ErrFrozen):
		return unavailable("learning is frozen")
	case errors.Is(err, gateway.ErrNoSchool):
		return unavailable("no filter that learns is switched on: set filters.bayes.enabled in the config")
	case errors.Is(err, filters.ErrStoreDown), errors.Is(err, filters.ErrNotKept), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		t.s.Log().Error("spamd: a lesson could not be kept, the client is told to try again", "error", err)
		return &fault{exTempFail, "(the store does not keep it now)"}
	}
	t.s.Log().Error("a fault of Weir itself while it learned, please report it", "error", err)
	return &fault{exSoftware, "(a fault of the filter, see its log)"}
}
