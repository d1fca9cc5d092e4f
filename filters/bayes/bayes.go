// Package bayes tells spam from wanted mail by what people (and, in clear cases, other filters) have said of earlier mail.
//
// A mail is taken apart into features: words that its reader sees and pairs of them, its subject and author, how header,
// parts and HTML are built, where its links lead, which way it came. They are hashed; neither texts nor addresses are
// kept. Package scoring/bayes has the maths. What is learned is in the store: counts in a table of fixed size that
// this gateway has a copy of in memory (so that judging a mail asks nobody), and a journal of the mails learned last,
// from which the linear model is fitted and which lets learning be undone.
package bayes

import (
	"context"
	"fmt"

	"weir/filters"
	"weir/message"
	"weir/scoring"
	"weir/scoring/bayes"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "bayes",
	Text:    "tells spam from wanted mail by what was learned from earlier mail",
	Stage:   filters.Summary,
	Symbols: symbols,
	New:     newFilter,
}

// Config is the table [filters.bayes].
type Config struct {
	Least    int     `toml:"least" comment:"messages of each class that must be learned before any mail is judged"`
	Scopes   string  `toml:"scopes" comment:"whose lessons count beside those for all (weir learn --for): \"recipient\", \"domain\" (of the recipient), or \"site\": nobody's"`
	Frozen   bool    `toml:"frozen" comment:"learn nothing, neither by itself nor from people"`
	Auto     bool    `toml:"auto" comment:"learn by itself from mail that other filters are sure of"`
	AutoSpam float64 `toml:"auto_spam" comment:"score, without this filter's, from which mail is learned as spam by itself"`
	AutoHam  float64 `toml:"auto_ham" comment:"score, without this filter's, up to which mail is learned as wanted by itself"`
	AutoSame int     `toml:"auto_same" comment:"mails a day that are learned by themselves from one network, or one proved domain"`
	AutoMost int     `toml:"auto_most" comment:"mails a day that are learned by themselves in all"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{Least: 20, Scopes: ofSite, Auto: true, AutoSpam: 12, AutoHam: -1.5, AutoSame: 5, AutoMost: 200}
}

func (c *Config) check() error {
	switch {
	case c.Least < 1:
		return fmt.Errorf("least must be 1 or more: from nothing nothing can be told")
	case c.Scopes != ofSite && c.Scopes != ofDomain && c.Scopes != ofRecipient:
		return fmt.Errorf("scopes is %q: it must be \"site\", \"domain\" or \"recipient\"", c.Scopes)
	case c.AutoSpam < 5 || c.AutoHam > 0:
		return fmt.Errorf("auto_spam must be 5 or more, and auto_ham 0 or less: what is not clear teaches mistakes")
	case c.AutoSame < 1 || c.AutoMost < c.AutoSame:
		return fmt.Errorf("auto_same must be 1 or more, and auto_most not less than it; to learn nothing by itself, set auto = false")
	}
	return nil
}

type filter struct {
	Config
	memory  *memory   // nil: there is no store
	own     *opinions // nil: only what holds for all counts
	burst   burst
	explain bool
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{Config: DefaultConfig(), explain: env.Explain}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if err := f.Config.check(); err != nil {
		return nil, err
	}
	if env.Store != nil {
		f.memory = newMemory(env.Store)
		if f.Scopes != ofSite {
			f.own = newOpinions(env.Store)
		}
	}
	return f, nil
}

// Close ends what the filter does in the background.
func (f *filter) Close() error {
	if f.memory != nil {
		f.memory.close()
	}
	f.own.close()
	return nil
}

// Check judges a mail. Where nothing, or not enough, was learned it says so.
func (f *filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	if f.memory == nil || len(m.Raw) == 0 {
		return filters.Result{}, nil
	}
	model, state := f.memory.model(ctx)
	if !state.Known {
		return filters.Result{}, fmt.Errorf("bayes: %w: what was learned is not known yet", filters.ErrStoreDown)
	}
	own := f.own.of(ctx, f.scopeOf(m))
	var r filters.Result
	Tokens(m, func(tokens []bayes.Token) { r = f.judge(m, model, own, tokens) })
	r.Bayes.Stale = state.Stale || own.stale
	return r, nil
}

// judge judges the tokens, by what was learned for all and, if that is enough, by what the recipients taught for themselves.
func (f *filter) judge(m *message.Message, model bayes.Model[filters.View], own opinion, tokens []bayes.Token) filters.Result {
	learned, ours := bayes.LearnedIn(model.Table), own.learned()
	opinion := &filters.Opinion{Learned: filters.LearnedCount(learned)}
	trained, heard := learned.Fewer() >= f.Least, ours.Fewer() >= f.Least
	if !trained && !heard {
		detail := fmt.Sprintf("learned %d wanted and %d spam, %d of each are needed", learned.Ham, learned.Spam, f.Least)
		return filters.Result{Hits: []scoring.Hit{{Name: Untrained, Detail: detail}}, Bayes: opinion}
	}
	var v bayes.Verdict
	if trained {
		v = model.Judge(tokens)
	}
	if opinion.P = &v.P; heard {
		opinion.Own = &filters.OwnOpinion{Learned: filters.LearnedCount(ours)}
		if p := v.P; trained {
			opinion.Own.Site = &p
		}
		v = v.Blend(own.odds(tokens), ours)
	}
	if f.explain {
		opinion.Clues = clues(m, model, tokens)
	}
	return filters.Result{Hits: []scoring.Hit{{Name: symbolOf(v.P), Detail: detailOf(v.P, opinion.Own)}}, Bayes: opinion}
}

// detailOf tells the verdict in words.
func detailOf(p float64, own *filters.OwnOpinion) string {
	switch {
	case own == nil:
		return fmt.Sprintf("p=%.6g", p)
	case own.Site == nil:
		return fmt.Sprintf("p=%.6g by the recipient's own lessons", p)
	}
	return fmt.Sprintf("p=%.6g with the recipient's own lessons, p=%.6g without", p, *own.Site)
}
