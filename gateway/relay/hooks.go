package relay

import "time"

// Hooks tell others, metrics and logs above all, what happens at the next hops. Any may be nil. They are called from many
// goroutines and must not block. hop is Hop.Name, addr one of its addresses.
type Hooks struct {
	// Opened: a connection was opened, which took d. Reused: a mail went over one that was open.
	Opened func(hop, addr string, d time.Duration)
	Reused func(hop string)
	// Failed: a connection could not be opened, or broke; why is for the log. Also: a recipients file, addr, has
	// changed and can't be used; what it said before stays in force.
	Failed func(hop, addr string, why error)
	// State: an address was given up (down) or answers again.
	State func(hop, addr string, down bool)
	// Answered: the reply to the final dot came d after the dot (the window W2 of docs/relay.md).
	Answered func(hop string, d time.Duration)
	// Unknown: the hop was lost between the dot and its reply: the client is told 451, and a second copy may arrive
	// when it tries again (RFC 1047).
	Unknown func(hop string)
}

func (h *Hooks) opened(hop, addr string, d time.Duration) {
	if h.Opened != nil {
		h.Opened(hop, addr, d)
	}
}

func (h *Hooks) reused(hop string) {
	if h.Reused != nil {
		h.Reused(hop)
	}
}

func (h *Hooks) failed(hop, addr string, why error) {
	if h.Failed != nil {
		h.Failed(hop, addr, why)
	}
}

func (h *Hooks) state(hop, addr string, down bool) {
	if h.State != nil {
		h.State(hop, addr, down)
	}
}

func (h *Hooks) answered(hop string, d time.Duration) {
	if h.Answered != nil {
		h.Answered(hop, d)
	}
}

func (h *Hooks) unknown(hop string) {
	if h.Unknown != nil {
		h.Unknown(hop)
	}
}
