package filters

import (
	"context"
	"sync/atomic"

	"weir/message"
)

// Prefetcher is a filter that can tell, before its own stage comes, what it is going to ask the DNS. The gateway asks at
// once and throws the answers away: they are then under way or in the cache when Check asks. They count towards the
// message's Questions once, and are given up when the session or the transaction ends.
type Prefetcher interface {
	// Prefetch lists questions that Check will ask of m, as far as they are known at stage: Connect, Helo, Sender, or
	// Header, when m is whole. It is called for each of them before the filter's own stage, and at Header for filters of the stages from Header on. It
	// waits for nobody. A question that Check does not ask in the end is a waste, but no mistake.
	Prefetch(stage Stage, m *message.Message) []Question
}

// Question is a question to the DNS.
type Question struct {
	Type QuestionType
	Name string // in A-labels; for PTR an address
}

// QuestionType is the method of Resolver that asks.
type QuestionType uint8

// The types of questions.
const (
	TXT  QuestionType = iota // LookupTXT
	MX                       // LookupMX
	A                        // LookupNetIP of "ip4"
	AAAA                     // LookupNetIP of "ip6"
	PTR                      // LookupAddr
)

// Ask puts the question to a resolver and throws the answer away.
func (q Question) Ask(ctx context.Context, r Resolver) {
	switch q.Type {
	case TXT:
		_, _ = r.LookupTXT(ctx, q.Name)
	case MX:
		_, _ = r.LookupMX(ctx, q.Name)
	case A:
		_, _ = r.LookupNetIP(ctx, "ip4", q.Name)
	case AAAA:
		_, _ = r.LookupNetIP(ctx, "ip6", q.Name)
	case PTR:
		_, _ = r.LookupAddr(ctx, q.Name)
	}
}

// DefaultQuestions is how many questions one message may put to the DNS.
const DefaultQuestions = 500

// Questions is how many questions a message may still put to the DNS. Only what goes out on the network counts: what is
// in the cache, or under way already, is free. The gateway makes one for each client and one for each message and hands it on in the
// context; the resolver takes from it. It is safe for use by many goroutines; a nil *Questions has no end.
type Questions struct {
	left   atomic.Int64
	denied atomic.Int64
}

// NewQuestions allows n questions.
func NewQuestions(n int) *Questions {
	q := &Questions{}
	q.left.Store(int64(n))
	return q
}

// Take takes one question; false: there is none left.
func (q *Questions) Take() bool {
	if q == nil || q.left.Add(-1) >= 0 {
		return true
	}
	q.denied.Add(1)
	return false
}

// Denied tells how many questions were not asked since there were none left.
func (q *Questions) Denied() int {
	if q == nil {
		return 0
	}
	return int(q.denied.Load())
}

type questionsKey struct{}

// WithQuestions gives a context under which questions are taken from q.
func WithQuestions(ctx context.Context, q *Questions) context.Context {
	return context.WithValue(ctx, questionsKey{}, q)
}

// QuestionsOf is what questions under this context are taken from; nil: from nothing.
func QuestionsOf(ctx context.Context) *Questions {
	q, _ := ctx.Value(questionsKey{}).(*Questions)
	return q
}
