package spamd

import (
	"fmt"
	"math"
	"strings"

	"weir/gateway"
	"weir/scoring"
)

// verdict is what the protocol can say of a mail.
type verdict struct {
	spam             bool
	score, threshold float64 // spam exactly where the score has reached the threshold, both with one digit behind the point
}

// nominal is the threshold that is told where none is set.
const nominal = 5

// judged gives the verdict that agrees with a decision: spam is all that is not delivered as it came.
//
// Many clients, Exim among them, compare the numbers and do not read the word. A virus of score 0 must reach the
// threshold, and a mail that is let through by hand, or in observe mode, must not. So where a decision did not fall by
// score, the score that is told is the threshold, or a tenth below it. The report has the real one.
func judged(a scoring.Action, score, required float64) verdict {
	return agreeing(a != scoring.Accept, score, required)
}

// refusing gives the verdict in Rspamd's sense: its threshold is that of a refusal.
func refusing(o *gateway.Outcome) verdict {
	d := &o.Groups[0].Decision
	refuses := rspamAction(d.Action, nil) == "reject"
	return agreeing(refuses, d.Score, o.Thresholds().Reject)
}

func agreeing(spam bool, score, threshold float64) verdict {
	v := verdict{spam: spam, score: tenth(score), threshold: tenth(threshold)}
	if v.threshold <= 0 {
		v.threshold = nominal
		if !spam {
			v.threshold = max(nominal, math.Ceil(v.score)+1)
		}
	}
	if spam {
		v.score = max(v.score, v.threshold)
	} else {
		v.score = min(v.score, tenth(v.threshold-0.1))
	}
	return v
}

func tenth(x float64) float64 { return scoring.Round(math.Round(x*10) / 10) }

// header is the field of an answer: "Spam: True ; 15.0 / 5.0".
func (v verdict) header(verb string) string {
	word := map[bool]string{true: "True", false: "False"}[v.spam]
	if verb == "REPORT_IFSPAM" {
		word = map[bool]string{true: "Yes", false: "No"}[v.spam]
	}
	return fmt.Sprintf("Spam: %s ; %.1f / %.1f", word, v.score, v.threshold)
}

// undecided tells what to say of a mail that is put off: no verdict.
func undecided(a scoring.Action, why string) *fault {
	switch a {
	case scoring.Defer, scoring.Greylist:
		return &fault{exTempFail, "(" + shown(why) + ")"}
	}
	return nil
}

// rspamAction is Rspamd's word for a decision, the same as over HTTP. QUIRK: Rspamd's greylist asks the client to greylist;
// ours is done, so the client only has to put the mail off. No word keeps or drops a mail: it is refused, so that its
// sender is told.
func rspamAction(a scoring.Action, edits []gateway.Edit) string {
	switch a {
	case scoring.Accept:
		return "no action"
	case scoring.Greylist, scoring.Defer:
		return "soft reject"
	case scoring.Quarantine, scoring.Discard, scoring.Reject:
		return "reject"
	}
	for _, e := range edits {
		if e.Op != gateway.Remove && strings.EqualFold(e.Name, "Subject") {
			return "rewrite subject"
		}
	}
	return "add header"
}
