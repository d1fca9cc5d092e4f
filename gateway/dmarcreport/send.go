// Package dmarcreport sends DMARC aggregate reports (RFC 7489 section 7.2, RFC 9990): once a day each domain that asks for
// it is told which mail in its name came here, from where, and what became of it.
//
// The filter dmarc notes each mail in a stream of the store, without any person's address. Here the notes of a day are
// counted, put into XML, packed, and mailed to where the domain's record says, if that place agrees. All mail goes through the
// next hop. Of several gateways with one store any may send: each report is marked in the store before it goes.
package dmarcreport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/filters"
	"weir/gateway/relay"
	"weir/message"
)

// Place is an address that wants a domain's reports.
type Place struct {
	Address string
	Max     int64 // bytes of a packed report at most; 0: no limit
}

// Sender sends reports.
type Sender struct {
	Config   Config
	Hops     []relay.HopConfig
	Hostname string
	Store    filters.Store
	Clock    func() time.Time // nil: time.Now
	Dry      io.Writer        // where reports are shown instead of being sent; nil: they are sent

	// Places tells who wants the reports of a domain now, and may have them. An error means that it can't be told.
	Places func(ctx context.Context, domain string) ([]Place, error)
	// Tell is told what became of each report; nil: nobody is.
	Tell func(domain, place string, err error)
}

// Summary is what became of the reports of a day.
type Summary struct {
	Sent   int // mails with a report that the next hop took
	Failed int // reports that may be sent at another time
	Kept   int // domains for which there is nothing to do: nobody wants a report, or it was sent before
	Lost   int // reports that a place does not take
}

// sent marks the reports that went out, for all gateways.
var sent = &filters.Family{Name: "dmarc-sent", TTL: 7 * 24 * time.Hour, Budget: 500_000}

func (s *Sender) now() time.Time {
	if s.Clock != nil {
		return s.Clock()
	}
	return time.Now()
}

// ErrNotOver says that a day has not ended: a domain has one report a day, and what comes later would be missing in it.
var ErrNotOver = errors.New("dmarc_report: this day (UTC) is not over, and each domain gets one report of it")

// Send sends the reports of the day (UTC) that t is in. What was sent before is not sent again. A day that is not over
// is ErrNotOver, unless reports are only shown.
func (s *Sender) Send(ctx context.Context, t time.Time) (Summary, error) {
	var sum Summary
	if s.Config.From == "" {
		return sum, ErrNoFrom
	}
	if s.Store == nil {
		return sum, errors.New("dmarc_report: there is no store, so nothing was noted")
	}
	d := dayOf(t)
	if s.Dry == nil && s.now().Before(d.end) {
		return sum, ErrNotOver
	}
	of, err := passes(ctx, s.Store, d)
	if err != nil || of == 0 {
		return sum, err
	}
	hop, err := s.open()
	if err != nil {
		return sum, err
	}
	defer hop.Close()
	for pass := range of {
		groups, err := collect(ctx, s.Store, d, pass, of)
		if err != nil {
			return sum, err
		}
		for len(groups) > 0 && ctx.Err() == nil {
			n := same(groups)
			s.domain(ctx, hop, d, groups[:n], &sum)
			groups = groups[n:]
		}
	}
	return sum, ctx.Err()
}

// open makes the connection to the next hop; nothing is said before the first mail.
func (s *Sender) open() (relay.Hop, error) {
	cfg, err := s.Config.hop(s.Hops)
	if err != nil {
		return nil, err
	}
	return relay.NewHop(cfg, relay.Options{Hostname: s.Hostname})
}

// same counts the groups of the first domain.
func same(groups []*group) int {
	for i, g := range groups {
		if g.holder != groups[0].holder {
			return i
		}
	}
	return len(groups)
}

// domain sends the reports of one domain.
func (s *Sender) domain(ctx context.Context, hop relay.Hop, d day, groups []*group, sum *Summary) {
	holder := groups[0].holder
	places, err := s.Places(ctx, holder)
	switch {
	case err != nil:
		s.tell(holder, "", err)
		sum.Failed++
		return
	case len(places) == 0 || s.Dry == nil && !s.mine(ctx, holder, d):
		sum.Kept++
		return
	}
	gone, failed := 0, 0
	for _, g := range groups {
		r, err := s.write(g, d)
		if err != nil {
			s.tell(holder, "", err)
			failed++
			continue
		}
		for _, p := range places {
			switch err := s.bring(ctx, hop, r, p); {
			case err == nil:
				gone++
			case errors.Is(err, errTooLarge) || errors.Is(err, errRefused):
				s.tell(holder, p.Address, err)
				sum.Lost++
			default:
				s.tell(holder, p.Address, err)
				failed++
			}
		}
	}
	sum.Sent, sum.Failed = sum.Sent+gone, sum.Failed+failed
	if gone == 0 && failed > 0 && s.Dry == nil {
		s.release(holder, d)
	}
}

// mine marks a report, and tells whether nobody has done so before. Where the store can't say, it is not ours: a report that
// is missing is better than one that counts twice.
func (s *Sender) mine(ctx context.Context, holder string, d day) bool {
	var b filters.Batch
	mark := b.Seen(sent, filters.Name{Who: holder, What: d.String()})
	return s.Store.Do(ctx, &b) == nil && mark.New
}

// release takes the mark of a report away that could not be sent to anybody, so that it is tried again.
func (s *Sender) release(holder string, d day) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var b filters.Batch
	b.Drop(sent, filters.Name{Who: holder, What: d.String()})
	_ = s.Store.Do(ctx, &b)
}

func (s *Sender) tell(domain, place string, err error) {
	if s.Tell != nil {
		s.Tell(domain, place, err)
	}
}

var (
	errTooLarge = errors.New("dmarc_report: the report is larger than the place takes")
	errRefused  = errors.New("for good")
)

// bring hands one report to the next hop, or shows it.
func (s *Sender) bring(ctx context.Context, hop relay.Hop, r *report, p Place) error {
	if p.Max > 0 && int64(len(r.packed)) > p.Max {
		return errTooLarge
	}
	if s.Dry != nil {
		_, err := fmt.Fprintf(s.Dry, "To: %s\nFile: %s\n\n%s\n", p.Address, r.file, r.xml)
		return err
	}
	content := s.mail(r, p.Address)
	env := &message.Envelope{ID: r.id, Time: s.now(), Hostname: s.Hostname, HasFrom: true, From: s.Config.From, Outgoing: true}
	delivery, rep := hop.Begin(ctx, env, relay.MailParams{Size: int64(len(content))})
	if !rep.OK() {
		return refused("MAIL", rep)
	}
	defer delivery.Abort()
	if rep := delivery.Rcpt(ctx, p.Address, relay.RcptParams{}); !rep.OK() {
		return refused("RCPT", rep)
	}
	if rep := delivery.Send(ctx, []string{p.Address}, [][]byte{content}, nil)[0]; !rep.OK() {
		return refused("the mail", rep)
	}
	s.tell(r.holder, p.Address, nil)
	return nil
}

func refused(what string, rep relay.Reply) error {
	err := fmt.Errorf("dmarc_report: the next hop answers %s with %d %s %s", what, rep.Code, rep.Enhanced, rep.Text)
	if rep.Temporary() || rep.Local {
		return err
	}
	return fmt.Errorf("%w: refused %w", err, errRefused)
}
