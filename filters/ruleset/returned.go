package ruleset

import (
	"context"
	"strings"

	"weir/message"
	"weir/message/part"
	"weir/rules/view"
	"weir/scoring"
)

// returned runs the rules over the mail that a notice of delivery brings back, and gives what they find there and the notice
// itself has not. Else wrapping a mail in a notice would hide its header from rules. Only with the stock rules: a set of
// SpamAssassin's alone hits what it hits there. Signs of wanted mail do not count, since a wrapper can put in any.
func (f *filter) returned(ctx context.Context, m *message.Message, known []scoring.Hit) ([]scoring.Hit, []string, error) {
	raw := returnedMail(m)
	if raw == nil || !f.rules.HasStock() {
		return nil, nil, nil
	}
	inner := message.New(message.Envelope{}, message.Options{})
	inner.Load(raw)
	hits, failed, err := f.rules.Match(ctx, inner, view.Facts{}, f.clock())
	if err != nil {
		return nil, nil, err
	}
	have := make(map[string]bool, len(known))
	for i := range known {
		have[known[i].Name] = true
	}
	added := hits[:0]
	for _, h := range hits {
		if r := f.rules.Rule(h.Name); !have[h.Name] && (r == nil || !r.Has("nice")) {
			h.Detail = strings.TrimSpace(h.Detail + " (in the mail that is brought back)")
			added = append(added, h)
		}
	}
	return added, failed, nil
}

// returnedMail is the mail within a notice (RFC 6522); nil: there is none. Reports of abuse (RFC 5965) bring back what
// somebody complains about: they are left alone.
func returnedMail(m *message.Message) []byte {
	for _, p := range m.Parts() {
		if p.Type == "message/rfc822" && p.Reading == 0 && p.Parent != nil && isNotice(p.Parent) {
			return p.Raw
		}
	}
	return nil
}

func isNotice(p *part.Part) bool {
	kind, _ := p.Media.Param("report-type")
	return p.Parent == nil && p.Type == "multipart/report" && !strings.EqualFold(kind, "feedback-report")
}
