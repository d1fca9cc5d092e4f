package gateway

import (
	"fmt"

	"weir/scoring"
)

// Reply is what an SMTP client hears (RFC 5321 section 4.2).
type Reply struct {
	Code     int    // 250, 451, 554
	Enhanced string // RFC 3463: "5.7.1"
	Text     string // one line, with the reference id
}

// Answer is the reply to a mail that is not sent on, id its reference; retry is the seconds after which to come back, 0 if
// nobody knows. It says no more than a sender must know. For an action that delivers, it says only that the mail was taken.
func Answer(a scoring.Action, retry int, id string) Reply {
	switch a {
	case scoring.Accept, scoring.Tag, scoring.Quarantine, scoring.Discard:
		return Reply{250, "2.0.0", "Ok: taken [" + id + "]"}
	case scoring.Reject:
		return Reply{554, "5.7.1", "Message refused by policy [" + id + "]"}
	case scoring.Greylist:
		return Reply{451, "4.7.1", "Greylisted, try again " + later(retry) + " [" + id + "]"}
	}
	return Reply{451, "4.7.1", "Can't be taken now, try again " + later(retry) + " [" + id + "]"}
}

// later tells when to come back, in seconds.
func later(seconds int) string {
	if seconds <= 0 {
		return "later"
	}
	return fmt.Sprintf("in %d seconds", seconds)
}
