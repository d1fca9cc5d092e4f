package filters

import (
	"context"
	"testing"
	"time"
)

func TestEarlyLeavesTimeToSaySo(t *testing.T) {
	for left, want := range map[time.Duration]time.Duration{100 * time.Second: 500 * time.Millisecond, 2 * time.Second: 200 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		defer cancel()
		early, end := Early(ctx)
		defer end()
		theirs, _ := ctx.Deadline()
		ours, ok := early.Deadline()
		if got := theirs.Sub(ours); !ok || got > want || got < want/2 { // a busy machine has less left
			t.Errorf("%v: ends %v before, want %v", left, got, want)
		}
	}
}

func TestEarlyWithoutAnEnd(t *testing.T) {
	ctx, cancel := Early(context.WithoutCancel(t.Context()))
	if _, ok := ctx.Deadline(); ok || ctx.Err() != nil {
		t.Error("it ends")
	}
	if cancel(); ctx.Err() == nil {
		t.Error("it does not end")
	}
}
