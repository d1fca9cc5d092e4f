package bayes

import (
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring/bayes"
)

// Mail teaches by itself only where other filters are sure, for several reasons, and where this filter does not say
// the opposite; never by what this filter itself says of it, or a mistake would teach itself (case F03). Of one network,
// and of one proved domain, only a few mails a day count, and of all together not many more (case F01): who sends much
// mail does not rule the model, be it from one place or from a thousand.

// autos counts mails that were learned by themselves, by network and by domain.
var autos = &filters.Family{Name: "bayes-auto", TTL: 25 * time.Hour, Budget: 100_000}

// anywhere is the source of all mail.
var anywhere = filters.Name{What: "all"}

// asked is what Ask returns: how much may still be learned from where the mail came, and whether learning is frozen.
type asked struct {
	sources []filters.Name // the last is anywhere
	before  []float64      // what this gateway had taken of them
	left    []*filters.Taking
	freeze  *filters.Value
}

// Ask looks at the caps of the mail's sources. What the recipients taught for themselves is brought up to date meanwhile.
func (f *filter) Ask(m *message.Message, found filters.Findings, b *filters.Batch) any {
	f.own.begin(f.scopeOf(m))
	if !f.Auto || f.Config.Frozen || m.Outgoing || len(m.Raw) == 0 {
		return nil
	}
	a := &asked{freeze: b.Recall(freezes, freezeName)}
	if net := filters.Network(m.Client.Addr); net.IsValid() {
		a.sources = append(a.sources, filters.Name{What: net.String()})
	}
	for _, d := range found.Proved()[:min(len(found.Proved()), 2)] {
		a.sources = append(a.sources, filters.Name{Who: d})
	}
	if len(a.sources) == 0 { // from nowhere known
		return nil
	}
	a.sources = append(a.sources, anywhere)
	a.before, a.left = f.burst.before(a.sources), f.takes(b, a.sources, 0)
	return a
}

// takes takes n from what may be learned of each source in a day.
func (f *filter) takes(b *filters.Batch, sources []filters.Name, n float64) (list []*filters.Taking) {
	for _, s := range sources {
		most := f.AutoSame
		if s == anywhere {
			most = f.AutoMost
		}
		list = append(list, b.Take(autos, s, float64(most)/(24*60*60), float64(most), n))
	}
	return list
}

// open tells whether all sources may still teach. Where the store did not answer, nothing is learned.
func (a *asked) open() bool {
	for _, t := range a.left {
		if t.Err != nil || t.Left < 1 {
			return false
		}
	}
	return a.freeze.Err == nil && !a.freeze.Found
}

// Observe learns a mail that is clear.
func (f *filter) Observe(m *message.Message, found filters.Findings, v filters.Verdict, b *filters.Batch) {
	a, ok := found.Asked().(*asked)
	if !ok || f.memory == nil || !a.open() {
		return
	}
	c := f.clear(&v)
	if c == filters.Unlearned || f.contradicts(m, c) || !f.burst.take(a) {
		return
	}
	f.takes(b, a.sources, 1)
	l := Study(m, c)
	s := step{id: l.ID, now: c, nowHas: l.Vector, author: l.Author}
	learn := b.Learn(&site.table, nil, nil)
	learn.Journal = &site.journals[s.journal()]
	s.add(learn, site, "auto", true)
}

// How many reasons must speak for a class, and what share of the score one of them may have.
const (
	spamReasons = 3
	hamReasons  = 2
	onlyShare   = 0.7
)

// clear tells what a mail clearly is, by what others say of it.
func (f *filter) clear(v *filters.Verdict) filters.Class {
	score := v.Without(isAside)
	switch {
	case score >= f.AutoSpam && several(v, score, spamReasons, 1):
		return filters.Spam
	case score <= f.AutoHam && v.Taken && several(v, score, hamReasons, -1):
		return filters.Ham
	}
	return filters.Unlearned
}

// several tells whether a score rests on several reasons of its sign, and not on one of them alone. For spam each symbol is
// one. For wanted mail all symbols of one filter are one together: a name that was farmed with good mail has a good
// address, network and domain at once.
func several(v *filters.Verdict, score float64, least int, sign float64) bool {
	sums := map[string]float64{}
	for i := range v.Symbols {
		if s := &v.Symbols[i]; !isAside(s) && s.Score*sign >= 0.3 {
			sums[reason(s.Name, sign)] += s.Score
		}
	}
	for _, sum := range sums {
		if sum/score > onlyShare {
			return false
		}
	}
	return len(sums) >= least
}

// reason is what a symbol counts as.
func reason(symbol string, sign float64) string {
	if sign < 0 {
		symbol, _, _ = strings.Cut(symbol, "_")
	}
	return symbol
}

// contradicts tells whether what was learned so far says clearly the opposite: then a person should have a look.
func (f *filter) contradicts(m *message.Message, c filters.Class) (is bool) {
	model := bayes.Model[filters.View]{Table: f.memory.replica.View()}
	if bayes.LearnedIn(model.Table).Fewer() < f.Least {
		return false
	}
	Tokens(m, func(tokens []bayes.Token) {
		p := model.Judge(tokens).P
		is = c == filters.Spam && p < 0.2 || c == filters.Ham && p > 0.8
	})
	return is
}
