package filters_test

import (
	"context"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
)

func TestAReadOnlyStoreIsReadAndNotChanged(t *testing.T) {
	now := time.Now()
	s := &filtertest.Store{Now: func() time.Time { return now }}
	f := &filters.Family{Name: "test", TTL: time.Hour, Budget: 100}
	name := filters.Name{What: "x"}
	var fill filters.Batch
	fill.Count(f, name, 0, 3)
	if err := s.Do(context.Background(), &fill); err != nil {
		t.Fatal(err)
	}
	var b filters.Batch
	count := b.Count(f, name, 0, 5)
	b.Seen(f, filters.Name{What: "new"})
	b.Keep(f, filters.Name{What: "kept"}, []byte("x"))
	b.Join(f, filters.Name{What: "set"}, 1)
	b.Take(f, filters.Name{What: "bucket"}, 1, 1, 1)
	b.Drop(f, name)
	learn := b.Learn(nil, nil, nil)
	if err := (filters.ReadOnly{Store: s}).Do(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	var again filters.Batch
	left := again.Count(f, name, 0)
	if err := s.Do(context.Background(), &again); err != nil || len(left.Values) != 1 {
		t.Errorf("afterwards the counter is %v, %v", left.Values, err)
	}
	if s.Len("") != 1 || len(count.Values) != 1 || count.Values[0] != 3 || learn.Err == nil {
		t.Errorf("%d entries, counter %v, learn %v; want 1, [3] and an error", s.Len(""), count.Values, learn.Err)
	}
}
