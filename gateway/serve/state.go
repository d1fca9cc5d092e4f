package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"weir/filters"
	"weir/gateway/config"
	"weir/gateway/handover"
	"weir/gateway/resolver"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/control"
)

// State is what the gateway remembers, and its way to the DNS with what it has heard there: opened once, by the first
// config, and kept over reloads. The zero value is ready.
type State struct {
	Elder *handover.Elder // whose store this process takes over; nil: there is none

	mu     sync.Mutex
	state  *moving
	config *config.Config // that the store was opened with
	away   bool           // the store is with the heir
	left   time.Time      // when it was let go of
	dns    *resolver.Resolver
	door   *control.Server
	house  atomic.Pointer[house] // who is told of trouble; nil before the gateway runs
	begins []trouble             // what came before that
}

type trouble struct {
	kind string
	err  error
}

// Open opens the store of a config, or gives the one that is open.
func (s *State) Open(cfg *config.Config) (filters.Store, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != nil {
		return s.state, nil
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data_dir: nothing can be kept in %q: %w (start Weir in another folder, or name one with --data-dir)", cfg.DataDir, plainPath(err))
	}
	if s.Elder != nil {
		if err := s.Elder.AskForStore(); err != nil {
			return nil, err
		}
	}
	state, err := s.open(cfg)
	if err != nil {
		return nil, err
	}
	s.state, s.config = &moving{now: state}, cfg
	return s.state, nil
}

func (s *State) open(cfg *config.Config) (store.State, error) {
	state, err := store.Open(cfg.Store, cfg.DataDir, backend.Hooks{Batch: s.batch, Trouble: s.trouble})
	if err != nil {
		return nil, fmt.Errorf("[store]: %w", err)
	}
	return state, nil
}

// plainPath takes the path out of a file error, since it is in the sentence already.
func plainPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// serve lets commands in at the control socket, and tells h of trouble from now on.
func (s *State) serve(h *house, cfg *config.Config) error {
	if s == nil {
		return nil
	}
	s.house.Store(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dns != nil {
		h.metrics.SetResolver(s.dns.Stats)
	}
	for _, t := range s.begins {
		h.storeTrouble(t.kind, t.err)
	}
	if s.state == nil {
		return nil
	}
	if err := s.listen(cfg); err != nil {
		return err
	}
	return s.inform(cfg)
}

// listen opens the control socket, if the config wants one.
func (s *State) listen(cfg *config.Config) error {
	path := cfg.Store.ControlPath(cfg.DataDir)
	if path == "" {
		return nil
	}
	door, err := control.Listen(path, s.state)
	if err != nil {
		return fmt.Errorf(`store.control: %w; store.control = "off" does without`, err)
	}
	s.door = door
	return nil
}

// batch is told of each batch.
func (s *State) batch(took time.Duration, _ int, err error) {
	if h := s.house.Load(); h != nil {
		h.metrics.Store(took, err)
	}
}

// trouble is told when a kind of trouble begins and ends. It must not lock while Open does.
func (s *State) trouble(kind string, err error) {
	if h := s.house.Load(); h != nil {
		h.storeTrouble(kind, err)
		return
	}
	go func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if h := s.house.Load(); h != nil {
			h.storeTrouble(kind, err)
			return
		}
		s.begins = append(s.begins[:min(len(s.begins), 10)], trouble{kind, err})
	}()
}

func (h *house) storeTrouble(kind string, err error) {
	h.metrics.StoreTrouble(kind, err != nil)
	if err != nil {
		h.log().Error("the store is in trouble: mail is judged without what it knows", "kind", kind, "error", err)
		return
	}
	h.log().Info("the store is well again", "kind", kind)
}

// Close ends the control socket and closes the store.
func (s *State) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.door != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_ = s.door.Close(ctx)
		cancel()
		s.door = nil
	}
	if s.dns != nil {
		_ = s.dns.Close()
		s.dns = nil
	}
	if s.state == nil {
		return nil
	}
	err := s.state.Close()
	s.state = nil
	return err
}
