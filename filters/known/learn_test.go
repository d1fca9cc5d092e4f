package known

import (
	"context"
	"errors"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

func TestWhoAsksForAMailKnowsItsAuthor(t *testing.T) {
	ctx := context.Background()
	mail := func(from string, rcpts ...string) *message.Message {
		m := message.New(message.Envelope{HasFrom: true, From: "bounce@shop.example", Rcpts: rcpts}, message.Options{})
		m.Load([]byte("From: " + from + "\r\n\r\nx\r\n"))
		return m
	}
	bob, ann := "bob@example.net", "Ann <ann@shop.example>"
	proved := filters.NewFindings(nil, []filters.Auth{{Method: "dkim", Value: filters.Pass, Domain: "shop.example"}}, nil)
	for _, c := range []struct {
		name  string
		learn func(filters.Learner) error
		found filters.Findings
		want  string
	}{
		{"nobody asked", func(filters.Learner) error { return nil }, proved, ""},
		{"he asked for it", func(l filters.Learner) error { return l.Learn(ctx, mail(ann, bob), false) }, proved, Sender},
		{"he asked for it, and a forger comes", func(l filters.Learner) error { return l.Learn(ctx, mail(ann, bob), false) }, filters.Findings{}, Unproved},
		{"another one asked for it", func(l filters.Learner) error { return l.Learn(ctx, mail(ann, "joe@example.net"), false) }, proved, House},
		{"he asked, and called it spam later", func(l filters.Learner) error {
			return errors.Join(l.Learn(ctx, mail(ann, bob), false), l.Learn(ctx, mail(ann, bob), true))
		}, proved, ""},
		{"whose mail it was is not known", func(l filters.Learner) error { return l.Learn(ctx, mail(ann), false) }, proved, ""},
		{"it had two authors", func(l filters.Learner) error { return l.Learn(ctx, mail(ann+", jim@shop.example", bob), false) }, proved, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &filtertest.Store{Now: filtertest.Clock(filtertest.Now)}
			f := filtertest.New(t, Spec, "", filters.Env{Clock: s.Now, Store: s})
			if err := c.learn(f.(filters.Learner)); err != nil {
				t.Fatal(err)
			}
			m := mail(ann, bob)
			r, err := f.Check(ctx, m, filtertest.Ask(f, m, c.found, s))
			got := ""
			for _, h := range r.Hits {
				got += h.Name
			}
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	t.Run("what can't be noted is an error", func(t *testing.T) {
		for _, s := range []filters.Store{nil, &filtertest.Store{Now: filtertest.Clock(filtertest.Now), Err: filters.ErrStoreDown}} {
			f := filtertest.New(t, Spec, "", filters.Env{Clock: filtertest.Clock(filtertest.Now), Store: s})
			if err := f.(filters.Learner).Learn(ctx, mail(ann, bob), false); !errors.Is(err, filters.ErrStoreDown) {
				t.Errorf("%v", err)
			}
		}
	})
}
