package relay

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// conn is one connection to a next hop, used by one delivery at a time.
type conn struct {
	now    net.Conn // what is written to and read from: raw, or TLS over it
	raw    net.Conn
	r      *bufio.Reader
	hop    *server
	target *target
	offers offers
	peek   peeker

	secure   bool
	dirty    bool      // a transaction was left open: RSET comes first
	reused   bool      // it served before: it may have died meanwhile
	mails    int       // mails begun on it
	idle     time.Time // since when it is unused
	client   string    // the XCLIENT line in force; "" none
	noClient bool      // XCLIENT was refused on it

	batch
	vec  net.Buffers // content to be sent
	rest net.Buffers // what of vec is not written yet
	copy []byte      // TLS: vec in one piece
}

// batch is a run of commands, sent together where the hop offers PIPELINING (RFC 2920), else one by one.
type batch struct {
	out     []byte
	ends    []int // end of each command in out
	replies []Reply
}

// pipelineDepth bounds the commands in flight, so that neither side can block on a full window.
const pipelineDepth = 100

// deadline sets how long the next steps may take, not longer than ctx. A cancelled ctx is an error.
func (c *conn) deadline(ctx context.Context, d time.Duration) error {
	end := time.Now().Add(d)
	if e, ok := ctx.Deadline(); ok && e.Before(end) {
		end = e
	}
	if err := c.raw.SetDeadline(end); err != nil {
		return err
	}
	return ctx.Err()
}

// begin starts an empty batch.
func (c *conn) begin() { c.out, c.ends, c.replies = c.out[:0], c.ends[:0], c.replies[:0] }

// end closes the command that was just appended to c.out.
func (c *conn) end() {
	c.out = append(c.out, "\r\n"...)
	c.ends = append(c.ends, len(c.out))
}

// say adds a whole command.
func (c *conn) say(command string) { c.out = append(c.out, command...); c.end() }

// run sends the batch and reads a reply to each command. The replies are valid until the next batch.
func (c *conn) run(ctx context.Context, d time.Duration) ([]Reply, error) {
	if err := c.deadline(ctx, d); err != nil {
		return nil, err
	}
	depth := 1
	if c.offers.pipelining {
		depth = pipelineDepth
	}
	for from := 0; from < len(c.ends); from += depth {
		if err := c.group(from, min(from+depth, len(c.ends))); err != nil {
			return nil, err
		}
	}
	return c.replies, nil
}

func (c *conn) group(from, to int) error {
	start := 0
	if from > 0 {
		start = c.ends[from-1]
	}
	if _, err := c.now.Write(c.out[start:c.ends[to-1]]); err != nil {
		return err
	}
	for range to - from {
		rep, err := readReply(c.r)
		if err != nil {
			return err
		}
		c.replies = append(c.replies, rep)
	}
	return nil
}

// one sends a single command and reads its reply.
func (c *conn) one(ctx context.Context, d time.Duration, command string) (Reply, error) {
	c.begin()
	c.say(command)
	replies, err := c.run(ctx, d)
	if err != nil {
		return Reply{}, err
	}
	return replies[0], nil
}

// greet reads the banner and says hello.
func (c *conn) greet(ctx context.Context) error {
	rep, err := readReply(c.r)
	if err != nil {
		return fmt.Errorf("relay: no greeting: %w", err)
	}
	if !rep.OK() {
		return fmt.Errorf("relay: greeted with %d %s", rep.Code, rep.Text)
	}
	return c.hello(ctx, c.hop.helo)
}

// hello says who is there and asks for the hop's offers; an SMTP hop that does not know EHLO gets HELO (RFC 5321 section 3.2).
func (c *conn) hello(ctx context.Context, name string) error {
	verb := "EHLO "
	if c.hop.cfg.Protocol == LMTP {
		verb = "LHLO "
	}
	if _, err := c.now.Write([]byte(verb + name + "\r\n")); err != nil {
		return err
	}
	o, rep, err := readOffers(c.r)
	if err != nil {
		return err
	}
	if rep.Code/100 == 5 && verb == "EHLO " {
		return c.oldHello(ctx, name)
	}
	if !rep.OK() {
		return fmt.Errorf("relay: %sgot %d %s", verb, rep.Code, rep.Text)
	}
	c.offers = o
	return nil
}

func (c *conn) oldHello(ctx context.Context, name string) error {
	c.offers = offers{}
	rep, err := c.one(ctx, c.hop.cfg.Timeouts.Connect.D(), "HELO "+name)
	if err == nil && !rep.OK() {
		err = fmt.Errorf("relay: HELO got %d %s", rep.Code, rep.Text)
	}
	return err
}

// startTLS secures the connection. Anything that came along with the reply was injected by somebody in the clear:
// it is never read as if it came through TLS (CASES A07).
func (c *conn) startTLS(ctx context.Context) error {
	rep, err := c.one(ctx, c.hop.cfg.Timeouts.Connect.D(), "STARTTLS")
	if err != nil {
		return err
	}
	if rep.Code != 220 {
		return fmt.Errorf("%w: STARTTLS got %d %s", errTLS, rep.Code, rep.Text)
	}
	if c.r.Buffered() > 0 {
		return errInjected
	}
	t := tls.Client(c.raw, c.hop.tlsFor(c.target))
	if err := t.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", errTLS, err)
	}
	c.now, c.secure, c.offers = t, true, offers{}
	c.r.Reset(t)
	return c.hello(ctx, c.hop.helo)
}

// quiet tells whether a connection from the pool is still open and said nothing meanwhile: a hop that closes it, or
// says "421 too long idle", is noticed before a mail is begun.
func (c *conn) quiet() bool { return c.r.Buffered() == 0 && c.peek.quiet() }

// interrupt makes what runs on the connection fail now.
func (c *conn) interrupt() { c.raw.SetDeadline(time.Unix(1, 0)) }

// quit ends an unused connection politely, without waiting for the answer.
func (c *conn) quit() {
	c.raw.SetDeadline(time.Now().Add(time.Second))
	c.now.Write([]byte("QUIT\r\n"))
	c.raw.Close()
}
