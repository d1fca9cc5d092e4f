package pattern

import (
	"sync"
	"sync/atomic"
)

// part is a branch and the index of its pattern.
type part struct {
	pattern int
	branch  *branch
	once    sync.Once
	made    atomic.Bool
	steps   atomic.Int64 // that the backtracking engine took to confirm it
	bytes   atomic.Int64 // of the texts in which it did
	machine *machine     // made when the branch is first run; nil: it is too large for one
	prefix  bool         // the machine is a sieve: it can only tell that there is none
}

// inexact tells whether it is known that no machine can say that the branch matches.
func (p *part) inexact() bool { return p.made.Load() && (p.machine == nil || p.prefix) }

// match tells whether the branch matches in a span of text, where a machine can tell.
func (p *part) match(text []byte, in span, r *room) (yes, known bool) {
	p.once.Do(func() { p.make(r) })
	if p.machine == nil {
		return false, false
	}
	yes, known = p.machine.within(text, in)
	return yes, known && !(yes && p.prefix)
}

// make makes the machine.
func (p *part) make(r *room) {
	prog := p.branch.compile()
	if p.prefix = len(prog.Inst) > maxMachine; p.prefix {
		p.machine = p.branch.sieve(r)
	} else {
		p.machine = newMachine(prog, r)
	}
	p.made.Store(true)
}

// A part is looked for in one of two ways where its beginning is seen: from there on by the backtracking engine, which
// may go far, or by its machine, which takes one step for each byte of the text. What the first way has taken so far tells
// which one is cheaper for this part.
const (
	costlyBytes = 2       // bytes of the texts for each step, below which the machine is cheaper
	tallied     = 4 << 10 // bytes of texts, below which nothing is known
)

// took puts down what the backtracking engine took for a text.
func (p *part) took(steps, bytes int) {
	p.steps.Add(int64(steps))
	p.bytes.Add(int64(bytes))
}

// costly tells whether the machine is to look first.
func (p *part) costly() bool {
	bytes := p.bytes.Load()
	return bytes > tallied && costlyBytes*p.steps.Load() > bytes && (!p.made.Load() || p.machine != nil && !p.machine.off.Load())
}
