package doors

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/gateway"
	"weir/gateway/scan"
)

// scanned is weir scan with its flags, on standard input.
type scanned struct {
	t     *testing.T
	house *house
}

func openScan(t *testing.T, h *house) entrance { return scanned{t, h} }

func (s scanned) send(m *mail) error {
	e := scan.Envelope{Client: m.env.Client, Helo: m.env.Helo, Rcpts: m.env.Rcpts}
	if m.env.HasFrom {
		e.From = &m.env.From
	}
	var out, errs bytes.Buffer
	o := scan.Options{Paths: []string{"-"}, Format: "message", JSON: true, Envelope: e, In: bytes.NewReader(m.raw), Out: &out, Err: &errs}
	code := scan.Run(context.Background(), o, scan.Through(s.house.Gateway, e))
	var printed gateway.Report
	if err := json.Unmarshal(out.Bytes(), &printed); err != nil {
		return fmt.Errorf("exit code %d, %w: %s %s", code, err, out.Bytes(), errs.Bytes())
	}
	s.house.watch.mu.Lock()
	defer s.house.watch.mu.Unlock()
	for _, r := range s.house.watch.reports {
		if diff := cmp.Diff(plain(s.t, r), plain(s.t, &printed)); diff != "" {
			return fmt.Errorf("what it prints is not the report:\n%s", diff)
		}
	}
	return nil
}
