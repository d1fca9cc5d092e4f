package serve

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/gateway/config"
)

// door is a way in. The house treats all of them alike: it opens their addresses, serves them, and lets them end what
// they are about together when it stops. A door takes settings that a reload may change from the config of the moment.
type door interface {
	// listens gives the setting with the addresses, for errors, and the addresses.
	listens(cfg *config.Config) (key string, addresses []string)
	// words are what a person reads of an address at start: a verb, and what it is for.
	words(a net.Addr) (verb, text string)
	// Serve takes connections until Shutdown or Close, which are no errors.
	Serve(l net.Listener) error
	// Sessions tells how many connections are open.
	Sessions() int
	// Shutdown takes no new work and waits for what is in progress, until ctx ends. Its error says what was cut off.
	Shutdown(ctx context.Context) error
	// Close cuts off what is left.
	Close() error
}

// reloader is a door that takes over settings at a reload. After an error nothing has changed.
type reloader interface {
	reload(cfg *config.Config) error
}

// doors are all that there are. Each maker gives nil where the config has its door closed.
var doors = []func(h *house, cfg *config.Config) (door, error){
	newSMTP,
	newHTTP,
	newMilter,
	newSpamd,
}

// makeDoors makes those that the config has open.
func (h *house) makeDoors(cfg *config.Config) error {
	for _, open := range doors {
		d, err := open(h, cfg)
		if err != nil {
			return err
		}
		if d != nil {
			h.doors = append(h.doors, d)
		}
	}
	return nil
}

// eachDoor tells how many clients are at each door, by the name of its table in the config.
func (h *house) eachDoor(see func(door string, open int)) {
	for _, d := range h.doors {
		key, _ := d.listens(h.config.Load())
		see(doorOf(key), d.Sessions())
	}
}

// doorOf is the table of the config that a setting is in.
func doorOf(key string) string {
	name, _, _ := strings.Cut(key, ".")
	return name
}

// opened is a door with one of its addresses.
type opened struct {
	door
	listener net.Listener
}

type openings []opened

// openDoors opens all addresses, or none.
func (h *house) openDoors(cfg *config.Config) (open openings, err error) {
	for _, d := range h.doors {
		list, err := h.listen(d.listens(cfg))
		if err != nil {
			open.close()
			return nil, err
		}
		for _, l := range list {
			open = append(open, opened{d, l})
		}
	}
	return open, nil
}

func (o openings) close() {
	for _, one := range o {
		_ = one.listener.Close()
	}
}

// serveDoors answers in the background until the doors are shut.
func (h *house) serveDoors(open openings) {
	h.serveHeartbeat()
	for _, o := range open {
		h.running.Go(func() {
			if err := o.Serve(o.listener); err != nil {
				h.log().Error("a listener stopped", "address", o.listener.Addr().String(), "error", err)
			}
		})
	}
}

// shutDoors shuts all at the same time, each when its clients have gone by themselves or it has lingered for long enough.
func (h *house) shutDoors(ctx context.Context, linger time.Duration) {
	var all sync.WaitGroup
	for _, d := range h.doors {
		all.Go(func() {
			if left := lingerAt(ctx, d, linger); left > 0 {
				key, _ := d.listens(h.config.Load())
				h.log().Info("some clients stay longer than Weir waits for them", "door", doorOf(key), "clients", left)
			}
			if err := d.Shutdown(ctx); err != nil {
				h.log().Warn("not everything came to its end", "error", err)
			}
		})
	}
	all.Wait()
}

// reloadDoors lets those that want it take over settings. Only one does, so that all or nothing is kept.
func (h *house) reloadDoors(cfg *config.Config) error {
	for _, d := range h.doors {
		if r, ok := d.(reloader); ok {
			if err := r.reload(cfg); err != nil {
				return err
			}
		}
	}
	return nil
}

// moved lists the settings of addresses that differ: they change only with a restart.
func moved(old, cfg *config.Config) (keys []string) {
	for _, d := range []door{smtpDoor{}, httpDoor{}, milterDoor{}, spamdDoor{}} {
		key, before := d.listens(old)
		if _, now := d.listens(cfg); !slices.Equal(before, now) {
			keys = append(keys, key)
		}
	}
	return keys
}
