// Package scoring turns symbols into a decision. It never sees a mail and does no I/O.
//
// Filters report hits; the score table gives each symbol its score (a filter's default, overridden by rules files,
// the last one wins); a policy's thresholds give the action. Everything is explained: where a score was set, and why
// a decision fell as it did.
package scoring

// Symbol declares something that a filter or rule may report.
type Symbol struct {
	Name  string  // SPF_FAIL: the filter's name in capitals comes first
	Score float64 // default; 0 for information only
	Text  string  // one sentence for a person

	Decides  Action // decides by itself, as `action NAME …` in a rules file does; Accept: it only scores
	Infected bool   // malware: a policy may say what becomes of such mail (Policy.Infected), in place of Decides
	Grey     bool   // the sender is one to put off: without such a symbol the greylist threshold does nothing
}

// Hit is a symbol found in one message.
type Hit struct {
	Name   string  // a declared symbol
	Count  int     // how often it was found; 0 means 1
	Weight float64 // the table's score is multiplied by it; 0 means 1
	Detail string  // what was found, for a person; "" none
	Retry  int     // seconds after which the sender may come back, if the mail is put off; 0: not known
}

// Scored is a hit with its score; it is part of the report.
type Scored struct {
	Name   string  `json:"name"`
	Score  float64 `json:"score"`
	Count  int     `json:"count"`
	Detail string  `json:"detail,omitempty"`
	Retry  int     `json:"retry,omitempty"` // seconds after which the sender may come back; 0: not known
	Aside  bool    `json:"-"`               // no filter may learn by itself for this reason
}

// Origin is where a score was set. Line 0 means the filter's default.
type Origin struct {
	File  string  // "filters/spf" for a default
	Line  int     // 1-based; 0 for a default
	Score float64 // the score set there
}
