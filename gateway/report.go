package gateway

import (
	"slices"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
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
	Symbols    []scoring.Scored          `json:"symbols"`             // in the order of filters/all
	Auth       map[string][]filters.Auth `json:"auth"`                // by method
	Bayes      *filters.Opinion          `json:"bayes,omitempty"`     // nil: the filter bayes did not run
	Antivirus  filters.Scan              `json:"antivirus,omitempty"` // off, clean, unscanned, infected; "" where no content came
	Failed     []Failure                 `json:"failed"`
	Recipients []RecipientDecision       `json:"recipients,omitempty"` // only where groups decide differently
	Edits      []Edit                    `json:"edits,omitempty"`      // of the first recipient's copy
	Removed    []filters.Objection       `json:"removed,omitempty"`    // parts that were taken out of it
	Filters    map[string]float64        `json:"filters_ms,omitempty"` // milliseconds by filter
	MS         float64                   `json:"ms"`                   // milliseconds from content complete to decision
	Stage      string                    `json:"stage,omitempty"`      // where a refusal before the data stage fell: "connect", …
	Reply      string                    `json:"reply,omitempty"`      // what the client was told
	Next       string                    `json:"next,omitempty"`       // next hop and what it said
	Quarantine string                    `json:"quarantine,omitempty"` // id of the quarantined copy

	Explain map[string]*scoring.Reason `json:"explain,omitempty"` // why each symbol was found, and the sub-rules behind it; only where Settings.Explain asks for it
}

// Failure is a filter that could not do its work.
type Failure struct {
	Name  string `json:"name"`  // the filter
	Error string `json:"error"` // for a person
}

// RecipientDecision is the decision for the recipients of one policy.
type RecipientDecision struct {
	Rcpt []string `json:"rcpt"`
	scoring.Decision
}

// newReport notes the envelope.
func newReport(env *message.Envelope) *Report {
	r := &Report{ID: env.ID, Time: env.Time, Helo: env.Helo, User: env.Client.Auth, Rcpt: slices.Clone(env.Rcpts),
		Symbols: []scoring.Scored{}, Failed: []Failure{}, Auth: map[string][]filters.Auth{}}
	if env.Client.Addr.IsValid() {
		r.IP = env.Client.Addr.String()
	}
	if env.HasFrom {
		from := env.From
		r.From = &from
	}
	return r
}

// fill adds what the filters found: symbols merged by name in list order, results, failures and times.
func (r *Report) fill(s *Snapshot, found []finding) {
	r.Filters, r.Antivirus = make(map[string]float64, len(found)), filters.ScanOff
	var hits []scoring.Hit
	for _, f := range found {
		hits = append(hits, f.result.Hits...)
		if f.result.Bayes != nil {
			r.Bayes = f.result.Bayes
		}
		for _, a := range f.result.Auth {
			r.Auth[a.Method] = append(r.Auth[a.Method], a)
		}
		r.Antivirus = r.Antivirus.With(f.scanned())
		if f.err != nil {
			failure := Failure{Name: f.spec.Name, Error: strings.TrimPrefix(firstLine(f.err.Error()), f.spec.Name+": ")}
			if !slices.Contains(r.Failed, failure) { // it may run at several stages, and for each recipient
				r.Failed = append(r.Failed, failure)
			}
			hits = append(hits, scoring.Hit{Name: FailedSymbol(f.spec.Name), Detail: failure.Error})
		}
		r.Filters[f.spec.Name] += milliseconds(f.took)
	}
	r.Symbols = s.Table.Score(merge(hits))
	r.Score = scoring.Sum(r.Symbols)
}

// scanned is what a filter says of malware. One that failed, and did not find any before, could not tell.
func (f *finding) scanned() filters.Scan {
	if f.err != nil && f.spec.Scans {
		return f.result.Scan.With(filters.ScanUnscanned)
	}
	return f.result.Scan
}

// merge puts hits of the same symbol together, as from a filter that ran once for each recipient.
func merge(hits []scoring.Hit) []scoring.Hit {
	at := make(map[string]int, len(hits))
	out := hits[:0:0]
	for _, h := range hits {
		if i, ok := at[h.Name]; ok {
			out[i].Count = max(out[i].Count, 1) + max(h.Count, 1)
			out[i].Weight = max(out[i].Weight, h.Weight)
			continue
		}
		at[h.Name] = len(out)
		out = append(out, h)
	}
	return out
}

func milliseconds(d time.Duration) float64 {
	return scoring.Round(float64(d) / float64(time.Millisecond))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
