package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/filters"
	"weir/gateway/learn"
	"weir/gateway/quarantine"
	"weir/message/address"
)

// UndoCommand is the command line of weir quarantine undo.
type UndoCommand struct {
	Place
	IDs []string `arg:"" name:"id" help:"Ids of mails, or how they begin."`
}

// Run takes back what was done last with each mail: a deletion, or what a release taught and allowed. Mail that was sent is
// with those who got it.
func (c *UndoCommand) Run(ctx context.Context, h House) int {
	return c.with(h, func(o *opened) int {
		return o.each(c.IDs, func(e *quarantine.Entry) error { return c.undo(ctx, o, e) })
	})
}

func (c *UndoCommand) undo(ctx context.Context, o *opened, e *quarantine.Entry) error {
	if e.Deleted {
		if err := o.Restore(e.ID); err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s is back\n", e.ID)
		return o.did(quarantine.Deed{ID: e.ID, Verb: quarantine.Restored})
	}
	d := e.Last(quarantine.Released)
	switch {
	case d == nil:
		return fmt.Errorf("%s: nothing was done with it that could be taken back", e.ID)
	case !d.Taught && len(d.Allowed) == 0:
		return fmt.Errorf("%s was sent, which can't be taken back, and nothing else was done", e.ID)
	}
	if err := o.unsay(ctx, e, d); err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "%s: what its release taught and allowed is taken back; the mail is with those who got it\n", e.ID)
	return o.did(quarantine.Deed{ID: e.ID, Verb: quarantine.Untaught})
}

// unsay takes back what a release taught and allowed.
func (o *opened) unsay(ctx context.Context, e *quarantine.Entry, d *quarantine.Deed) (err error) {
	if d.Taught {
		m, raw, readErr := o.content(e)
		if err = readErr; err == nil {
			err = o.teach(ctx, m, raw, filters.Unlearned)
		}
	}
	for _, entry := range d.Allowed {
		words := strings.Fields(entry) // allow SENDER for RCPT
		if len(words) != 4 || words[0] != "allow" || words[2] != "for" || !slices.ContainsFunc(d.Rcpts, func(r string) bool { return same(r, words[3]) }) {
			err = errors.Join(err, fmt.Errorf("%s: the journal has %.80q, which is no entry that a release makes", e.ID, entry))
			continue
		}
		_, allowErr := o.Allow(o.cfg, words[1], words[3], true)
		err = errors.Join(err, allowErr)
	}
	return err
}

// same tells whether two texts are one address, as entries write it.
func same(a, b string) bool {
	i, k := strings.LastIndexByte(a, '@')+1, strings.LastIndexByte(b, '@')+1
	return strings.EqualFold(a[:i], b[:k]) && address.Domain(a[i:]) == address.Domain(b[k:])
}

// lesson is the place where a release teaches.
func (p *Place) lesson() *learn.Place { return &learn.Place{Config: p.Config, By: p.who()} }
