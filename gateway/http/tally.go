package http

import (
	"sync"
	"time"

	"weir/filters"
	"weir/gateway"
	"weir/scoring"
)

// recent is how many mails' times /stat tells.
const recent = 31

// Tally counts what /stat and /auth tell: the mails of all doors since the start. It must be made by NewTally. It is safe
// for use by many goroutines.
type Tally struct {
	version string
	began   time.Time

	mu      sync.Mutex
	actions [scoring.Defer + 1]int64
	early   [2]int64 // mails refused, and put off, before they came
	times   [recent]float64
	judged  int64 // how many times were noted
	lessons int64 // over this door
	corpus  filters.LearnedCount
}

// NewTally begins to count; version is that of the build.
func NewTally(version string) *Tally { return &Tally{version: version, began: time.Now()} }

// Report counts one judged mail or refusal.
func (t *Tally) Report(r *gateway.Report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.Stage != "" {
		if r.Action == scoring.Reject {
			t.early[0]++
		} else {
			t.early[1]++
		}
		return
	}
	if int(r.Action) < len(t.actions) {
		t.actions[r.Action]++
	}
	t.times[t.judged%recent] = r.MS / 1000
	t.judged++
	if r.Bayes != nil {
		t.corpus = r.Bayes.Learned
	}
}

func (t *Tally) taught(x filters.Taught) {
	t.mu.Lock()
	t.lessons += int64(x.Learned)
	t.mu.Unlock()
}

// numbers are a Tally at one moment, in Rspamd's words.
type numbers struct {
	reject, soft, tagged, none int64
	lessons                    int64
	corpus                     filters.LearnedCount
	times                      []float64
}

func (n *numbers) scanned() int64 { return n.reject + n.soft + n.tagged + n.none }
func (n *numbers) spam() int64    { return n.reject + n.tagged }

func (t *Tally) read() numbers {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := &t.actions
	return numbers{
		reject: a[scoring.Reject] + a[scoring.Quarantine] + a[scoring.Discard] + t.early[0],
		soft:   a[scoring.Greylist] + a[scoring.Defer] + t.early[1],
		tagged: a[scoring.Tag], none: a[scoring.Accept],
		lessons: t.lessons, corpus: t.corpus, times: append([]float64(nil), t.times[:min(t.judged, recent)]...),
	}
}
