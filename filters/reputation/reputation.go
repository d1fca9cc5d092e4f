// Package reputation remembers what came from whom: from addresses and their networks, from authenticated domains,
// HELO names, the domains of links and, with a file that knows them, autonomous systems (RFC 1930).
//
// Each of these has two numbers that fade by half in every half_life: mails that were judged bad, and good ones. What
// they say of the next mail is (bad - good) / (bad + good + doubt), so that one mail says little and thirty say much.
//
// Only what is proved is charged (CASES F04): a domain in From or MAIL that SPF, DKIM or DMARC did not prove may be
// forged, so its owner must not pay for it; the address that sent the mail pays. Credit is capped and quickly lost
// (CASES F05): whoever farms a good name and then sends spam has it for a few mails only. The filter never learns from
// its own symbols: what counts is the score that all others gave. Copies of a signed mail count once for the domain that
// signed it (CASES E06, replay.go).
package reputation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"weir/filters"
	"weir/filters/setting"
	"weir/message"
	"weir/scoring"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "reputation",
	Text:    "remembers how mail from an address, a network, a proved domain or with a link was judged",
	Stage:   filters.Summary,
	Inbound: true,
	Symbols: symbols(),
	New:     newFilter,
}

// Config is the table [filters.reputation].
type Config struct {
	HalfLife setting.Duration `toml:"half_life" comment:"after this time a mail counts half"`
	Doubt    float64          `toml:"doubt" comment:"mails that a name must have sent to be believed half"`
	Cap      float64          `toml:"cap" comment:"mails, good or bad, that are held to a name at most"`
	Replays  int              `toml:"replays" comment:"recipients of one DKIM-signed mail in a day or so from which on it is told; 0: never"`
	ASN      string           `toml:"asn" comment:"MaxMind file with autonomous system numbers (GeoLite2-ASN.mmdb); empty: none"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{HalfLife: setting.Duration(7 * 24 * time.Hour), Doubt: 8, Cap: 40, Replays: 100}
}

type filter struct {
	Config
	asn *systems
}

func newFilter(decode func(into any) error, _ filters.Env) (filters.Filter, error) {
	f := &filter{Config: DefaultConfig()}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if f.HalfLife <= 0 || f.Doubt <= 0 || f.Cap <= 0 || f.Replays < 0 {
		return nil, fmt.Errorf("half_life, doubt and cap must be more than 0, replays not less")
	}
	var err error
	f.asn, err = openSystems(f.ASN)
	return f, err
}

// Close closes the file of autonomous systems.
func (f *filter) Close() error { return f.asn.close() }

// asked is what Ask returns.
type asked struct {
	names  []subject
	counts []*filters.Counter
	copies copies
}

// Ask reads the numbers of all that this mail came from, and counts its copies.
func (f *filter) Ask(m *message.Message, found filters.Findings, b *filters.Batch) any {
	a := &asked{names: f.subjects(m, found), copies: countCopies(m, found, b)}
	a.counts = make([]*filters.Counter, len(a.names))
	for i := range a.names {
		a.counts[i] = b.Count(a.names[i].kind.family, a.names[i].name, f.HalfLife.D())
	}
	return a
}

// Check says what the numbers mean. Of several names of a kind the worst counts; a good one only if none is bad.
func (f *filter) Check(_ context.Context, _ *message.Message, found filters.Findings) (filters.Result, error) {
	a, ok := found.Asked().(*asked)
	if !ok {
		return filters.Result{}, nil
	}
	if err := a.copies.err(); err != nil {
		return filters.Result{}, err
	}
	var best [kinds]opinion
	for i, c := range a.counts {
		if c.Err != nil {
			return filters.Result{}, c.Err
		}
		o := f.judge(c.Values)
		if o.text = a.names[i].text; o.worse(best[a.names[i].kind.index]) {
			best[a.names[i].kind.index] = o
		}
	}
	var hits []scoring.Hit
	replay, replayed := a.copies.hit(f.Replays)
	if replayed {
		hits = append(hits, replay)
		best[2].lean = max(best[2].lean, 0) // a good name is not there for others' copies
	}
	for i := range best {
		if h, ok := best[i].hit(&all[i]); ok {
			hits = append(hits, h)
		}
	}
	return filters.Result{Hits: hits}, nil
}

// opinion is what the numbers of a name say.
type opinion struct {
	lean      float64 // from -1, all good, to 1, all bad
	bad, good float64
	text      string
}

func (f *filter) judge(v []float64) (o opinion) {
	if len(v) < 2 {
		return o
	}
	o.bad, o.good = max(v[0], 0), max(v[1], 0)
	o.lean = (o.bad - o.good) / (o.bad + o.good + f.Doubt)
	return o
}

// worse tells which of two opinions counts: the one with more against the sender, else the one with more for him.
func (o opinion) worse(than opinion) bool {
	if o.lean > 0 || than.lean > 0 {
		return o.lean > than.lean
	}
	return o.lean < than.lean
}

// least is how far an opinion must lean to be told.
const least = 0.2

func (o opinion) hit(k *kind) (scoring.Hit, bool) {
	detail := fmt.Sprintf("%s: %.1f bad, %.1f good", o.text, o.bad, o.good)
	switch {
	case o.lean >= least:
		return scoring.Hit{Name: k.symbol + "_BAD", Weight: scoring.Round(o.lean), Detail: detail}, true
	case o.lean <= -least && k.credit != 0:
		return scoring.Hit{Name: k.symbol + "_GOOD", Weight: scoring.Round(-o.lean), Detail: detail}, true
	}
	return scoring.Hit{}, false
}

const (
	fall = 2    // good mails that one bad mail takes away
	full = 0.97 // of cap: from here on more good mail changes nothing
)

// Observe counts the mail, where it was judged clearly and for good. What was put off comes again.
func (f *filter) Observe(_ *message.Message, found filters.Findings, v filters.Verdict, b *filters.Batch) {
	a, ok := found.Asked().(*asked)
	if !ok || v.Would(scoring.Greylist) || v.Would(scoring.Defer) {
		return
	}
	required := v.Required
	if required <= 0 {
		required = 5
	}
	score := v.Without(own)
	refused := v.Would(scoring.Reject) || v.Would(scoring.Quarantine) || v.Would(scoring.Discard)
	switch {
	case score >= required || refused && score > 0:
		f.count(a, found, b, 1, -fall)
	case score < required/3 && v.Taken:
		f.count(a, found, b, 0, 1)
	}
}

func (f *filter) count(a *asked, found filters.Findings, b *filters.Batch, bad, good float64) {
	for i := range a.names {
		if n := &a.names[i]; n.kind == &all[2] && a.copies.again() && (bad == 0 || !byItself(found, n.text)) {
			continue // E06: a copy, which anybody may have sent
		}
		if v := a.counts[i].Values; bad == 0 && len(v) >= 2 && v[1] > full*f.Cap {
			continue // as good as it gets: one write less
		}
		b.Count(a.names[i].kind.family, a.names[i].name, f.HalfLife.D(), bad, good).Cap = f.Cap
	}
}

func own(s *scoring.Scored) bool { return strings.HasPrefix(s.Name, "REPUTATION_") }
