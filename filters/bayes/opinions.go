package bayes

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"weir/filters"
	"weir/scoring/bayes"
)

// opinions keeps in memory what domains or recipients taught for themselves, as much as there is room for: those whose
// mail came last. It asks the store about a scope when its mail comes, once a second at most, beside the
// batch of the message; so no table is followed that nobody needs. The zero pointer knows nothing.
type opinions struct {
	store filters.Store
	ctx   context.Context
	stop  context.CancelFunc
	runs  sync.WaitGroup

	mu    sync.Mutex
	all   map[string]*scope
	bytes int
	tick  uint64
	asks  int // on their way
}

// scope is what is known of one domain or recipient.
type scope struct {
	who string
	opinion
	version filters.Version
	known   bool          // the store has said what there is
	asked   time.Time     // when it last answered, or was asked in vain
	busy    chan struct{} // closed when the question on its way is answered; nil: none is
	used    uint64        // tick of the last use
}

// opinion is what a message is judged by: it does not change any more.
type opinion struct {
	cells small // nil: nothing was learned
	stale bool  // the store did not answer in time: there may be newer lessons, or any at all
}

// small is a table in memory. Counts beyond 65,535 stay there.
type small []uint16

// At gives a cell.
func (s small) At(i uint32) int32 {
	if int(i) >= len(s) {
		return 0
	}
	return int32(s[i])
}

func (o *opinion) learned() bayes.Learned { return bayes.LearnedIn(bayes.Scope[small]{Table: o.cells}) }

func (o *opinion) odds(tokens []bayes.Token) float64 {
	return bayes.Scope[small]{Table: o.cells}.Odds(tokens)
}

const (
	scopesBytes = 22 << 20               // memory for all scopes here; the embedded store has 8 MB more
	scopeHead   = 400                    // bytes of a scope without cells
	fresh       = time.Second            // for so long an answer holds
	askPatience = 200 * time.Millisecond // how long a message waits for one
	askLimit    = 2 * time.Second        // how long one may take
	maxAsks     = 32                     // questions on their way at once
)

func newOpinions(s filters.Store) *opinions {
	o := &opinions{store: s, all: map[string]*scope{}}
	o.ctx, o.stop = context.WithCancel(context.Background())
	return o
}

func (o *opinions) close() {
	if o != nil {
		o.stop()
		o.mu.Lock()
		o.asks = math.MaxInt // no more
		o.mu.Unlock()
		o.runs.Wait()
	}
}

// begin sees to it that a scope is up to date soon.
func (o *opinions) begin(who string) {
	if o != nil && who != "" {
		o.mu.Lock()
		o.scope(who)
		o.mu.Unlock()
	}
}

// of gives what a scope taught; it waits for the store where that is not known, or no more known to be up to date.
func (o *opinions) of(ctx context.Context, who string) opinion {
	if o == nil || who == "" {
		return opinion{}
	}
	o.mu.Lock()
	s := o.scope(who)
	busy := s.busy
	o.mu.Unlock()
	if busy != nil {
		select {
		case <-busy:
		case <-ctx.Done():
		case <-time.After(askPatience):
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	got := s.opinion
	got.stale = got.stale || !s.known || time.Since(s.asked) > 2*fresh
	return got
}

// scope finds or makes a scope, and asks about it where that is due. The lock is held.
func (o *opinions) scope(who string) *scope {
	s := o.all[who]
	if s == nil {
		s = &scope{who: who}
		o.all[who], o.bytes = s, o.bytes+scopeHead+len(who)
		o.evict()
	}
	o.tick++
	s.used = o.tick
	if s.busy == nil && time.Since(s.asked) > fresh && o.asks < maxAsks {
		s.busy, o.asks = make(chan struct{}), o.asks+1
		o.runs.Go(func() { o.ask(s) })
	}
	return s
}

// again makes the next message ask: this process has taught something.
func (o *opinions) again(who string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.all[who]; s != nil {
		s.asked = time.Time{}
	}
}

// ask brings a scope up to date.
func (o *opinions) ask(s *scope) {
	ctx, cancel := context.WithTimeout(o.ctx, askLimit)
	defer cancel()
	o.mu.Lock()
	cells, version, known := s.cells, s.version, s.known
	o.mu.Unlock()
	began := time.Now()
	cells, version, err := o.read(ctx, &newScope(s.who).table, cells, version, known)
	o.mu.Lock()
	defer o.mu.Unlock()
	if s.stale = err != nil; err == nil {
		if o.all[s.who] == s {
			o.bytes += 2 * (len(cells) - len(s.cells))
		}
		s.cells, s.version, s.known = cells, version, true
		s.asked = began
	} else {
		s.asked = time.Now()
	}
	close(s.busy)
	s.busy, o.asks = nil, o.asks-1
	o.evict()
}

// read reads what has changed, or all where that is not known.
func (o *opinions) read(ctx context.Context, t *filters.Table, cells small, at filters.Version, known bool) (small, filters.Version, error) {
	for known {
		var b filters.Batch
		c := b.Changes(t, at)
		if err := o.store.Do(ctx, &b); err != nil {
			return cells, at, err
		}
		if c.Gap || len(cells) == 0 && len(c.Cells) > 0 {
			break
		}
		if len(c.Cells) > 0 {
			cells = slices.Clone(cells) // others are reading the old ones
			for _, x := range c.Cells {
				cells.set(x.Index, x.Value)
			}
		}
		if at = c.Version; !c.More {
			return cells, at, nil
		}
	}
	return o.load(ctx, t)
}

// load reads all cells of a table. Those that change meanwhile are read again the next time.
func (o *opinions) load(ctx context.Context, t *filters.Table) (small, filters.Version, error) {
	var b filters.Batch
	p := b.Peek(t, 0, t.Cells)
	if err := o.store.Do(ctx, &b); err != nil || p.Version == (filters.Version{}) {
		return nil, filters.Version{}, err
	}
	cells := make(small, t.Cells)
	for i, v := range p.Values {
		cells.set(uint32(i), v)
	}
	return cells, p.Version, nil
}

func (s small) set(i uint32, v int32) {
	if int(i) < len(s) {
		s[i] = uint16(min(max(v, 0), math.MaxUint16))
	}
}

// evict lets those go whose mail came longest ago, a quarter of all at once, where there are too many. The lock is held.
func (o *opinions) evict() {
	if o.bytes <= scopesBytes {
		return
	}
	list := make([]*scope, 0, len(o.all))
	for _, s := range o.all {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *scope) int { return int(a.used) - int(b.used) })
	for _, s := range list {
		if o.bytes <= scopesBytes*3/4 {
			return
		}
		if s.busy == nil {
			delete(o.all, s.who)
			o.bytes -= scopeHead + len(s.who) + 2*len(s.cells)
		}
	}
}
