package scanner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"weir/filters"
)

// Config is what a Pool needs.
type Config struct {
	What     string // what they are, for a person: "clamd", "the ICAP server"
	Engine   Engine
	Targets  []Target
	Dialer   filters.Dialer
	Clock    func() time.Time // of the gateway: how old databases are; nil: time.Now
	Scans    int              // at once on each; 0: as many as it says, or 4
	Limit    int64            // largest piece, in bytes; 0: none
	Tries    int              // scanners that are tried for one piece; 0: one
	Timeout  time.Duration    // for one try; 0: what is left of the time, divided by the tries that are left
	MaxAge   time.Duration    // of a database; 0: any
	Remember int              // verdicts that are kept; 0: none
	Keep     time.Duration    // how long they are
}

// Pool is the scanners of one filter. It is safe for use by many goroutines, and must be closed.
type Pool struct {
	Config
	cache    *cache
	cached   counters
	backends []*backend
	pace     pace

	unpacking chan struct{} // has a place for each mail whose archives are opened

	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed when somebody waits and a backend changed; nil: nobody waits
}

// DefaultScans is how many scans at once a scanner gets that does not say how many it bears.
const DefaultScans = 4

// New makes a Pool, whose scanners are tried at once, in the background.
func New(c Config) *Pool { return newPool(c, usual) }

func newPool(c Config, pace pace) *Pool {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.Tries = min(max(c.Tries, 1), len(c.Targets))
	p := &Pool{Config: c, pace: pace, unpacking: make(chan struct{}, unpackers()), cache: newCache(c.Remember, c.Keep)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for i, t := range c.Targets {
		b := &backend{Target: t, bit: 1 << i, nudge: make(chan struct{}, 1)}
		p.backends = append(p.backends, b)
		p.all.Go(func() { p.keep(b) })
	}
	return p
}

// MaxTargets is how many scanners a Pool may have.
const MaxTargets = 64

// Close ends the probes and waits for them.
func (p *Pool) Close() error {
	p.cancel()
	p.all.Wait()
	return nil
}

// Scan has a piece scanned. Where the error is not nil, nobody could tell and the Verdict is Unscanned.
func (p *Pool) Scan(ctx context.Context, piece *Piece) (Verdict, error) {
	key, generation := p.cache.key(piece)
	if v, ok := p.cache.get(key); ok {
		p.cached.note(v, nil)
		return v, nil
	}
	if p.Limit > 0 && piece.Len() > p.Limit {
		return Verdict{}, fmt.Errorf("%s: %d bytes: %w (%d)", piece.Name, piece.Len(), ErrTooLarge, p.Limit)
	}
	v, err := p.scanAnywhere(ctx, piece)
	if err != nil {
		return Verdict{}, err
	}
	p.cache.put(key, generation, v)
	return v, nil
}

// scanAnywhere tries one scanner after the other, never the same twice.
func (p *Pool) scanAnywhere(ctx context.Context, piece *Piece) (Verdict, error) {
	var tried uint64
	var faults []error
	for left := p.Tries; left > 0; left-- {
		b, err := p.take(ctx, tried)
		if err != nil {
			return Verdict{}, errors.Join(append(faults, err)...)
		}
		v, err := p.try(ctx, b, piece, left)
		if err == nil {
			return v, nil
		}
		tried |= b.bit
		faults = append(faults, fmt.Errorf("%s: %w", b.Name, err))
		if errors.Is(err, ErrTooLarge) || ctx.Err() != nil {
			break
		}
	}
	return Verdict{}, errors.Join(faults...)
}

// try has a piece scanned by one scanner, which was taken, and gives it back.
func (p *Pool) try(ctx context.Context, b *backend, piece *Piece, left int) (v Verdict, err error) {
	defer func() { p.giveBack(ctx, b, v, err) }()
	try, cancel := context.WithTimeout(ctx, p.share(ctx, left))
	defer cancel()
	c, end, err := p.dial(try, b)
	if err != nil {
		return Verdict{}, err
	}
	defer end()
	v, err = p.Engine.Scan(c, piece)
	if err != nil {
		return Verdict{}, inTime(try, err)
	}
	if v.State == Unscanned {
		return Verdict{}, ErrReply
	}
	v.Old = p.isOld(b)
	return v, nil
}

// share is the time for one try, where left tries remain.
func (p *Pool) share(ctx context.Context, left int) time.Duration {
	rest := time.Minute
	if end, ok := ctx.Deadline(); ok {
		rest = time.Until(end)
	}
	if p.Timeout > 0 {
		return min(rest, p.Timeout)
	}
	return rest / time.Duration(left)
}

// dial opens a connection that ends with ctx, whatever the scanner does. end closes it.
func (p *Pool) dial(ctx context.Context, b *backend) (c net.Conn, end func(), err error) {
	c, err = p.Dialer.DialContext(ctx, b.Network, b.Address)
	if err != nil {
		return nil, nil, inTime(ctx, err)
	}
	if limit, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(limit)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	return c, func() { stop(); _ = c.Close() }, nil
}

// errSilent is a scanner that did not answer in time.
var errSilent = errors.New("no answer in time")

// inTime gives a fault its plain name where it is only the end of the time.
func inTime(ctx context.Context, err error) error {
	var n net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case err != nil && (ctx.Err() != nil || errors.As(err, &n) && n.Timeout()):
		return errSilent
	}
	return err
}
