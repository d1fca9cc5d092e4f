package bayes

import (
	"sync"

	"weir/filters"
)

// burst counts what this gateway took of the caps. The store's answer, which a mail got before it was judged, does not
// show what mails beside it took meanwhile: without this, all that are under way at once would find the same rest and
// take it (case F01). Its zero value is empty.
type burst struct {
	mu    sync.Mutex
	taken map[filters.Name]float64
}

// maxTaken bounds the sources. When they are forgotten, mails under way may take a few more.
const maxTaken = 10_000

// before tells what was taken of each source until now.
func (u *burst) before(sources []filters.Name) []float64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := make([]float64, len(sources))
	for i, s := range sources {
		list[i] = u.taken[s]
	}
	return list
}

// take takes one of each source, if each has one left by the store's answer less what was taken since.
func (u *burst) take(a *asked) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i, s := range a.sources {
		if a.left[i].Left-(u.taken[s]-a.before[i]) < 1 {
			return false
		}
	}
	if u.taken == nil || len(u.taken) > maxTaken {
		u.taken = map[filters.Name]float64{}
	}
	for _, s := range a.sources {
		u.taken[s]++
	}
	return true
}
