package serve

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"weir/gateway/config"
	"weir/gateway/store"
	"weir/gateway/store/control"
)

// The embedded file and the control socket belong to one process at a time, so they move to the heir before it takes
// connections: what this process still has to do with the store, it does through the heir's socket. A store on Redis is
// open to both.

// inform tells the elder where the store can be reached now. Where the config has no control socket, there is one until
// the elder has ended.
func (s *State) inform(cfg *config.Config) error {
	if s.Elder == nil {
		return nil
	}
	path := cfg.Store.ControlPath(cfg.DataDir)
	if path == "" {
		path = filepath.Join(cfg.DataDir, "handover.sock")
		door, err := control.Listen(path, s.state)
		if err != nil {
			return err
		}
		go func() {
			<-s.Elder.Gone()
			closeControl(door)
		}()
	}
	return s.Elder.Serving(path)
}

func closeControl(door *control.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = door.Close(ctx)
}

// movable tells whether there is a file to hand over.
func (s *State) movable() bool { return s.state != nil && len(s.config.Store.Redis) == 0 }

// release lets go of control socket and file, for the heir.
func (s *State) release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.door != nil {
		closeControl(s.door)
		s.door = nil
	}
	s.away, s.left = true, time.Now()
	if s.movable() {
		return s.state.pause()
	}
	return nil
}

// follow reaches the store through the heir from now on.
func (s *State) follow(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.movable() {
		s.state.resume(control.Dial(path))
		if h := s.house.Load(); h != nil {
			h.log().Info("the new process has the store: filters go on", "ms", time.Since(s.left).Milliseconds())
		}
	}
	return nil
}

// takeBackFor is how long takeBack tries: a command may have opened the file while nobody had it.
const takeBackFor = 30 * time.Second

// takeBack undoes release and follow, when the heir has failed.
func (s *State) takeBack() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.away || s.state == nil {
		return nil
	}
	s.away = false
	if s.movable() {
		_ = s.state.pause() // a way to the heir, or nothing
		again, err := s.reopen()
		if err != nil {
			return err
		}
		s.state.resume(again)
	}
	return s.listen(s.config)
}

func (s *State) reopen() (state store.State, err error) {
	for end := time.Now().Add(takeBackFor); ; time.Sleep(100 * time.Millisecond) {
		if state, err = s.open(s.config); !errors.Is(err, store.ErrInUse) || time.Now().After(end) {
			return state, err
		}
	}
}
