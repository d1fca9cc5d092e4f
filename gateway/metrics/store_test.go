package metrics

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTroubleOfTheStoreShowsAndEnds(t *testing.T) {
	m := New("test")
	m.Store(time.Millisecond, nil)
	m.Store(time.Second, errors.New("down"))
	m.StoreTrouble("down", true)
	m.StoreTrouble("full", true)
	m.StoreTrouble("full", false)
	_, body, _ := get(t, m.Handler(DefaultConfig()), "GET", "/metrics")
	for _, want := range []string{`weir_store_seconds_count{result="ok"} 1`, `weir_store_seconds_count{result="failed"} 1`,
		`weir_store_trouble{kind="down"} 1`, `weir_store_trouble{kind="full"} 0`} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
}
