package serve

import (
	"strings"
	"testing"

	"weir/gateway"
	"weir/gateway/config"
)

// TestAFaultWhileReloadingKeepsTheOldConfig: what panics on a file that an admin has just saved must not end the mail flow.
func TestAFaultWhileReloadingKeepsTheOldConfig(t *testing.T) {
	h := &house{options: Options{Load: func() (*config.Config, *gateway.Snapshot, error) { panic("a fault for the test") }}}
	old := &config.Config{}
	h.config.Store(old)
	err := h.reload()
	if err == nil || !strings.Contains(err.Error(), "a fault for the test") || !strings.Contains(err.Error(), "please report it") {
		t.Errorf("got %v", err)
	}
	if h.config.Load() != old {
		t.Error("the old config is gone")
	}
}
