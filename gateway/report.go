package gateway

import (
	"time"

	"weir/filters"
	"weir/scoring"
)

// Report is everything about one judged message (or one refused connection or recipient). It is the log line, the
// JSON of weir scan and the golden file; only the delivery fields are added after the decision.
type Report struct {
	File       string                    `json:"file,omitempty"`
	ID         string                    `json:"id"`
	Time       time.Time                 `json:"time"`
	IP         string                    `json:"ip,omitempty"`
	Helo       string                    `json:"helo,omitempty"`
	User       string                    `json:"user,omitempty"`
	From       *string                   `json:"from,omitempty"` // nil: not known; "" the null sender
	Rcpt       []string                  `json:"rcpt,omitempty"`
	MessageID  string                    `json:"message_id,omitempty"`
	Subject    string                    `json:"subject,omitempty"`
	Size       int                       `json:"size"` // bytes of the message, 0 where none was sent
	Action     scoring.Action            `json:"action"`
	Would      *scoring.Action           `json:"would,omitempty"`
	Score      float64                   `json:"score"`
	Required   float64                   `json:"required"`
	Policy     string                    `json:"policy"`
	Why        string                    `json:"why"`
	Symbols    []scoring.Scored          `json:"symbols"`
	Auth       map[string][]filters.Auth `json:"auth"`
	Failed     []Failure                 `json:"failed"`
	Recipients []RecipientDecision       `json:"recipients,omitempty"` // only where groups decide differently
	Edits      []Edit                    `json:"edits,omitempty"`
	Filters    map[string]float64        `json:"filters_ms,omitempty"` // milliseconds by filter
	MS         float64                   `json:"ms"`                   // milliseconds from content complete to decision
	Stage      string                    `json:"stage,omitempty"`      // where a refusal before the data stage fell: "connect", …
	Reply      string                    `json:"reply,omitempty"`      // what the client was told
	Next       string                    `json:"next,omitempty"`       // next hop and what it said
	Quarantine string                    `json:"quarantine,omitempty"` // id of the quarantined copy
}

// Failure is a filter that could not do its work.
type Failure struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

// RecipientDecision is the decision for the recipients of one policy.
type RecipientDecision struct {
	Rcpt []string `json:"rcpt"`
	scoring.Decision
}
