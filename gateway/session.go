package gateway

import (
	"context"
	"crypto/rand"
	"strings"

	"weir/filters"
	"weir/message"
)

// Refusal is a negative answer before the data stage. nil means: go on.
type Refusal struct {
	Code     int    // 421, 451, 550, 554
	Enhanced string // "5.7.1"
	Text     string // one line, with the reference id
	Report   *Report
}

// Session is one client connection. Its methods are called by one goroutine.
type Session struct {
	gateway *Gateway
	snap    *Snapshot // of the connection; each transaction takes its own
	ctx     context.Context
	cancel  context.CancelFunc
	client  message.Client
	helo    string
	stages  []*stageRun     // connect and HELO stages, in order
	asking  context.Context // ctx, with the client's questions to the DNS
}

// stageRun is a stage that runs while the client still talks.
type stageRun struct {
	stage filters.Stage
	found []finding
	done  chan struct{}
}

func newID() string { return strings.ToLower(rand.Text()[:16]) }

// begin forgets all that was found about another client and starts the connect stage.
func (s *Session) begin(c message.Client) {
	s.client, s.helo, s.stages = c, "", nil
	s.asking = filters.WithQuestions(s.ctx, filters.NewQuestions(s.snap.Settings.questions()))
	s.client.Trusted = s.client.Trusted || s.snap.trusts(c.Addr)
	s.startStage(filters.Connect)
}

// Replace sets another client (XCLIENT, XFORWARD, STARTTLS, authentication) and starts the connect stage afresh where
// the address changed; the HELO name is forgotten then.
func (s *Session) Replace(c message.Client) {
	if c.Addr != s.client.Addr || c.Auth != s.client.Auth {
		c.Trusted = false
		s.begin(c)
		return
	}
	c.Trusted = s.client.Trusted
	s.client = c
}

// Client gives the client as it is known now.
func (s *Session) Client() message.Client { return s.client }

// Connected waits for the connect stage and tells whether to refuse the connection. A front door may skip it.
func (s *Session) Connected(ctx context.Context) *Refusal {
	env := s.envelope(&s.snap.Settings)
	if refusal := s.gateway.gated(s.snap, filters.Connect, &env); refusal != nil {
		return refusal
	}
	return s.refusal(ctx, filters.Connect)
}

// Helo notes the client's name and starts the HELO stage, which runs while the client still talks.
func (s *Session) Helo(ctx context.Context, name string) *Refusal {
	s.helo = name
	kept := s.stages[:0:0]
	for _, r := range s.stages {
		if r.stage != filters.Helo {
			kept = append(kept, r)
		}
	}
	s.stages = kept
	env := s.envelope(&s.snap.Settings)
	if refusal := s.gateway.gated(s.snap, filters.Connect, &env); refusal != nil {
		return refusal
	}
	s.startStage(filters.Helo)
	return s.refusal(ctx, filters.Helo)
}

// Close ends the session and cancels what still runs.
func (s *Session) Close() {
	s.cancel()
	s.snap.release()
}

// envelope is a fresh copy of what is known of the client.
func (s *Session) envelope(set *Settings) message.Envelope {
	return message.Envelope{ID: newID(), Time: set.now(), Hostname: set.Hostname, Client: s.client, Helo: s.helo,
		Outgoing: s.client.Auth != "" || s.client.Trusted}
}

// startStage runs a stage's filters on a goroutine, if there are any.
func (s *Session) startStage(stage filters.Stage) {
	if r := s.gateway.start(s.asking, s.snap, stage, s.envelope(&s.snap.Settings), s.stages); r != nil {
		s.stages = append(s.stages, r)
	}
}

// start runs a stage on a goroutine, after the stages in before, and asks the DNS what later stages will ask. It returns
// nil where the stage has no filters.
func (g *Gateway) start(ctx context.Context, snap *Snapshot, stage filters.Stage, env message.Envelope, before []*stageRun) *stageRun {
	if len(snap.prefetchers) > 0 {
		snap.prefetch(ctx, stage, message.New(env, message.Options{}))
	}
	if snap.plans[stage].empty() || !snap.hold() {
		return nil
	}
	m := message.New(env, message.Options{})
	r := &stageRun{stage: stage, done: make(chan struct{})}
	before = before[:len(before):len(before)]
	go func() {
		defer snap.release()
		defer close(r.done)
		r.found = snap.run(ctx, g.watch, stage, m, collect(ctx, before), nil)
	}()
	return r
}

// collect waits for stages and gives their findings in order.
func collect(ctx context.Context, stages []*stageRun) []finding {
	var all []finding
	for _, r := range stages {
		select {
		case <-r.done:
			all = append(all, r.found...)
		case <-ctx.Done():
			return all
		}
	}
	return all
}

// refusal looks at what the stages so far found, where there is something to refuse on.
func (s *Session) refusal(ctx context.Context, stage filters.Stage) *Refusal {
	if len(s.snap.refuseOn) == 0 {
		return nil
	}
	env := s.envelope(&s.snap.Settings)
	return s.gateway.refuse(s.snap, stage, &env, collect(ctx, s.stages))
}
