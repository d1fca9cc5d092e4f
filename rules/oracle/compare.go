package main

import (
	"path/filepath"
	"runtime"
	"sync"
)

// report is how two engines differ.
type report struct {
	answers []answer // what was expected
	found   []counts // what Weir found, in the same order
	rules   map[string]*tally
}

// tally is how one rule fares.
type tally struct {
	name     string
	expected int   // messages that it should hit
	agree    int   // messages that it hits as it should, as often as it should
	missed   []int // messages that it should have hit
	extra    []int // messages that it should not have hit
	counted  []int // messages that it hits, but not as often as it should
}

// pairs is the number of messages that either side hits.
func (t *tally) pairs() int { return t.agree + t.differ() }

// differ is the number of messages on which the sides differ.
func (t *tally) differ() int { return len(t.missed) + len(t.extra) + len(t.counted) }

// compare judges all messages, on all cores.
func compare(e *engine, folder string, answers []answer) (*report, error) {
	r := &report{answers: answers, found: make([]counts, len(answers)), rules: map[string]*tally{}}
	if err := e.all(folder, answers, r.found); err != nil {
		return nil, err
	}
	for i := range answers {
		r.message(i)
	}
	return r, nil
}

// all judges each message into its place.
func (e *engine) all(folder string, answers []answer, found []counts) error {
	var wait sync.WaitGroup
	next := make(chan int)
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	for w := range workers {
		wait.Go(func() {
			for i := range next {
				hits, err := e.file(filepath.Join(folder, filepath.FromSlash(answers[i].path)))
				if err != nil {
					errs[w] = err
				}
				found[i] = hits
			}
		})
	}
	for i := range answers {
		next <- i
	}
	close(next)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// message notes how the sides differ on one message.
func (r *report) message(i int) {
	for name, want := range r.answers[i].hits {
		t := r.tally(name)
		t.expected++
		switch got := r.found[i][name]; got {
		case want:
			t.agree++
		case 0:
			t.missed = append(t.missed, i)
		default:
			t.counted = append(t.counted, i)
		}
	}
	for name := range r.found[i] {
		if r.answers[i].hits[name] == 0 {
			t := r.tally(name)
			t.extra = append(t.extra, i)
		}
	}
}

func (r *report) tally(name string) *tally {
	t := r.rules[name]
	if t == nil {
		t = &tally{name: name}
		r.rules[name] = t
	}
	return t
}

// sum is how all rules of a sort fare.
type sum struct {
	rules, whole         int // rules that should hit; those of them that agree on every message
	pairs, agree         int // (message, rule) pairs that either side hits; those that agree
	missed, extra, count int
	low                  int // rules with 20 hits or more that agree on less than 99 % of their pairs
}

// sum adds up scored rules, or sub-rules.
func (r *report) sum(subs bool) (s sum) {
	for name, t := range r.rules {
		if isSub(name) != subs {
			continue
		}
		s.pairs, s.agree = s.pairs+t.pairs(), s.agree+t.agree
		s.missed, s.extra, s.count = s.missed+len(t.missed), s.extra+len(t.extra), s.count+len(t.counted)
		if t.expected > 0 {
			s.rules++
			if t.differ() == 0 {
				s.whole++
			}
		}
		if t.expected >= 20 && t.agree*100 < t.pairs()*99 {
			s.low++
		}
	}
	return s
}

// share is the agreement, 0 to 1.
func (s sum) share() float64 {
	if s.pairs == 0 {
		return 1
	}
	return float64(s.agree) / float64(s.pairs)
}
