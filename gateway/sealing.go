package gateway

import (
	"bytes"
	"time"

	"weir/message"
	"weir/message/chain"
	"weir/message/header"
	"weir/message/signature"
)

// Sealing is how mail is sealed on its way (ARC, RFC 8617).
type Sealing struct {
	Signer *chain.Signer // nil: nothing is sealed
	Always bool          // false: only mail that has a chain, or whose own fields we change or remove
}

// seal gives the set of fields that goes on top of all others: it seals the mail as the edits make it. A mail whose chain
// was not verified (the filter arc is off, or could not tell) gets none: a seal would say what we don't know. A fault is
// in the report; the mail goes on without a seal.
func (s *Snapshot) seal(m *message.Message, r *Report, edits []Edit, cuts []Cut) []Edit {
	how := &s.Settings.Sealing
	found := r.Auth["arc"]
	if how.Signer == nil || m.Outgoing || m.Root == nil || len(found) != 1 {
		return nil
	}
	status := chain.Status(found[0].Value)
	if !how.Always && status == chain.None && !changed(edits) && len(cuts) == 0 {
		return nil
	}
	raw := m.Root.Raw
	if len(cuts) > 0 {
		raw = bytes.Join(spliced(m.Raw, len(m.Raw)-len(raw), cuts), nil)
	}
	body := signature.NewBody(raw)
	set, err := how.Signer.Seal(sent(m, edits), body, status, s.results(r).Format(), s.Settings.now().Truncate(time.Second))
	if err != nil {
		r.Failed = append(r.Failed, Failure{Name: "seal", Error: firstLine(err.Error())})
		return nil
	}
	list := make([]Edit, 0, len(set)+len(edits))
	for _, f := range set {
		list = append(list, Edit{Op: Add, Name: f.Name, Value: f.Value})
	}
	return list
}

// changed tells whether edits do more than put fields on top.
func changed(edits []Edit) bool {
	for i := range edits {
		if edits[i].Op != Add {
			return true
		}
	}
	return false
}

// sent gives the header as the next hop gets it, but for the line ends of what we write, which no signature of ours sees.
func sent(m *message.Message, edits []Edit) []header.Field {
	top, inner := added(edits, "\r\n")
	ours, _ := header.Parse(top, 0, nil)
	list := append(make([]header.Field, 0, len(ours.Fields)+len(m.Header.Fields)), ours.Fields...)
	for i := range m.Header.Fields {
		if len(inner) == 0 || inner[0].Field != i {
			list = append(list, m.Header.Fields[i])
			continue
		}
		if e := inner[0]; e.Op == Change {
			list = append(list, header.Field{Raw: appendField(nil, e, "\r\n"), Name: e.Name, Colon: len(e.Name)})
		}
		inner = inner[1:]
	}
	return list
}
