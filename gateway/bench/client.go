package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"weir/gateway/realtest"
)

// client sends the bench messages with the load generator of the shared folder, which is built at run time.
type client struct {
	loadgen  string
	messages string // folder with ham and spam
	limit    int
	book     *book
}

// load is how the client sends: sessions at once, and messages a connection.
type load struct {
	sessions, perConnection int
}

var loads = []load{{1, 1}, {1, 50}, {4, 1}, {4, 50}}

func (l load) String() string {
	if l.perConnection == 1 {
		return fmt.Sprintf("%d session(s), a connection a message", l.sessions)
	}
	return fmt.Sprintf("%d session(s), %d messages a connection", l.sessions, l.perConnection)
}

// sample is the load generator's report of one run.
type sample struct {
	Messages int     `json:"n"`
	Errors   int     `json:"errors"`
	FirstErr string  `json:"first_error"`
	Rate     float64 `json:"msgs_per_s"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Procs    map[string]struct {
		CPU float64 `json:"cpu_ms"` // a message, with all descendants
	} `json:"procs"`
	Actions map[string]int `json:"actions"`
}

// cpu is the system's own; 0 for the sink alone.
func (s sample) cpu() float64 { return s.Procs["system"].CPU }

func newClient(ctx context.Context, work string, limit int) (*client, error) {
	peers, err := realtest.SharedPath("peers")
	if err != nil {
		return nil, fmt.Errorf("the bench messages and the client are in the shared folder: %w", err)
	}
	corpus, err := realtest.SharedPath("corpora", "spamassassin")
	if err != nil {
		return nil, err
	}
	c := &client{loadgen: filepath.Join(work, "loadgen"), messages: filepath.Join(work, "corpus", "bench"), limit: limit}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", c.loadgen, ".")
	build.Dir = filepath.Join(peers, "loadgen")
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("loadgen does not build: %w: %s", err, out)
	}
	split := exec.CommandContext(ctx, "python3", filepath.Join(peers, "split.py"), corpus, filepath.Join(work, "corpus"))
	if out, err := split.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("split.py (needs python3): %w: %s", err, out)
	}
	c.book, err = newBook(c.messages)
	return c, err
}

// send sends the messages once, to be accepted and found at the sink, each of them.
func (c *client) send(ctx context.Context, s *system, l load, warm int) (r sample, err error) {
	c.book.reset()
	if r, err = c.load(ctx, s, l, warm); err != nil {
		return r, err
	}
	if r.Errors > 0 || r.Actions["accepted"] != r.Messages {
		return r, fmt.Errorf("%s: of %d messages %v, %d errors: %s", s.name, r.Messages, r.Actions, r.Errors, r.FirstErr)
	}
	return r, c.book.check(s.name, r.Messages, warm)
}

// load sends the messages once, whatever becomes of them.
func (c *client) load(ctx context.Context, s *system, l load, warm int) (r sample, err error) {
	args := []string{"-json", "-mode", "smtp", "-addr", s.addr, "-dir", c.messages, "-max", strconv.Itoa(c.limit),
		"-c", strconv.Itoa(l.sessions), "-per", strconv.Itoa(l.perConnection), "-warm", strconv.Itoa(warm)}
	if s.pid != 0 {
		args = append(args, "-pids", fmt.Sprintf("system=%d", s.pid))
	}
	out, err := exec.CommandContext(ctx, c.loadgen, args...).Output()
	if err != nil {
		return r, fmt.Errorf("loadgen: %w: %s", err, out)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("loadgen's report: %w", err)
	}
	return r, nil
}
