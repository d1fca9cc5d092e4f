package quarantine

import (
	"encoding/json"
	"time"

	"weir/gateway/durable"
)

// Deed is one thing that a person did with a mail.
type Deed struct {
	Time    time.Time `json:"time"`
	ID      string    `json:"id"`
	Verb    Verb      `json:"verb"`
	Who     string    `json:"who"`
	Rcpts   []string  `json:"rcpt,omitempty"`    // Released: who got it
	Reply   string    `json:"reply,omitempty"`   // Released: what the next hop said
	Taught  bool      `json:"taught,omitempty"`  // Released: it was learned as wanted
	Allowed []string  `json:"allowed,omitempty"` // Released: entries that allow its sender
}

// Verb is what was done.
type Verb string

// The verbs.
const (
	Released Verb = "released"
	Deleted  Verb = "deleted"
	Restored Verb = "restored" // a deletion was undone
	Untaught Verb = "undone"   // what a release taught and allowed was taken back
)

const journal = "journal"

// Did notes a deed, on the disk when it returns nil.
func (s *Store) Did(d Deed) error { return s.appendLine(journal, d) }

// Deeds lists what was done with a mail, in order, as the journal tells it now.
func (s *Store) Deeds(id string) []Deed {
	one := []Entry{{ID: id}}
	s.deeds(one)
	return one[0].Deeds
}

// Hold waits until nobody else holds a mail, and holds it: two who release it at once would send it twice. It stays readable,
// and it can be deleted.
func (s *Store) Hold(id string) (letGo func(), err error) {
	f, _, err := s.open(id)
	if err != nil {
		return nil, err
	}
	return durable.LockFile(f)
}

// deeds adds what was done to each mail of a list.
func (s *Store) deeds(list []Entry) {
	at := make(map[string]int, len(list))
	for i := range list {
		at[list[i].ID], list[i].Deeds = i, nil
	}
	s.lines(journal, func(line []byte) {
		var d Deed
		if json.Unmarshal(line, &d) != nil {
			return
		}
		if i, ok := at[d.ID]; ok {
			list[i].Deeds = append(list[i].Deeds, d)
		}
	})
}

// Last gives the last deed of a kind, nil where there is none or where a later one of Untaught took it back.
func (e *Entry) Last(v Verb) *Deed {
	for i := len(e.Deeds) - 1; i >= 0; i-- {
		switch e.Deeds[i].Verb {
		case v:
			return &e.Deeds[i]
		case Untaught:
			return nil
		}
	}
	return nil
}
