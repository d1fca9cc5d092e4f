package scanner

import (
	"context"
	"errors"
	"slices"

	"weir/filters"
	"weir/message"
	"weir/message/anomaly"
	"weir/message/archive"
)

// Plan says what of a message is scanned.
type Plan struct {
	Head     []byte                      // sent before the whole message
	AllParts bool                        // every decoded part too, and not only those that a scanner may not see into
	Foreign  func(e *archive.Entry) bool // a scanner may not see this file, since it does not open such an archive: we do. nil: no archive is opened
	Enough   func(v *Verdict) bool       // after such a finding nothing else matters: the rest is not scanned. nil: none is
}

// Report is what the scanners said of one message.
type Report struct {
	Found    []Verdict // each name once, in the order of the message
	TooLarge error     // some of it is more than a scanner takes; nil: none
	Unseen   string    // what of archives neither a scanner nor we could open, and why: the first; "" none
	Locked   string    // an archive that needs a password: the first; "" none
	Old      bool      // a scanner with an old database was asked
}

// Message has a message scanned: the whole as it is, and decoded parts as the plan says. What is too large as a whole is
// scanned part by part. The error says that some of it could not be scanned; what was found until then counts.
func (p *Pool) Message(ctx context.Context, m *message.Message, plan Plan) (r Report, err error) {
	ctx, cancel := filters.Early(ctx)
	defer cancel()
	done, err := r.scan(ctx, p, &plan, &Piece{Name: "the whole message", Mail: true, Head: plan.Head, Body: m.Raw})
	if errors.Is(err, ErrTooLarge) {
		if plan.AllParts = true; !has(&m.Notes, anomaly.HeaderTooLong, anomaly.DepthLimit, anomaly.PartsLimit, anomaly.ReadingsLimit, anomaly.BudgetLimit) {
			err = nil
		}
		r.TooLarge, err = err, nil
	}
	if err != nil || done {
		return r, err
	}
	for _, piece := range pieces(m, plan.AllParts) {
		done, err := r.scan(ctx, p, &plan, &piece)
		switch {
		case errors.Is(err, ErrTooLarge):
			r.TooLarge = err
		case err != nil || done:
			return r, err
		}
	}
	if plan.Foreign == nil {
		return r, nil
	}
	err = r.inside(ctx, p, &plan, m)
	if errors.Is(err, ErrTooLarge) {
		r.TooLarge, err = err, nil
	}
	return r, err
}

// scan has one piece scanned and notes the verdict. done: the rest does not matter.
func (r *Report) scan(ctx context.Context, p *Pool, plan *Plan, piece *Piece) (done bool, err error) {
	v, err := p.Scan(ctx, piece)
	if err != nil {
		return false, err
	}
	r.Old = r.Old || v.Old
	if v.State != Found {
		return false, nil
	}
	if !slices.ContainsFunc(r.Found, func(o Verdict) bool { return o.Name == v.Name }) {
		r.Found = append(r.Found, v)
	}
	return plan.Enough != nil && plan.Enough(&v), nil
}
