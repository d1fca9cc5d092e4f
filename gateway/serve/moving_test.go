package serve

import (
	"context"
	"errors"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/config"
)

// TestAStoreMovesAndComesBack lets go of a store, as for a heir that then fails.
func TestAStoreMovesAndComesBack(t *testing.T) {
	cfg := config.Default()
	cfg.DataDir = t.TempDir()
	s := &State{}
	defer s.Close()
	state, err := s.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f := &filters.Family{Name: "test", TTL: time.Hour, Budget: 100}
	note := func(ctx context.Context) error {
		var b filters.Batch
		b.Seen(f, filters.Name{What: "x"})
		return state.Do(ctx, &b)
	}
	if err := errors.Join(note(context.Background()), s.release()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := note(ctx); !errors.Is(err, filters.ErrStoreDown) {
		t.Errorf("while nobody has it: %v", err)
	}
	heir := &State{} // the file is free
	if _, err := heir.Open(cfg); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() { waited <- note(context.Background()) }()
	if err := errors.Join(heir.Close(), s.takeBack(), <-waited); err != nil {
		t.Fatal(err)
	}
	var look filters.Batch
	seen := look.Look(f, filters.Name{What: "x"})
	if err := state.Do(context.Background(), &look); err != nil || seen.Times != 2 {
		t.Errorf("it was seen %d times, %v", seen.Times, err)
	}
}
