package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"

	"weir/gateway/handover"
	"weir/gateway/sockets"
	"weir/gateway/systemd"
)

// Inheritance is what a process is started with: sockets, and who hands them over. The zero value is nothing.
type Inheritance struct {
	Sockets *sockets.Set     // that were handed over; nil: none
	Elder   *handover.Elder  // the process to take over from; nil: there is none
	Manager *systemd.Manager // who wants to know how we are; nil: nobody
	Program string           // what SIGUSR2 starts to take over; "": nothing
	Args    []string         // its arguments
}

// Inherit gives what this process was started with. It is to be called once, before anything is opened.
func Inherit() (i Inheritance, err error) {
	i.Manager, i.Args = systemd.Find(), os.Args[1:]
	if i.Program, err = os.Executable(); err != nil { // by the name that a newer version gets as well
		i.Program = os.Args[0]
	}
	if i.Elder, i.Sockets, err = handover.FromElder(); err == nil && i.Elder == nil {
		i.Sockets, err = sockets.FromSystemd()
	}
	return i, err
}

// listen opens the addresses of a setting, or finds them among the sockets that were handed over.
func (h *house) listen(key string, addresses []string) ([]net.Listener, error) {
	list, unused, err := h.sockets.Listen(key, addresses)
	for _, a := range unused {
		h.log().Warn("an address is not listened on: the service manager's socket unit says where this door is", "key", key, "address", a)
	}
	return list, err
}

// takeOver tells the elder, if there is one, that it may go.
func (h *house) takeOver() {
	for _, text := range h.sockets.Rest() {
		h.log().Error("a socket was handed over that no open door wants: it is closed", "socket", text)
	}
	elder := h.options.From.Elder
	if elder == nil {
		return
	}
	if err := elder.Ready(); err != nil {
		h.log().Warn("the process before this one has ended without a word", "error", err)
	}
	go func() {
		<-elder.Gone()
		h.ledger.Alone()
		h.log().Info("the process before this one has ended")
	}()
}

// succession is a heir on its way. The zero value is none.
type succession struct {
	done   chan error // nil: it has taken over
	cancel context.CancelFunc
}

// heirPatience is how long a new process may need until it takes connections.
const heirPatience = time.Minute

// begin starts a heir, unless one is on its way.
func (s *succession) begin(ctx context.Context, h *house) {
	if s.done != nil {
		return
	}
	s.done = make(chan error, 1)
	ctx, s.cancel = context.WithTimeout(ctx, heirPatience)
	done := s.done
	h.running.Go(func() { done <- h.succeed(ctx) })
}

// abandon ends a heir that has not taken over. true: it has, just now; then the sockets and the store are its.
func (s *succession) abandon() (late bool) {
	if s.done == nil {
		return false
	}
	s.cancel()
	return <-s.done == nil
}

var errNoProgram = errors.New("it is not known which program to start")

// succeed starts the program anew and waits until that takes connections.
func (h *house) succeed(ctx context.Context) error {
	from := h.options.From
	if from.Program == "" {
		return errNoProgram
	}
	h.log().Info("upgrading: a new process is started to take over", "program", from.Program)
	h.ledger.Share()
	heir, err := handover.Begin(from.Program, from.Args, h.sockets)
	if err != nil {
		return err
	}
	state := h.options.State
	if err := heir.Await(ctx, handover.Steps{Release: state.release, Serving: state.follow}); err != nil {
		return err
	}
	h.tellManager(from.Manager.Main(heir.PID()))
	return heir.Yours()
}

// stay goes on after a heir has failed.
func (h *house) stay(why error, changes *fsnotify.Watcher) {
	h.ledger.Alone()
	if err := h.options.State.takeBack(); err != nil {
		why = fmt.Errorf("%w; and the store can't be opened again: %w", why, err)
	}
	h.log().Error("the upgrade failed: this process goes on", "error", why)
	h.tryReload("what is in memory of the store is read again", changes)
}

// retire ends what this process has begun, after a heir has taken over.
func (h *house) retire() error {
	h.log().Info("a new process has taken over")
	h.sockets.Retire()
	h.stopMetrics()
	return h.drain(h.config.Load().SMTP.Timeouts.Drain.D())
}

// lingerer is a door that lets its clients know in its own way that they should go when they are done.
type lingerer interface{ Linger() }

// lingerAt waits until a door's clients have gone by themselves, for as long as limit says. One that was accepted in the
// very moment when our share of the socket was given up may not be counted at once: the door is looked at twice. It gives
// how many are left.
func lingerAt(ctx context.Context, d door, limit time.Duration) int {
	if limit <= 0 {
		return 0
	}
	if l, ok := d.(lingerer); ok {
		l.Linger()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for empty := 0; empty < 2; {
		select {
		case <-ctx.Done():
			return d.Sessions()
		case <-tick.C:
		}
		if empty++; d.Sessions() > 0 {
			empty = 0
		}
	}
	return 0
}

// status is what `systemctl status` shows.
func (h *house) status() string {
	return "version " + h.options.Version
}

// tellManager notes that the service manager can't be told something.
func (h *house) tellManager(err error) {
	if err != nil {
		h.log().Warn("the service manager was not told", "error", err)
	}
}
