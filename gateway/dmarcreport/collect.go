package dmarcreport

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"

	"weir/filters"
)

// group is what one report is about: a domain's record, and the mails that were judged by it.
type group struct {
	holder string
	policy filters.FeedbackPolicy
	mails  map[string]int // by Feedback, as it is in the stream: mails that are alike are one record
	left   int            // mails that are not among them, since there were too many kinds
}

// Bounds of what is held in memory at a time.
const (
	maxKinds  = 20_000 // kinds of mails in one report
	maxGroups = 4      // records that one domain had within a day
	perPass   = 50_000 // notes of which the domains of one pass are about
	readAt    = 1000   // notes read at once
)

// day is the time that a report is about.
type day struct{ begin, end time.Time }

func dayOf(t time.Time) day {
	begin := t.UTC().Truncate(24 * time.Hour)
	return day{begin, begin.Add(24 * time.Hour)}
}

func (d day) String() string { return d.begin.Format(time.DateOnly) }

// each calls do for every note of a day.
func each(ctx context.Context, store filters.Store, d day, do func(data []byte)) error {
	at := filters.Position{Time: uint64(d.begin.UnixMilli()) - 1, Number: math.MaxUint64}
	end := uint64(d.end.UnixMilli())
	for {
		var b filters.Batch
		r := b.Read(filters.FeedbackStream, at, readAt)
		if err := store.Do(ctx, &b); err != nil {
			return err
		}
		for _, n := range r.Notes {
			if n.At.Time >= end {
				return nil
			}
			do(n.Data)
			at = n.At
		}
		if len(r.Notes) < readAt {
			return ctx.Err()
		}
	}
}

// passes tells in how many parts a day has to be read, so that memory stays bounded.
func passes(ctx context.Context, store filters.Store, d day) (int, error) {
	notes := 0
	err := each(ctx, store, d, func([]byte) { notes++ })
	if notes == 0 {
		return 0, err
	}
	return 1 + notes/perPass, err
}

// collect reads the domains of one pass out of several, sorted by name.
func collect(ctx context.Context, store filters.Store, d day, pass, of int) ([]*group, error) {
	found := map[string][]*group{}
	err := each(ctx, store, d, func(data []byte) {
		var f filters.Feedback
		if json.Unmarshal(data, &f) != nil || f.Holder == "" || !f.Client.IsValid() || share(f.Holder, of) != pass {
			return
		}
		list := found[f.Holder]
		g := match(list, &f)
		if g == nil {
			g = &group{holder: f.Holder, policy: f.Policy, mails: map[string]int{}}
			found[f.Holder] = append(list, g)
		}
		g.add(data)
	})
	return sorted(found), err
}

// share tells in which pass a domain is.
func share(holder string, of int) int {
	h := fnv.New32a()
	h.Write([]byte(holder))
	return int(h.Sum32() % uint32(of))
}

// match finds the group of a mail. A record that changes all the time does not make reports without end.
func match(list []*group, f *filters.Feedback) *group {
	for _, g := range list {
		if samePolicy(&g.policy, &f.Policy) {
			return g
		}
	}
	if len(list) == maxGroups {
		return list[maxGroups-1]
	}
	return nil
}

func samePolicy(a, b *filters.FeedbackPolicy) bool {
	x, y := *a, *b
	x.Pct, y.Pct = nil, nil
	return x == y && (a.Pct == nil) == (b.Pct == nil) && (a.Pct == nil || *a.Pct == *b.Pct)
}

func (g *group) add(data []byte) {
	if _, known := g.mails[string(data)]; !known && len(g.mails) == maxKinds {
		g.left++
		return
	}
	g.mails[string(data)]++
}

func sorted(found map[string][]*group) (all []*group) {
	for _, list := range found {
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b *group) int { return strings.Compare(a.holder, b.holder) })
	return all
}
