package scoring

// Thresholds are the scores from which an action is taken; 0 switches one off.
type Thresholds struct {
	Greylist   float64 `toml:"greylist" json:"greylist,omitempty"`
	Tag        float64 `toml:"tag" json:"tag,omitempty"`
	Quarantine float64 `toml:"quarantine" json:"quarantine,omitempty"`
	Reject     float64 `toml:"reject" json:"reject,omitempty"`
	Discard    float64 `toml:"discard" json:"discard,omitempty"`
}

// Policy is what a group of recipients wants.
type Policy struct {
	Name       string
	Thresholds Thresholds
	Observe    bool // decide, but deliver all the same: the decision's Would says what would have happened
	Gentle     bool // postmaster and abuse: tagged at worst, never refused by score
}

// Decision is what becomes of a message for the recipients of one policy.
type Decision struct {
	Policy   string  `json:"policy"`
	Action   Action  `json:"action"`
	Would    *Action `json:"would,omitempty"` // in observe mode: what would have happened
	Score    float64 `json:"score"`
	Required float64 `json:"required"` // the tag threshold
	Why      string  `json:"why"`      // for a person: which threshold, symbol or failure decided
}
