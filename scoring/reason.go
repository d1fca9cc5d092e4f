package scoring

// Reason says why a symbol was found, for people. It is made where somebody asks for it.
type Reason struct {
	Kind    string             `json:"kind"`              // what kind of rule: header, body, meta, …; "filter": a filter reports the symbol
	Rule    string             `json:"rule,omitempty"`    // the rule's definition; "" of a filter's symbol
	File    string             `json:"file"`              // where it is defined: a rules file, "filters/spf"
	Line    int                `json:"line,omitempty"`    // 1-based; 0: in no file
	Count   float64            `json:"count"`             // how often the rule was found
	Detail  string             `json:"detail,omitempty"`  // what a filter says of it
	Call    string             `json:"call,omitempty"`    // the function that a rule calls, with its arguments
	Matched []Match            `json:"matched,omitempty"` // where a rule's pattern was found: the first places only
	Values  string             `json:"values,omitempty"`  // a meta's expression, with the number of each name behind it
	Uses    map[string]float64 `json:"uses,omitempty"`    // the numbers of the names in a meta's expression
	Without *Without           `json:"without,omitempty"` // what would be without the symbol; nil: a sub-rule, or it changes nothing
}

// Match is a place in a message that a pattern was found at.
type Match struct {
	Where  string `json:"where"`            // what the rule looks at: "Subject", "body paragraph 3", "link 2", "part 1, Content-Type"
	At     int    `json:"at"`               // where the match begins in it, in bytes
	Before string `json:"before,omitempty"` // what stands before the match
	Text   string `json:"text"`             // what was matched, cut to 120 bytes; "" where a rule hits because its pattern is not there
	After  string `json:"after,omitempty"`  // what stands behind the match
	Not    bool   `json:"not,omitempty"`    // the pattern is not there, and the rule hits because of that; Before is how the text begins
}

// Without is what would become of a message if one symbol had not been found; all others stay, those of metas too.
type Without struct {
	Score  float64 `json:"score"`
	Action Action  `json:"action"`
}

// Without gives the decision that one symbol less would make.
func (ev Evidence) Without(name string, t *Table, p *Policy) *Without {
	rest := make([]Scored, 0, len(ev.Symbols))
	for _, s := range ev.Symbols {
		if s.Name != name {
			rest = append(rest, s)
		}
	}
	ev.Symbols = rest
	d := Decide(ev, t, p)
	if d.Would != nil {
		d.Action = *d.Would
	}
	return &Without{Score: d.Score, Action: d.Action}
}
