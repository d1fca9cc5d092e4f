package filters

import "weir/scoring"

// Result is what one filter has to say about one message. The zero value: nothing found.
type Result struct {
	Hits     []scoring.Hit
	Auth     []Auth
	Bayes    *Opinion // of the filter bayes; nil: none
	Scan     Scan     // of filters that scan for malware; "": not one of them
	Attached Attached // what is in attachments

	Reasons map[string]*scoring.Reason // why symbols were found, by name, where somebody asked for it (Env.Explain)
}

// Opinion is what a classifier says of a message; it is part of the report.
type Opinion struct {
	P       *float64     `json:"p,omitempty"` // probability of spam; nil: too little was learned to tell
	Learned LearnedCount `json:"learned"`
	Stale   bool         `json:"stale,omitempty"` // the store can't be reached: what was learned lately may be missing
	Clues   []Clue       `json:"clues,omitempty"` // what decided, where somebody asked for it (Env.Explain)
	Own     *OwnOpinion  `json:"own,omitempty"`   // nil: the recipients have no lessons of their own, or too few
}

// OwnOpinion says that lessons which count for the message's recipients alone had a part in an Opinion.
type OwnOpinion struct {
	Site    *float64     `json:"site,omitempty"` // probability of spam without them; nil: for all, too little was learned
	Learned LearnedCount `json:"learned"`        // the lessons of their own
}

// LearnedCount is how many messages of each class were learned.
type LearnedCount struct {
	Ham  int `json:"ham"`
	Spam int `json:"spam"`
}

// Clue is something in a message that counted in an Opinion.
type Clue struct {
	Kind   string  `json:"kind"`   // "word", "host", …
	Text   string  `json:"text"`   // what it is
	Weight float64 `json:"weight"` // above 0 for spam
}

// Findings is an immutable view of what earlier filters reported. The zero value is empty.
type Findings struct {
	hits     map[string]scoring.Hit
	auth     []Auth
	failed   map[string]bool
	asked    any
	stage    Stage
	attached Attached
	opinion  *Opinion
}

// NewFindings makes a view; the gateway and tests use it. The arguments must not be changed afterwards.
func NewFindings(hits []scoring.Hit, auth []Auth, failed []string) Findings {
	f := Findings{hits: make(map[string]scoring.Hit, len(hits)), auth: auth, failed: make(map[string]bool, len(failed))}
	for _, h := range hits {
		f.hits[h.Name] = h
	}
	for _, name := range failed {
		f.failed[name] = true
	}
	return f
}

// With gives the view with what the filter's own Ask returned.
func (f Findings) With(asked any) Findings {
	f.asked = asked
	return f
}

// Asked is what the filter's own Ask returned, with the store's answers filled in (Asker); nil: nothing was asked.
func (f Findings) Asked() any { return f.asked }

// At gives the view of a stage.
func (f Findings) At(stage Stage) Findings {
	f.stage = stage
	return f
}

// Stage is the stage that Check runs at, for filters that run at several (Spec.Again).
func (f Findings) Stage() Stage { return f.stage }

// Hit returns the hit of a symbol, if it was found.
func (f Findings) Hit(symbol string) (scoring.Hit, bool) {
	h, ok := f.hits[symbol]
	return h, ok
}

// Count tells how often a symbol was found; 0: not found.
func (f Findings) Count(symbol string) int {
	h, ok := f.hits[symbol]
	if !ok {
		return 0
	}
	return max(h.Count, 1)
}

// WithOpinion gives the view with what a classifier says of the message.
func (f Findings) WithOpinion(o *Opinion) Findings {
	f.opinion = o
	return f
}

// Opinion is what a classifier says of the message; nil: none was asked.
func (f Findings) Opinion() *Opinion { return f.opinion }

// Auth lists the authentication results in the order of the filters.
func (f Findings) Auth() []Auth { return f.auth }

// Failed tells whether a filter could not do its work on this message.
func (f Findings) Failed(filter string) bool { return f.failed[filter] }
