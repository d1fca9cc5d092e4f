package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"weir/gateway/realtest"
)

// Plan is a soak run.
type Plan struct {
	Addr    string       // where the gateway listens
	Rcpt    string       // a mailbox at the next hop
	Mails   int          // how many different mails
	Kills   int          // how often Kill is called, spread evenly over the mails
	Clients int          // sessions at once; 0 means 8
	Seed    uint64       // of the moments at which Kill is called
	Renew   bool         // connect anew after every refusal: Postfix refuses the rest of a session whose milter went away
	Kill    func() error // ends the gateway at once and starts it again
}

// idField carries a mail's id.
const idField = "X-Soak-Id: "

// Run sends every mail until it is accepted, and fills the ledger. ctx ends it early, with an error.
func (p Plan) Run(ctx context.Context, l *Ledger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if p.Clients == 0 {
		p.Clients = 8
	}
	var next, accepted atomic.Int64
	var clients sync.WaitGroup
	for range p.Clients {
		clients.Go(func() { p.client(ctx, l, &next, &accepted) })
	}
	killed := make(chan error, 1)
	sent, done := context.WithCancel(ctx)
	go func() { killed <- p.killer(sent, &accepted, cancel) }()
	clients.Wait()
	done()
	err := <-killed
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// killer calls Kill whenever a further share of the mails has been accepted, after a pause of up to 10 ms, so that it
// meets transactions in every state.
func (p Plan) killer(ctx context.Context, accepted *atomic.Int64, fail func(error)) error {
	random := rand.New(rand.NewPCG(p.Seed, 1))
	for k := range p.Kills {
		due := int64(p.Mails) * int64(k+1) / int64(p.Kills+1)
		for accepted.Load() < due {
			if !pause(ctx, time.Millisecond) {
				return fmt.Errorf("soak: the mails ran out after %d kills of %d", k, p.Kills)
			}
		}
		time.Sleep(time.Duration(random.IntN(10_000)) * time.Microsecond)
		if err := p.Kill(); err != nil {
			fail(fmt.Errorf("soak: kill %d: %w", k+1, err))
			return err
		}
	}
	return nil
}

// client sends mails over connections of a few mails each.
func (p Plan) client(ctx context.Context, l *Ledger, next, accepted *atomic.Int64) {
	var c *realtest.Client
	defer func() {
		if c != nil {
			_ = c.Quit()
		}
	}()
	for {
		n := next.Add(1)
		if n > int64(p.Mails) {
			return
		}
		for {
			var ok bool
			if c, ok = p.attempt(c, l, int(n)); ok {
				break
			}
			if !pause(ctx, 5*time.Millisecond) {
				return
			}
		}
		accepted.Add(1)
		if n%7 == 0 {
			_ = c.Quit()
			c = nil
		}
	}
}

// attempt tries to send a mail once. It gives the connection back, or nil where that ended.
func (p Plan) attempt(c *realtest.Client, l *Ledger, n int) (*realtest.Client, bool) {
	if c == nil {
		var err error
		if c, err = realtest.Dial(p.Addr); err != nil {
			return nil, false
		}
	}
	id := fmt.Sprintf("soak-%06d", n)
	o := c.Send("sender@example.org", []string{p.Rcpt}, Mail(id, n))
	l.Record(id, o)
	if o.Err != nil || o.Code == 421 || p.Renew && !o.Accepted {
		_ = c.Close()
		return nil, false
	}
	if !o.Accepted && !o.AfterDot {
		_, _, _ = c.Say("RSET")
	}
	return c, o.Accepted
}

// Mail is the text of the n-th mail. Most are of 1 to 4 kB, every 20th of 80 kB, every 200th larger than what Weir keeps
// in memory.
func Mail(id string, n int) string {
	lines := 15 + n%50
	switch {
	case n%200 == 9:
		lines = 18_000
	case n%20 == 3:
		lines = 1_200
	}
	return "From: <sender@example.org>\r\nTo: <box@weir.test>\r\nSubject: " + id + "\r\nMessage-ID: <" + id +
		"@example.org>\r\nDate: Mon, 05 Oct 2026 10:00:00 +0000\r\n" + idField + id + "\r\n\r\n" + body(id, lines)
}

func body(id string, lines int) string {
	return strings.Repeat(".a line of "+id+" that begins with a dot, and goes on\r\n", lines) + "end of " + id + "\r\n"
}

// Identify takes the id out of a mail that arrived, and tells whether its text below the header is what was sent.
func Identify(mail string) (id string, intact bool) {
	mail = strings.ReplaceAll(mail, "\r\n", "\n")
	header, text, _ := strings.Cut(mail, "\n\n")
	_, rest, _ := strings.Cut("\n"+header+"\n", "\n"+idField)
	id, _, _ = strings.Cut(rest, "\n")
	var n int
	if _, err := fmt.Sscanf(id, "soak-%d", &n); err != nil {
		return id, false
	}
	_, want, _ := strings.Cut(strings.ReplaceAll(Mail(id, n), "\r\n", "\n"), "\n\n")
	return id, text == want
}

// pause tells whether the time passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
