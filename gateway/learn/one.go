package learn

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"weir/filters"
	"weir/gateway/scan"
	"weir/message"
)

// One teaches one message whose envelope is known, as a release from the quarantine does: filters that listen learn who
// wrote to whom.
func (p *Place) One(ctx context.Context, h House, env message.Envelope, raw []byte, class filters.Class) (r Result, err error) {
	var told strings.Builder
	h.Err = &told
	code := p.with(h, func(s *opened) int {
		o := Options{Class: class, Who: p.Who(), Message: s.parse, Others: s.others, Envelope: env, Err: &told}
		o.Source = scan.Source{Paths: []string{"-"}, Format: "message", In: bytes.NewReader(raw)}
		r, err = Run(ctx, o, s.school)
		return ExitDone
	})
	if err == nil && (code != ExitDone || r.Unread > 0) {
		err = errors.New(strings.TrimPrefix(strings.TrimSpace(told.String()), "weir learn: "))
	}
	return r, err
}
