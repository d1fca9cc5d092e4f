package rules

import (
	"context"

	"weir/rules/eval"
)

// ask starts the questions to the DNS that rules have about the message. They are under way while other rules are run, and
// are given up with the context when the run ends.
func (r *run) ask() {
	if len(r.set.askers) == 0 || r.mail.Facts.Resolver == nil {
		return
	}
	r.asking, r.enough = context.WithCancel(r.ctx)
	for _, room := range r.set.askers {
		room.Ask(r.asking, r.mail, func(rule string) bool { return r.set.silent[rule] })
	}
}

// enoughAsked ends the questions that nobody waits for any more.
func (r *run) enoughAsked() {
	if r.enough != nil {
		r.enough()
		r.asking, r.enough = nil, nil
	}
}

// askers lists the rooms that ask the DNS.
func askers(rooms []eval.Room) (list []eval.Asker) {
	for _, room := range rooms {
		if a, ok := room.(eval.Asker); ok {
			list = append(list, a)
		}
	}
	return list
}

// editors lists the rooms that change what body rules see.
func editors(rooms []eval.Room) (list []eval.Editor) {
	for _, room := range rooms {
		if e, ok := room.(eval.Editor); ok {
			list = append(list, e)
		}
	}
	return list
}
