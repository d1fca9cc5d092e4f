package gateway

import (
	"context"
	"errors"
	"fmt"

	"weir/filters"
	"weir/message"
)

var (
	// ErrNoSchool says that no filter that learns is switched on.
	ErrNoSchool = errors.New("gateway: no filter that learns is switched on")

	// ErrNoMessage says that what was to be learned has not one header field.
	ErrNoMessage = errors.New("gateway: this is no message: it has no header field")
)

// Teach takes a person's word on one mail, as weir learn does: the filter that learns (filters.School) is taught it, then
// the others that want to know (filters.Learner) are told. who is for the journal. raw must not change until Teach
// returns.
//
// When it returns without an error, the store has all of it. After an error some of it may be there; teaching the same
// again does no harm. Many goroutines may teach at once; the store keeps what they bring together.
func (g *Gateway) Teach(ctx context.Context, env message.Envelope, raw []byte, c filters.Class, who string) (taught filters.Taught, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrPanic, p)
		}
	}()
	s := g.snapshot()
	defer s.release()
	school, others := s.teachers()
	if school == nil {
		return taught, ErrNoSchool
	}
	m := message.New(env, message.Options{Limits: s.Settings.Limits, Trusted: s.Settings.Trusted})
	if m.Load(raw); !hasField(m) {
		return taught, ErrNoMessage
	}
	if taught, err = school.Teach(ctx, who, []filters.Lesson{school.Study(m, c)}); err != nil || c == filters.Unlearned {
		return taught, err
	}
	for _, l := range others {
		if err := l.Learn(ctx, m, c == filters.Spam); err != nil {
			return taught, err
		}
	}
	return taught, nil
}

// teachers gives the first filter that is a school, and the others that listen.
func (s *Snapshot) teachers() (school filters.School, others []filters.Learner) {
	for i := range s.Filters {
		if one, ok := s.Filters[i].Filter.(filters.School); ok && school == nil {
			school = one
		} else if l, ok := s.Filters[i].Filter.(filters.Learner); ok {
			others = append(others, l)
		}
	}
	return school, others
}

func hasField(m *message.Message) bool {
	for i := range m.Header.Fields {
		if m.Header.Fields[i].Colon > 0 {
			return true
		}
	}
	return false
}
