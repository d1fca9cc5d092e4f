package scan

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"weir/filters"
)

func TestAScanMakesNoState(t *testing.T) {
	var out, err bytes.Buffer
	c := Command{Paths: []string{"-"}, State: t.TempDir(), Format: "auto", Colour: "never"}
	code := c.Run(context.Background(), House{In: strings.NewReader("Subject: x\r\n\r\nx\r\n"), Out: &out, Err: &err,
		Env: func(now func() time.Time, _ bool) filters.Env { return filters.Env{Clock: now} }})
	if code != ExitUsage || !strings.Contains(err.String(), "no state in") {
		t.Errorf("exit code %d: %s", code, err.String())
	}
}
