// Package fuzzy knows mail again that somebody reported as spam, though it was changed a little.
//
// What a recipient sees of a text is cut into shingles, three words in a row, and these are put into a sketch of 32
// numbers. Four hashes of it are the names under which the sketch is stored when a mail is reported, and under which the
// next mail looks it up; then the sketches are compared. Numbers, punctuation, spacing, letter case and hidden text
// do not count, and some words may be added or replaced.
//
// The text itself is never stored, and can't be made from the sketch. All gateways of a site share what is reported.
package fuzzy

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/filters"
	"weir/filters/setting"
	"weir/message"
	"weir/scoring"
)

// The symbols.
const (
	Spam = "FUZZY_SPAM"
	Ham  = "FUZZY_HAM"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "fuzzy",
	Text:    "knows mail again that was reported as spam, though it was changed a little",
	Stage:   filters.Summary,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: Spam, Score: 5, Text: "Looks like a mail that was reported as spam; the more alike, the more it weighs."},
		{Name: Ham, Text: "Looks like a mail that was reported as wanted."},
	},
	New: newFilter,
}

// Config is the table [filters.fuzzy].
type Config struct {
	Likeness float64          `toml:"likeness" comment:"how much alike two texts must be, from 0.3 to 1"`
	Traps    []string         `toml:"traps" comment:"recipients whose mail is reported as spam at once: addresses that no person uses"`
	Keep     setting.Duration `toml:"keep" comment:"how long a report counts; each new one of the same mail prolongs it"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{Likeness: 0.6, Traps: []string{}, Keep: setting.Duration(30 * 24 * time.Hour)}
}

// reports are the sketches that were reported, four entries each.
var reports = &filters.Family{Name: "fuzzy-report", TTL: 90 * 24 * time.Hour, Budget: 1_000_000}

type filter struct {
	Config
	traps map[string]bool
	store filters.Store // for Learn; nil: none
	now   func() time.Time
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{Config: DefaultConfig(), traps: map[string]bool{}, store: env.Store, now: env.Clock}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if f.Likeness < 0.3 || f.Likeness > 1 {
		return nil, fmt.Errorf("likeness must be from 0.3 to 1: below, texts that have nothing in common look alike")
	}
	if f.Keep <= 0 || f.Keep.D() > reports.TTL {
		return nil, fmt.Errorf("keep must be more than 0, and at most 90d")
	}
	for _, t := range f.Traps {
		if !strings.Contains(t, "@") {
			return nil, fmt.Errorf("traps: %q is no address", t)
		}
		f.traps[strings.ToLower(t)] = true
	}
	return f, nil
}

// asked is what Ask returns.
type asked struct {
	sketch sketch
	found  [numBands]*filters.Value
}

// Ask looks the bands up. A text that has too little in it is not looked for.
func (f *filter) Ask(m *message.Message, _ filters.Findings, b *filters.Batch) any {
	a := &asked{sketch: newSketch(m.Text())}
	if !a.sketch.tells() {
		return nil
	}
	for i := range a.found {
		a.found[i] = b.Recall(reports, name(&a.sketch, i))
	}
	return a
}

func name(s *sketch, band int) filters.Name {
	return filters.Name{What: strconv.FormatUint(s.band(band), 36)}
}

// Check compares the sketches that were found.
func (f *filter) Check(_ context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	a, ok := found.Asked().(*asked)
	if !ok {
		return filters.Result{}, nil
	}
	best, err := a.best(m.Time, f.Keep.D())
	if err != nil || best.alike < f.Likeness {
		return filters.Result{}, err
	}
	h := scoring.Hit{Name: Spam, Weight: scoring.Round(best.alike), Detail: best.String()}
	if !best.spam {
		h.Name = Ham
	}
	return filters.Result{Hits: []scoring.Hit{h}}, nil
}

// match is a report and how much alike it is.
type match struct {
	report
	alike float64
}

// String is for people.
func (m match) String() string {
	return fmt.Sprintf("%.0f %% like a mail reported %s, last on %s", 100*m.alike, times(m.count), m.when.UTC().Format(time.DateOnly))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// best gives the report that is most alike; of two that are the same, the later one.
func (a *asked) best(now time.Time, keep time.Duration) (best match, err error) {
	mine := a.sketch.short()
	for _, v := range a.found {
		if v.Err != nil {
			return match{}, v.Err
		}
		r, ok := parse(v.Data)
		if !ok || now.Sub(r.when) > keep {
			continue
		}
		alike := likeness(&mine, &r.bins)
		if alike > best.alike || alike == best.alike && r.when.After(best.when) {
			best = match{r, alike}
		}
	}
	return best, nil
}

// Observe reports the mail that a trap got.
func (f *filter) Observe(m *message.Message, found filters.Findings, _ filters.Verdict, b *filters.Batch) {
	a, ok := found.Asked().(*asked)
	if !ok || len(f.traps) == 0 {
		return
	}
	for _, rcpt := range m.Rcpts {
		if f.traps[strings.ToLower(rcpt)] {
			a.add(b, true, m.Time)
			return
		}
	}
}

// Learn notes what a person says of a mail.
func (f *filter) Learn(ctx context.Context, m *message.Message, spam bool) error {
	if f.store == nil {
		return fmt.Errorf("fuzzy: %w: there is no store", filters.ErrStoreDown)
	}
	_, err := Report(ctx, f.store, m, spam, f.now())
	return err
}

// Report notes that somebody takes a mail for spam, or for wanted. The last word counts. It returns false for a text with
// too little in it to know it again.
func Report(ctx context.Context, s filters.Store, m *message.Message, spam bool, now time.Time) (bool, error) {
	var b filters.Batch
	a, ok := (&filter{}).Ask(m, filters.Findings{}, &b).(*asked)
	if !ok {
		return false, nil
	}
	if err := s.Do(ctx, &b); err != nil {
		return false, fmt.Errorf("fuzzy: %w", err)
	}
	var put filters.Batch
	a.add(&put, spam, now)
	if err := s.Do(ctx, &put); err != nil {
		return false, fmt.Errorf("fuzzy: %w", err)
	}
	return true, nil
}

// add stores the sketch under its four names.
func (a *asked) add(b *filters.Batch, spam bool, now time.Time) {
	r := report{spam: spam, count: 1, when: now, bins: a.sketch.short()}
	if old, err := a.best(now, reports.TTL); err == nil && old.spam == spam && old.alike > 0.9 {
		r.count = min(old.count+1, 1<<15)
	}
	for i := range numBands {
		b.Keep(reports, name(&a.sketch, i), r.bytes())
	}
}

// report is what is stored: a version, spam or not, how often, when, and the sketch.
type report struct {
	spam  bool
	count int
	when  time.Time
	bins  [numBins]uint16
}

const reportSize = 2 + 2 + 4 + 2*numBins

func (r *report) bytes() []byte {
	kind := byte('h')
	if r.spam {
		kind = 's'
	}
	b := append(make([]byte, 0, reportSize), 1, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(r.count))
	b = binary.BigEndian.AppendUint32(b, uint32(max(r.when.Unix(), 0)))
	for _, v := range r.bins {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

// parse reads a report. Anything that is none is as if it were not there.
func parse(b []byte) (r report, ok bool) {
	if len(b) != reportSize || b[0] != 1 || b[1] != 's' && b[1] != 'h' {
		return r, false
	}
	r.spam, r.count = b[1] == 's', int(binary.BigEndian.Uint16(b[2:]))
	r.when = time.Unix(int64(binary.BigEndian.Uint32(b[4:])), 0)
	for i := range r.bins {
		r.bins[i] = binary.BigEndian.Uint16(b[8+2*i:])
	}
	return r, true
}
