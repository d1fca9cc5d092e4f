package pattern

import (
	"math/rand/v2"
	"time"
)

// Trial runs single patterns on many texts, within CPU time that all of them have together: a function that tries a pattern
// on each link of a mail may not take longer than a rule that is a pattern. It belongs to one goroutine at a time.
type Trial struct {
	left    time.Duration
	cut     bool
	scratch Scratch

	weight int // of the texts since the clock was read, this one included: bytes, and some for each
	next   int // weight at which it is read again
	text   int // weight of the text at hand
	clock  clock
	timed  bool // the clock runs
	found  bool
}

// Reading the clock costs as much as a short run: of short texts some are clocked, by chance, and stand for the others.
const (
	eachWeighs  = 64
	clockedFrom = 2048 // weight
)

// Try begins a trial that may take so much CPU time.
func Try(limit time.Duration) *Trial { return &Trial{left: limit} }

// Cut tells whether the time was over before all was tried: then what was not found may be there.
func (t *Trial) Cut() bool { return t.cut }

// Match tells whether a pattern occurs in a text; false when the time is over.
func (t *Trial) Match(p *Pattern, text []byte) bool {
	defer t.stop()
	return t.match(p, text)
}

// Capture is Pattern.Capture within the trial's time.
func (t *Trial) Capture(p *Pattern, text []byte) (groups [][]byte, ok bool) {
	defer t.stop()
	if !t.match(p, text) {
		return nil, false
	}
	s := p.caught.exact.on(text, span{0, len(text)}, t.left)
	defer s.done()
	if !s.next() {
		t.cut = t.cut || s.cut
		return nil, false
	}
	return s.caught(), true
}

func (t *Trial) match(p *Pattern, text []byte) bool {
	if t.cut {
		return false
	}
	p.caught.make.Do(func() { p.caught.prepare(p) })
	t.found, t.text = false, len(text)+eachWeighs
	p.caught.group.Match(text, &t.scratch, t)
	return t.found
}

// Want implements Sink. It is the first to be called where a pattern is run at all.
func (t *Trial) Want(int, int) int {
	if t.found || t.cut {
		return 0
	}
	if !t.timed {
		if t.weight += t.text; t.weight >= t.next {
			t.timed, t.clock = true, startClock()
		}
	}
	return 1
}

// Found implements Sink.
func (t *Trial) Found(int, int, int) { t.found = true }

// Spent implements Sink.
func (t *Trial) Spent(_ int, d time.Duration, cut bool) {
	if t.cut = t.cut || cut; !t.timed {
		t.spend(d)
	}
}

// Left implements Sink.
func (t *Trial) Left(int) time.Duration { return t.left }

func (t *Trial) spend(d time.Duration) {
	t.left -= d
	t.cut = t.cut || t.left <= 0
}

// stop reads the clock if it runs.
func (t *Trial) stop() {
	if !t.timed {
		return
	}
	d := t.clock.stop()
	t.spend(time.Duration(float64(d) * float64(t.weight) / float64(t.text)))
	t.timed, t.weight, t.next = false, 0, clockedFrom+rand.IntN(clockedFrom)
}
