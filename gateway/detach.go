package gateway

import (
	"slices"
	"strings"

	"weir/filters"
)

// detach copies what a report has from its message. The parser gives strings that point into the message's bytes, which
// belong to the front door again when the transaction ends, while the report lives on in logs and histories.
func (r *Report) detach() {
	for _, s := range []*string{&r.Subject, &r.MessageID, &r.Why} {
		*s = strings.Clone(*s)
	}
	r.Symbols = slices.Clone(r.Symbols)
	for i := range r.Symbols {
		r.Symbols[i].Detail = strings.Clone(r.Symbols[i].Detail)
	}
	for i := range r.Failed {
		r.Failed[i].Error = strings.Clone(r.Failed[i].Error)
	}
	r.Edits = slices.Clone(r.Edits)
	for i := range r.Edits {
		r.Edits[i].Name, r.Edits[i].Value = strings.Clone(r.Edits[i].Name), strings.Clone(r.Edits[i].Value)
	}
	for method, list := range r.Auth {
		r.Auth[method] = detachAuth(list)
	}
}

func detachAuth(list []filters.Auth) []filters.Auth {
	list = slices.Clone(list)
	for i := range list {
		a := &list[i]
		a.Reason, a.Domain, a.Props = strings.Clone(a.Reason), strings.Clone(a.Domain), slices.Clone(a.Props)
		for k := range a.Props {
			a.Props[k].Value = strings.Clone(a.Props[k].Value)
		}
	}
	return list
}
