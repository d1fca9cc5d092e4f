package desk

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"weir/filters"
	"weir/gateway/quarantine"
	"weir/gateway/relay"
	"weir/message"
)

// ReleaseCommand is the command line of weir quarantine release.
type ReleaseCommand struct {
	Place
	IDs   []string `arg:"" name:"id" help:"Ids of mails, or how they begin."`
	Ham   bool     `help:"Learn, too, that the mail is wanted."`
	Allow bool     `help:"Allow its author for those it was for, as weir allow does."`
	Again bool     `help:"Send it again to those who have had it."`
}

// Run sends mails on.
func (c *ReleaseCommand) Run(ctx context.Context, h House) int {
	return c.with(h, func(o *opened) int {
		router, err := relay.New(relay.Config{Hops: o.cfg.NextHops}, relay.Options{Hostname: o.cfg.Name()})
		if err != nil {
			return complain(h.Err, err)
		}
		defer router.Close()
		return o.each(c.IDs, func(e *quarantine.Entry) error { return c.release(ctx, o, router, e) })
	})
}

// release sends one mail to those who have not had it, notes that, and then teaches and allows. Whoever got it is noted even
// if others did not, so that a second release spares him.
func (c *ReleaseCommand) release(ctx context.Context, o *opened, router *relay.Router, e *quarantine.Entry) error {
	letGo, err := o.Hold(e.ID)
	if err != nil {
		return err
	}
	defer letGo()
	item, err := o.Item(e.ID)
	if err != nil {
		return err
	}
	left := item.Rcpts // as its file says: the index is only a copy
	if !c.Again {
		had := received(o.Deeds(e.ID)) // somebody may have released it since the list was read
		left = slices.DeleteFunc(slices.Clone(left), func(r string) bool { return slices.Contains(had, r) })
	}
	if len(left) == 0 {
		return fmt.Errorf("%s was released already; --again sends it once more", e.ID)
	}
	m, raw, err := o.content(e)
	if err != nil {
		return err
	}
	d := quarantine.Deed{ID: e.ID, Verb: quarantine.Released}
	d.Rcpts, d.Reply, err = send(ctx, router, m, left, raw)
	if len(d.Rcpts) == 0 {
		return err
	}
	fmt.Fprintf(o.Out, "%s released to %s: %s\n", e.ID, plain(strings.Join(d.Rcpts, ", "), 200), plain(d.Reply, 200))
	err = errors.Join(err, c.say(ctx, o, &d, m, raw))
	return errors.Join(err, o.did(d))
}

// send hands a mail to the next hops of its recipients, one transaction a hop, and tells who got it.
func send(ctx context.Context, router *relay.Router, m *quarantine.Mail, rcpts []string, raw []byte) (got []string, reply string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	env := &message.Envelope{ID: m.Message, Hostname: m.Gateway, HasFrom: true, From: m.From, Rcpts: rcpts}
	for len(rcpts) > 0 {
		hop, ok := router.Lookup(domain(rcpts[0]))
		here := slices.DeleteFunc(slices.Clone(rcpts), func(r string) bool { h, _ := router.Lookup(domain(r)); return h != hop })
		rcpts = slices.DeleteFunc(slices.Clone(rcpts), func(r string) bool { return slices.Contains(here, r) })
		if !ok {
			err = errors.Join(err, fmt.Errorf("%s: no next_hop of the config takes mail for %s", m.ID, plain(strings.Join(here, ", "), 200)))
			continue
		}
		done, said, hopErr := deliver(ctx, hop.Hop, env, here, raw)
		got, err = append(got, done...), errors.Join(err, hopErr)
		if said != "" {
			reply = said
		}
	}
	return got, reply, err
}

// deliver is one transaction.
func deliver(ctx context.Context, hop relay.Hop, env *message.Envelope, rcpts []string, raw []byte) (got []string, said string, err error) {
	d, r := hop.Begin(ctx, env, relay.MailParams{Body: body(raw), Size: int64(len(raw))})
	if !r.OK() {
		return nil, "", refused(hop, rcpts, r)
	}
	defer d.Abort()
	var taken []string
	for _, to := range rcpts {
		if r := d.Rcpt(ctx, to, relay.RcptParams{}); r.OK() {
			taken = append(taken, to)
		} else {
			err = errors.Join(err, refused(hop, []string{to}, r))
		}
	}
	if len(taken) == 0 {
		return nil, "", err
	}
	for i, r := range d.Send(ctx, taken, [][]byte{raw}, func() error { return nil }) {
		if r.OK() {
			got, said = append(got, taken[i]), text(r)
		} else {
			err = errors.Join(err, refused(hop, taken[i:i+1], r))
		}
	}
	return got, said, err
}

func refused(hop relay.Hop, rcpts []string, r relay.Reply) error {
	return fmt.Errorf("%s did not take the mail for %s: %s", hop.Name(), plain(strings.Join(rcpts, ", "), 200), plain(text(r), 200))
}

func text(r relay.Reply) string {
	return strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", r.Code, r.Enhanced, r.Text)), " ")
}

// body declares what is in a mail (RFC 6152).
func body(raw []byte) string {
	if slices.ContainsFunc(raw, func(c byte) bool { return c >= 0x80 }) {
		return "8BITMIME"
	}
	return ""
}

func domain(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// received lists who has had a mail by a release.
func received(deeds []quarantine.Deed) (list []string) {
	for _, d := range deeds {
		if d.Verb == quarantine.Released {
			list = append(list, d.Rcpts...)
		}
	}
	return list
}

// say teaches and allows, as the flags want it, and notes in d what was done.
func (c *ReleaseCommand) say(ctx context.Context, o *opened, d *quarantine.Deed, m *quarantine.Mail, raw []byte) (err error) {
	if c.Ham {
		err = o.teach(ctx, m, raw, filters.Ham)
		d.Taught = err == nil
	}
	if c.Allow {
		err = errors.Join(err, o.allow(d, m, raw))
	}
	return err
}

// teach learns a mail with its envelope, or (filters.Unlearned) takes that back.
func (o *opened) teach(ctx context.Context, m *quarantine.Mail, raw []byte, class filters.Class) error {
	place := o.place.lesson()
	if r, err := place.One(ctx, o.House.House, envelope(m), raw, class); err != nil {
		return fmt.Errorf("%s was not learned: %w", m.ID, err)
	} else if class == filters.Ham {
		fmt.Fprintf(o.Out, "%s: %s as wanted\n", m.ID, r)
	}
	return nil
}

// envelope is a mail's way here, as it was when it was kept.
func envelope(m *quarantine.Mail) message.Envelope {
	env := message.Envelope{ID: m.Message, Time: m.Time, Hostname: m.Gateway, Helo: m.Helo, HasFrom: true, From: m.From, Rcpts: m.Rcpts}
	env.Client.Addr, _ = netip.ParseAddr(m.IP)
	env.Client.Auth = m.User
	return env
}

// allow allows the author for each recipient.
func (o *opened) allow(d *quarantine.Deed, m *quarantine.Mail, raw []byte) error {
	mail := message.New(envelope(m), message.Options{})
	mail.Load(raw)
	author := mail.Author()
	if len(author.Addresses) != 1 || author.Ambiguous {
		return fmt.Errorf("%s: nobody can say who its author is (%s): nobody was allowed", m.ID, plain(author.Why, 200))
	}
	sender := author.Addresses[0].String()
	if strings.ContainsFunc(sender, func(r rune) bool { return r == '"' || unicode.IsSpace(r) }) { // its words would be read as the entry's
		return fmt.Errorf("%s: its author %s is no address that can be allowed", m.ID, plain(sender, 80))
	}
	for _, rcpt := range d.Rcpts {
		entry, err := o.Allow(o.cfg, sender, rcpt, false)
		if err != nil {
			return fmt.Errorf("%s: its author was not allowed: %w", m.ID, err)
		}
		fmt.Fprintf(o.Out, "%s: %s\n", m.ID, plain(entry, 700))
		d.Allowed = append(d.Allowed, entry)
	}
	return nil
}
