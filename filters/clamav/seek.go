package clamav

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"weir/filters"
	"weir/filters/scanner"
)

// seeker looks for a clamd of this machine where the config names none. What answered once is noted in data_dir, so that
// a clamd that is down when Weir starts again, or reloads, is a failure, and not an antivirus that is off.
type seeker struct {
	sockets []string
	dialer  filters.Dialer
	file    string // what answered once; "": not noted
	every   time.Duration

	mu      sync.Mutex
	trouble error // the note can't be written
}

// seekEvery is how often it is looked for a clamd while there is none: it may start later than Weir.
const seekEvery = 30 * time.Second

// seekLimit is for all sockets together, at start.
const seekLimit = 2 * time.Second

func newSeeker(c *Config, env filters.Env) *seeker {
	s := &seeker{sockets: c.Sockets, dialer: env.Dialer, every: seekEvery}
	if env.DataDir != "" {
		s.file = filepath.Join(env.DataDir, "clamav.json")
	}
	return s
}

// run starts found with the sockets that are known or answer, now or later. stop ends the search.
func (s *seeker) run(found func([]scanner.Target)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	if list := s.find(ctx); len(list) > 0 {
		cancel()
		found(list)
		return func() {}
	}
	var done sync.WaitGroup
	done.Go(func() { s.wait(ctx, found) })
	return func() { cancel(); done.Wait() }
}

func (s *seeker) wait(ctx context.Context, found func([]scanner.Target)) {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if list := s.find(ctx); len(list) > 0 {
			found(list)
			return
		}
	}
}

// find gives the sockets that answered once, and those that answer now.
func (s *seeker) find(ctx context.Context) (list []scanner.Target) {
	ctx, cancel := context.WithTimeout(ctx, seekLimit)
	defer cancel()
	known := s.noted()
	all := slices.Clone(known)
	for _, file := range s.sockets {
		if !slices.Contains(all, file) && s.answers(ctx, file) {
			all = append(all, file)
		}
	}
	if len(all) > len(known) {
		s.note(all)
	}
	for _, file := range all {
		list = append(list, scanner.Target{Name: file, Network: "unix", Address: file})
	}
	return list
}

// answers tells whether somebody takes connections, be it a clamd that is too busy to say more, and that no other socket
// of the list is the same one by another name.
func (s *seeker) answers(ctx context.Context, file string) bool {
	if real, err := filepath.EvalSymlinks(file); err != nil || real != file && slices.Contains(s.sockets, real) {
		return false
	}
	c, err := s.dialer.DialContext(ctx, "unix", file)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// noted reads what answered once. A file that can't be read is none: what it said is found anew, if it is there.
func (s *seeker) noted() (list []string) {
	data, err := os.ReadFile(s.file)
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(list, func(file string) bool { return !slices.Contains(s.sockets, file) })
}

// note writes what answered. Where there is no data_dir, as in a scan before Weir ever ran, nothing is written.
func (s *seeker) note(list []string) {
	if s.file == "" {
		return
	}
	data, err := json.Marshal(list)
	if err == nil {
		err = replace(s.file, append(data, '\n'))
	}
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = err
}

func replace(file string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".clamav-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// troubles says that the note can't be written.
func (s *seeker) troubles() []filters.Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble == nil {
		return nil
	}
	return []filters.Trouble{{Subject: "clamd", Kind: "note", Text: fmt.Sprintf("which socket clamd answers on can't be noted (%v): if clamd is down when Weir starts again, antivirus is off. Name the socket in filters.clamav.address", s.trouble)}}
}
