package rules

import (
	"errors"
	"fmt"
	"strings"
)

// target is what a header rule looks at.
type target struct {
	field string // lower case name of a field, or a pseudo field below
	unset string // what is looked at where there is no such field
	form  form
	which which
}

// form is the part of a field's value that is looked at.
type form uint8

const (
	whole  form = iota // decoded, with a line end behind each field
	rawly              // as it came, folding and all
	addr               // its addresses
	name               // its display names
	host               // the host of its first address or link
	domain             // the registered domain of that
)

// which of several fields is looked at.
type which uint8

const (
	every which = iota
	first
	last
)

// The pseudo fields. ALL and MESSAGEID are so written: Message-ID is often misspelt as MessageID.
const (
	allFields    = "ALL"
	messageID    = "MESSAGEID"
	toCc         = "tocc"
	envelopeFrom = "envelopefrom"
)

// fieldName gives the name under which a field is looked for.
func fieldName(s string) string {
	if s == allFields || s == messageID {
		return s
	}
	return strings.ToLower(s)
}

var errLater = errors.New("is not run by this version")

// laterTargets are pseudo fields that this version does not make.
var laterTargets = words(`x-spam-relays-trusted x-spam-relays-untrusted x-spam-relays-internal x-spam-relays-external all-trusted
	all-untrusted all-internal all-external x-languages x-spam-languages _relaycountry x-relay-countries`)

var forms = map[string]form{"raw": rawly, "addr": addr, "name": name, "host": host, "domain": domain}

// parseTarget reads Name:modifier:modifier.
func parseTarget(text, unset string) (target, error) {
	parts := strings.Split(text, ":")
	t := target{field: fieldName(parts[0]), unset: unset}
	if t.field == "" || strings.ContainsAny(t.field, " \t") {
		return t, fmt.Errorf("%q is no name of a field", text)
	}
	if laterTargets[t.field] {
		return t, fmt.Errorf("target %s %w", parts[0], errLater)
	}
	for _, m := range parts[1:] {
		switch f, ok := forms[m]; {
		case ok && (t.form == whole || f == rawly):
			if t.form == whole {
				t.form = f
			}
		case ok && t.form == rawly:
			t.form = f
		case m == "first":
			t.which = first
		case m == "last":
			t.which = last
		case m == "" && len(parts) == 2: // a colon behind the name is harmless
		case m == "ip" || m == "revip":
			return t, fmt.Errorf("modifier :%s %w", m, errLater)
		default:
			return t, fmt.Errorf("unknown modifier :%s", m)
		}
	}
	return t, nil
}
