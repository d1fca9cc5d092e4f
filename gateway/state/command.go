// Package state is `weir state`: it shows what is stored and whether all of it has an end, and it writes and reads
// backups, which is also the way from one kind of store to the other.
//
// Beside a running gateway all of it goes through that gateway (package control), so that backups need no pause.
package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/term"

	"weir/filters"
	"weir/gateway/config"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/control"
)

// The exit codes of weir state.
const (
	ExitDone    = 0
	ExitProblem = 1 // something is stored that has neither an end nor a budget
	ExitUsage   = 2 // the command line or the config is wrong, or there is no such state: nothing was done
	ExitPartial = 3 // the store or a file failed on the way
)

// House is what the command line's main lends the commands.
type House struct {
	Filters  []filters.Spec
	In       io.Reader
	Out, Err io.Writer
}

// Place says whose state it is, as all commands take it.
type Place struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	State  string `type:"path" placeholder:"PATH" help:"Where the state is (instead of the config's data_dir)."`
}

// errNone says that there is no state to look at. Looking for it must not make one.
var errNone = errors.New("there is no state")

// opened is a state and where it is.
type opened struct {
	store.State
	file string // the embedded file; "" for Redis
}

// with opens the state and closes it after work. make: it may be made where there is none.
func (p *Place) with(h House, make bool, work func(*opened) int) int {
	cfg, err := p.load(h.Filters)
	if err != nil {
		return complain(h.Err, ExitUsage, err)
	}
	s := &opened{}
	if len(cfg.Store.Redis) == 0 {
		s.file = cfg.Store.File(cfg.DataDir)
		if _, err := os.Stat(s.file); errors.Is(err, fs.ErrNotExist) && !make {
			return complain(h.Err, ExitUsage, fmt.Errorf("%w at %s: name the config with --config, or the folder with --state", errNone, s.file))
		}
	}
	if s.State, err = control.Open(cfg.Store, cfg.DataDir); err != nil {
		return complain(h.Err, ExitUsage, err)
	}
	code := work(s)
	if err := s.Close(); err != nil {
		return complain(h.Err, ExitPartial, fmt.Errorf("the state can't be closed: %w", err))
	}
	return code
}

// load reads the config.
func (p *Place) load(specs []filters.Spec) (*config.Config, error) {
	var flags []config.Flag
	if p.State != "" {
		flags = append(flags, config.Flag{Name: "--state", Key: "data_dir", Value: p.State})
	}
	return config.Load(p.Config, specs, flags...)
}

// complain tells a person and gives the exit code.
func complain(to io.Writer, code int, err error) int {
	fmt.Fprintf(to, "weir: %v\n", err)
	return code
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// entries counts what is stored; a table that anything was learned into counts as one.
func entries(ctx context.Context, s store.State) (n int64, err error) {
	stats, err := s.Stats(ctx)
	for _, st := range stats {
		switch st.Kind {
		case backend.Own:
		case backend.TableKind:
			n += min(st.Entries, 1)
		default:
			n += st.Entries
		}
	}
	return n, err
}
