package filters

import (
	"context"
	"time"

	"weir/message"
	"weir/scoring"
)

// Asker is a filter of the Summary stage that asks the store about a message. The gateway lets all of them put their
// questions into one batch and runs it once before the stage, so that together they cost one round trip.
type Asker interface {
	// Ask adds this filter's operations for m to b, and returns where their results will be: Check finds it in
	// Findings.Asked, with the results filled in. nil: there is nothing to ask. found is what Check will see, without
	// the stage's own findings. Ask is not called where there is no store.
	Ask(m *message.Message, found Findings, b *Batch) any
}

// Observer is a filter that is told what became of a message.
type Observer interface {
	// Observe adds to b what is to be noted in the store. It is called once for each judged message, when all is over,
	// and only where there is a store. The batch is carried out within a second or so, together with others; what
	// it finds is not told. found has all findings, and what this filter's Ask returned.
	Observe(m *message.Message, found Findings, v Verdict, b *Batch)
}

// Gate is a filter that can put a client, a sender or a recipient off from what it has in memory, without asking
// anybody, before the message comes. It never sees mail in observe mode.
type Gate interface {
	// Gate tells how long the client, the sender or the last of the recipients must stay away; 0: welcome. stage is
	// Connect, Sender or Recipient. It takes no time and blocks nobody.
	Gate(stage Stage, env *message.Envelope) time.Duration
}

// Learner is a filter that learns from people: somebody says that a mail is spam, or that it is wanted.
type Learner interface {
	// Learn notes it in the store, at once. The last word on a mail counts, and saying it twice changes nothing that matters.
	// An error means that it was not noted. A mail that the filter can learn nothing from is none.
	Learn(ctx context.Context, m *message.Message, spam bool) error
}

// Verdict is what became of a message, for Observers.
type Verdict struct {
	Time     time.Time
	Score    float64
	Required float64          // the first recipient's tag threshold; 0: none is tagged
	Symbols  []scoring.Scored // all of them
	Rcpts    []RcptVerdict    // what was decided for each recipient
	Taken    bool             // the client was told that the mail is taken (2xx), or was told nothing (a scan)
}

// RcptVerdict is what was decided for one recipient.
type RcptVerdict struct {
	Rcpt   string
	Action scoring.Action // in observe mode what was done: accept
	Would  scoring.Action // what the scores ask for, whatever the mode
}

// Would tells whether an action was decided for any recipient, be it only in observe mode.
func (v *Verdict) Would(a scoring.Action) bool {
	for i := range v.Rcpts {
		if v.Rcpts[i].Would == a {
			return true
		}
	}
	return false
}

// Without gives the score without some symbols, such as those of the filter that asks: what others say of the mail.
func (v *Verdict) Without(left func(*scoring.Scored) bool) float64 {
	score := v.Score
	for i := range v.Symbols {
		if left(&v.Symbols[i]) {
			score -= v.Symbols[i].Score
		}
	}
	return scoring.Round(score)
}
