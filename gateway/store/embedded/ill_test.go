package embedded

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/gateway/store/storetest"
)

// TestWhatIsNotInTheFileIsNotKnownAlready: a lesson that could not be written is in memory, to be written later. Who
// teaches the same again must not hear that it is kept.
func TestWhatIsNotInTheFileIsNotKnownAlready(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"), storetest.NewMachine(storetest.Start))
	tab := &filters.Table{Name: "words", Cells: 100, Marks: filters.Family{TTL: time.Hour, Budget: 100}}
	name := filters.Name{What: "mail"}
	learn := func() error {
		var b filters.Batch
		b.Learn(tab, []filters.Mark{{Name: name, To: "spam"}}, []filters.Delta{{Index: 1, Add: 1}})
		return s.Do(context.Background(), &b)
	}
	known := func() ([]string, error) {
		var b filters.Batch
		m := b.Marked(tab, []filters.Name{name})
		err := errors.Join(s.Do(context.Background(), &b), m.Failure())
		return m.Present, err
	}
	unwritable := func(is bool) { // an empty key is refused, and the transaction with it
		s.mu.Lock()
		defer s.mu.Unlock()
		if delete(s.dirty.meta, ""); is {
			s.dirty.meta[""] = []byte("x")
		}
	}
	unwritable(true)
	if err := learn(); !errors.Is(err, filters.ErrNotKept) {
		t.Fatalf("the file can't be written, and a lesson ends with %v", err)
	}
	if _, err := known(); !errors.Is(err, filters.ErrNotKept) {
		t.Errorf("while it can't, what is known ends with %v", err)
	}
	unwritable(false)
	for range 2 {
		if got, err := known(); err != nil || !cmp.Equal(got, []string{"spam"}) {
			t.Errorf("when it can again: %q, %v", got, err)
		}
	}
}
