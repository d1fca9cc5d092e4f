package dmarc

import (
	"strings"

	"weir/filters"
	"weir/scoring"
)

// result is the entry for Authentication-Results. policy.dmarc is what the owner wants done with this mail, after t, pct
// and np.
func (v *verdict) result() filters.Auth {
	a := filters.Auth{Method: "dmarc", Value: v.Value, Reason: v.Reason, Open: v.Open}
	if validDomain(v.Domain) {
		a.Domain = v.Domain
		a.Props = append(a.Props, filters.AuthProp{Type: "header", Name: "from", Value: v.Domain})
	}
	if v.Holder != "" {
		a.Props = append(a.Props, filters.AuthProp{Type: "policy", Name: "dmarc", Value: v.Want.String()})
	}
	return a
}

// hits makes the symbols.
func (f *filter) hits(v *verdict) []scoring.Hit {
	hits := v.doubts()
	domain := v.Domain
	switch v.Value {
	case filters.Pass:
		hits = append(hits, scoring.Hit{Name: Passed, Detail: domain})
		if v.enforced() {
			hits = append(hits, scoring.Hit{Name: Enforced, Detail: domain})
		}
		return hits
	case filters.None:
		return append(hits, scoring.Hit{Name: NoRecord, Detail: domain})
	case filters.PermError:
		if !v.Nobody && v.Ambiguous == "" {
			hits = append(hits, scoring.Hit{Name: BadRecord, Detail: v.Reason})
		}
		return hits
	case filters.TempError:
		return append(hits, f.deferred(v)...)
	}
	return append(hits, f.failed(v)...)
}

// enforced tells whether the owner stands by the policy without reserve: what readers' programs ask for before they show
// more than the mail itself, such as its owner's emblem (filters/bimi).
func (v *verdict) enforced() bool {
	return v.Asked != None && !v.Spared && v.Record.P != None && v.Record.SP != None && v.Record.NP != None && v.Record.Percent == 100 && !v.Record.Test
}

// doubts are the symbols of a strange From.
func (v *verdict) doubts() (hits []scoring.Hit) {
	if v.Nobody {
		hits = append(hits, scoring.Hit{Name: NoAuthor})
	}
	if v.Ambiguous != "" && !v.Nobody {
		hits = append(hits, scoring.Hit{Name: Ambiguous, Detail: v.Ambiguous})
	}
	if v.Named != "" {
		hits = append(hits, scoring.Hit{Name: NameForged, Detail: v.Named})
	}
	return hits
}

// failed are the symbols of a failure.
func (f *filter) failed(v *verdict) []scoring.Hit {
	detail := v.Domain
	if v.Holder != v.Domain {
		detail += ", policy of " + v.Holder
	}
	if v.Spared {
		detail += ", spared by t or pct"
	}
	hit := func(name string) scoring.Hit { return scoring.Hit{Name: name, Detail: detail} }
	switch {
	case v.Want == None:
		return []scoring.Hit{hit(Failed)}
	case v.Except == byARC:
		return []scoring.Hit{hit(Failed), hit(ByARC)}
	case v.Except == byList:
		return []scoring.Hit{hit(Failed), hit(ByList)}
	case v.Except == listLike:
		return []scoring.Hit{hit(FailQuarantine), hit(ByList)}
	case v.Want == Quarantine && f.Policy == score:
		return []scoring.Hit{hit(FailQuarantine)}
	case v.Want == Quarantine:
		return []scoring.Hit{hit(FailQuarantine), hit(ToQuarantine)}
	case f.Policy == score:
		return []scoring.Hit{hit(FailReject)}
	case f.Policy == Quarantine.String():
		return []scoring.Hit{hit(FailReject), hit(ToQuarantine)}
	}
	return []scoring.Hit{hit(FailReject), hit(ToReject)}
}

// retry is when a sender may come back: DNS servers that were down are often back by then.
const retry = 15 * 60

// deferred are the symbols of a temporary error. The mail is put off where its owner wants forgeries refused: so says the
// record, or did when it was last seen. Where nothing is known of the owner, it is by config, since a gateway whose own DNS
// is broken would put all mail off; but a mail that left no question to ask brought that about itself. A proved domain that
// is the very author's would meet any policy.
func (f *filter) deferred(v *verdict) []scoring.Hit {
	hits := []scoring.Hit{{Name: Temporary, Detail: strings.TrimPrefix(v.Domain+": "+v.Reason, ": ")}}
	if f.putsOff(v) {
		hits = append(hits, scoring.Hit{Name: ToDefer, Detail: v.Domain, Retry: retry})
	}
	return hits
}

func (f *filter) putsOff(v *verdict) bool {
	switch {
	case f.TempError == "accept":
		return false
	case v.Known:
		return v.Want != None
	case v.stands:
		return false
	case v.Spent:
		return true
	}
	return f.TempError == "defer-unknown" || f.seen.policy(v.Domain) != None
}
