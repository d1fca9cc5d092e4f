package clamav

import (
	"strings"
	"testing"
	"time"

	"github.com/baruwa-enterprise/clamd"
)

// libraryScan has a mail scanned by the library's own client.
func libraryScan(t *testing.T, socket string) ([]*clamd.Response, error) {
	t.Helper()
	c, err := clamd.NewClient("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	c.SetCmdTimeout(10 * time.Second)
	return c.ScanReader(t.Context(), strings.NewReader(letter))
}
