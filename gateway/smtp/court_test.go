package smtp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/gateway"
	"weir/message"
	"weir/scoring"
)

// court is a judge whose decisions a test makes.
type court struct {
	decide func(env *message.Envelope) []gateway.Group // nil: accept for all

	mu     sync.Mutex
	judged []judged
	told   []string // HELO names as they were told
	open   int      // visits
	turned []string // recipients turned down, with the code
}

// judged is one message as the gateway saw it.
type judged struct {
	env message.Envelope
	raw string
	rep *gateway.Report
}

func (c *court) Hostname() string { return "weir.example.net" }

func (c *court) Open(_ context.Context, cl message.Client) visit {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	return &courtVisit{court: c, client: cl}
}

func (c *court) messages() []judged {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]judged(nil), c.judged...)
}

type courtVisit struct {
	court  *court
	client message.Client
	helo   string
}

func (v *courtVisit) Replace(c message.Client) { v.client, v.helo = c, "" }

func (v *courtVisit) Helo(_ context.Context, name string) *gateway.Refusal {
	v.helo = name
	v.court.mu.Lock()
	defer v.court.mu.Unlock()
	v.court.told = append(v.court.told, name)
	if name == "refused.example" {
		return &gateway.Refusal{Code: 554, Enhanced: "5.7.1", Text: "Refused by policy"}
	}
	return nil
}

func (v *courtVisit) Mail(_ context.Context, from string) (transaction, *gateway.Refusal) {
	if from == "refused@example.org" {
		return nil, &gateway.Refusal{Code: 554, Enhanced: "5.7.1", Text: "Refused by policy"}
	}
	env := message.Envelope{ID: "testid0123456789", Time: time.Now(), Hostname: "weir.example.net", Client: v.client, Helo: v.helo, HasFrom: true, From: from}
	return &courtCase{court: v.court, env: env}, nil
}

func (v *courtVisit) Close() {
	v.court.mu.Lock()
	defer v.court.mu.Unlock()
	v.court.open--
}

type courtCase struct {
	court *court
	env   message.Envelope
}

func (c *courtCase) Envelope() *message.Envelope { return &c.env }

func (c *courtCase) Rcpt(_ context.Context, to string) *gateway.Refusal {
	if strings.HasPrefix(to, "refused@") {
		return &gateway.Refusal{Code: 550, Enhanced: "5.7.1", Text: "Refused by policy"}
	}
	c.env.Rcpts = append(c.env.Rcpts, to)
	return nil
}

func (c *courtCase) Data(_ context.Context, raw []byte) *gateway.Outcome {
	m := message.New(c.env, message.Options{})
	m.Load(raw)
	o := &gateway.Outcome{Report: &gateway.Report{ID: c.env.ID}, Message: m}
	o.Groups = []gateway.Group{group(scoring.Accept, c.env.Rcpts...)}
	if c.court.decide != nil {
		o.Groups = c.court.decide(&c.env)
	}
	c.court.mu.Lock()
	defer c.court.mu.Unlock()
	c.court.judged = append(c.court.judged, judged{c.env, string(raw), o.Report})
	return o
}

func (c *courtCase) Close() {}

func (c *courtCase) Refused(to string, code int, _, _, _ string) {
	c.court.mu.Lock()
	defer c.court.mu.Unlock()
	c.court.turned = append(c.court.turned, fmt.Sprint(to, " ", code))
}

func group(a scoring.Action, rcpts ...string) gateway.Group {
	return gateway.Group{Decision: scoring.Decision{Action: a}, Rcpts: rcpts}
}

// turnedDown lists the recipients that were refused, with the code.
func (c *court) turnedDown() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.turned)
}
