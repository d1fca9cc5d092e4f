package scoring

import "fmt"

// Action is what becomes of a message for one group of recipients, from mild to severe.
type Action uint8

// The actions. Accept is the zero value.
const (
	Accept     Action = iota // delivered as it came, with our header fields
	Greylist                 // refused for now with 451: come back later
	Tag                      // delivered with the spam header fields, and the subject prefix where one is set
	Quarantine               // kept in the quarantine, told 250
	Discard                  // thrown away, told 250, logged with its id
	Reject                   // refused with 554 5.7.1
	Defer                    // refused with 451: could not tell
)

var actionNames = [...]string{"accept", "greylist", "tag", "quarantine", "discard", "reject", "defer"}

// String gives the name used in config files, logs and reports.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return fmt.Sprintf("action(%d)", uint8(a))
}

// MarshalText and UnmarshalText use String's names.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText accepts String's names only.
func (a *Action) UnmarshalText(text []byte) error {
	for i, name := range actionNames {
		if name == string(text) {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf("scoring: unknown action %q: one of %q", text, actionNames)
}

// Delivers tells whether the mail goes on to the next hop.
func (a Action) Delivers() bool { return a == Accept || a == Tag }
