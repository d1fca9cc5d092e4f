package bayes

import (
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

// asked is what Ask returns: how much may still be learned from where the mail came, and whether learning is frozen.
type asked struct {
	sources []filters.Name
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
	a.left = f.takes(b, a.sources, 0)
	return a
}

// takes takes n from what may be learned of each source, and of all mail, in a day.
func (f *filter) takes(b *filters.Batch, sources []filters.Name, n float64) (list []*filters.Taking) {
	take := func(source filters.Name, most int) {
		list = append(list, b.Take(autos, source, float64(most)/(24*60*60), float64(most), n))
	}
	for _, s := range sources {
		take(s, f.AutoSame)
	}
	take(filters.Name{What: "all"}, f.AutoMost)
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
	if c == filters.Unlearned || f.contradicts(m, c) {
		return
	}
	f.takes(b, a.sources, 1)
	l := Study(m, c)
	s := step{id: l.ID, now: c, nowHas: l.Vector, author: l.Author}
	learn := b.Learn(&site.table, nil, nil)
	learn.Journal = &site.journals[s.journal()]
	s.add(learn, site, "auto", true)
}

// reasons is how many symbols must speak for a class, and onlyShare what share of the score one of them may have.
const (
	spamReasons = 3
	hamReasons  = 2
	onlyShare   = 0.7
)

// clear tells what a mail clearly is, by what others say of it.
func (f *filter) clear(v *filters.Verdict) filters.Class {
	score := v.Without(isOwn)
	switch {
	case score >= f.AutoSpam && several(v, score, spamReasons, 1):
		return filters.Spam
	case score <= f.AutoHam && v.Taken && several(v, score, hamReasons, -1):
		return filters.Ham
	}
	return filters.Unlearned
}

// several tells whether a score rests on several symbols of its sign, and not on one of them alone.
func several(v *filters.Verdict, score float64, least int, sign float64) bool {
	n := 0
	for i := range v.Symbols {
		if s := &v.Symbols[i]; !isOwn(s.Name) && s.Score*sign >= 0.3 {
			n++
			if s.Score/score > onlyShare {
				return false
			}
		}
	}
	return n >= least
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
