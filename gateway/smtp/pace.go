package smtp

import (
	"time"
)

// lonePatience is how long we wait after something that only a wrong server would take for the end of a message. A
// client that means it so is silent then, and is told instead of waiting for a timeout.
const lonePatience = 5 * time.Second

// pace watches that message data comes in fast enough: at least min_rate over each window of timeouts.data, all of it
// within timeouts.message (CASES A17).
type pace struct {
	s      *session
	end    time.Time // of the whole message
	got    int64     // bytes in this window
	window time.Time // its end; the deadline that is set on the socket
}

func (s *session) newPace() pace {
	return pace{s: s, end: time.Now().Add(s.cfg.Timeouts.Message.D())}
}

// fill reads more data. The deadline is set once a window, not once a read.
func (p *pace) fill(lone bool) error {
	for {
		if err := p.begin(lone); err != nil {
			return err
		}
		have := p.s.conn.w - p.s.conn.r
		err := p.s.conn.fill()
		switch {
		case err == nil:
			p.got += int64(p.s.conn.w - p.s.conn.r - have)
			return nil
		case !isTimeout(err):
			return err
		case p.s.hurried():
			return errDraining
		case lone:
			return errBare
		case !p.enough():
			return errTooSlow
		}
		p.window = time.Time{}
	}
}

func (p *pace) begin(lone bool) error {
	if lone {
		p.window = time.Time{}
		return p.s.await(time.Now().Add(lonePatience), false)
	}
	if !p.window.IsZero() {
		return nil
	}
	p.got, p.window = 0, time.Now().Add(p.s.cfg.Timeouts.Data.D())
	if p.end.Before(p.window) {
		p.window = p.end
	}
	return p.s.await(p.window, false)
}

// enough tells whether the window that has just ended brought what it must.
func (p *pace) enough() bool {
	least := int64(p.s.cfg.Timeouts.Data.D().Seconds() * float64(p.s.cfg.MinRate))
	return p.got > 0 && p.got >= least && time.Now().Before(p.end)
}

func (s *session) hurried() bool {
	s.turn.mu.Lock()
	defer s.turn.mu.Unlock()
	return s.turn.hurried
}
