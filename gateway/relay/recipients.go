package relay

import (
	"context"
	"strings"
	"sync"
	"time"
)

// Recipients tells early which recipients a hop does not have, so that it need not be asked again and again, and a
// guessing spammer costs nothing. It is safe for use by many goroutines.
//
// Only the absence of a mailbox is remembered. "550 5.7.1" may be about this client or this sender, and a reply without
// an enhanced code may be about anything: those are asked anew each time. 4xx answers are never remembered.
type Recipients struct {
	mode RecipientsMode
	list *listFile

	good, bad time.Duration
	mu        sync.Mutex
	young     map[string]remembered // what was learnt lately; when it is full it becomes old
	old       map[string]remembered
	max       int
}

type remembered struct {
	reply Reply
	until time.Time
}

func newRecipients(cfg HopConfig) (*Recipients, error) {
	r := &Recipients{
		mode: cfg.Recipients, good: cfg.RememberGood.D(), bad: cfg.RememberBad.D(),
		young: map[string]remembered{}, max: max(1, cfg.RememberMax/2),
	}
	if r.mode != RecipientsFile {
		return r, nil
	}
	list, err := openList(cfg.RecipientsFile)
	r.list = list
	return r, err
}

// Mode is how recipients are checked.
func (r *Recipients) Mode() RecipientsMode { return r.mode }

// Ask checks a recipient: by what is known, else with the hop through its delivery, whose answer is remembered.
func (r *Recipients) Ask(ctx context.Context, d Delivery, to string, p RcptParams) Reply {
	if rep := r.Check(ctx, to); !rep.OK() {
		return rep
	}
	rep := d.Rcpt(ctx, to, p)
	r.Answered(to, rep)
	return rep
}

// Check refuses a recipient that is known not to exist; else it is OK, and the hop must be asked.
func (r *Recipients) Check(_ context.Context, to string) Reply {
	if rep, known := r.Known(to); known && !rep.OK() {
		return rep
	}
	return Reply{Code: 250, Enhanced: "2.1.5", Text: "ok", Local: true}
}

// Answered remembers what the hop said of a recipient, where the mode is live.
func (r *Recipients) Answered(to string, rep Reply) {
	if r.mode == RecipientsLive {
		r.learn(to, rep)
	}
}

// Known gives what is known of a recipient without asking: a refusal holds; an acceptance does not spare asking, since
// the hop has to be told of each recipient anyway. postmaster and abuse are always left to the hop.
func (r *Recipients) Known(to string) (Reply, bool) {
	local, _, _ := strings.Cut(to, "@")
	if r.mode == RecipientsNone || strings.EqualFold(local, "postmaster") || strings.EqualFold(local, "abuse") {
		return Reply{}, false
	}
	if r.mode == RecipientsFile {
		return r.listed(to)
	}
	return r.recall(key(to))
}

func (r *Recipients) listed(to string) (Reply, bool) {
	if r.list.has(to) {
		return Reply{Code: 250, Enhanced: "2.1.5", Text: "ok", Local: true}, true
	}
	return refuse(550, "5.1.1", "There is no such recipient here"), true
}

// key is the address with its domain in lower case.
func key(to string) string {
	at := strings.LastIndexByte(to, '@')
	return to[:at+1] + strings.ToLower(to[at+1:])
}

func (r *Recipients) recall(k string) (Reply, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.young[k]
	if !ok {
		e, ok = r.old[k]
	}
	if !ok || time.Now().After(e.until) {
		return Reply{}, false
	}
	return e.reply, true
}

// learn remembers an answer of the hop, or forgets what an answer puts in doubt.
func (r *Recipients) learn(to string, rep Reply) {
	if rep.Local {
		return
	}
	k := key(to)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case rep.OK():
		r.keep(k, remembered{Reply{Code: 250, Enhanced: "2.1.5", Local: true}, time.Now().Add(r.good)})
	case absent(rep):
		rep.Local = true
		r.keep(k, remembered{rep, time.Now().Add(r.bad)})
	default:
		delete(r.young, k)
		delete(r.old, k)
	}
}

// keep stores an entry within the bound: two maps of half the size, the older one dropped whole.
func (r *Recipients) keep(k string, e remembered) {
	if len(r.young) >= r.max {
		r.old, r.young = r.young, make(map[string]remembered)
	}
	r.young[k] = e
}

// absent tells whether the reply says that there is no such mailbox (RFC 3463 section 3.2).
func absent(r Reply) bool {
	switch r.Enhanced {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10":
		return r.Code/100 == 5
	}
	return false
}
