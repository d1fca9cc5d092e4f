package serve

import (
	"cmp"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/http"
	"weir/gateway/log"
	"weir/gateway/metrics"
	"weir/gateway/quarantine"
	"weir/gateway/relay"
	"weir/gateway/sockets"
)

// house is all parts of a running gateway.
type house struct {
	options     Options
	config      atomic.Pointer[config.Config]
	logger      atomic.Pointer[slog.Logger]
	metrics     *metrics.Metrics
	tally       *http.Tally
	gateway     *gateway.Gateway
	routes      *routes
	quarantine  *quarantine.Store // nil: none
	ledger      *relay.Ledger
	doors       []door
	sockets     *sockets.Set
	pulse       chan struct{} // taken by the loop that serves signals, to show that it does
	heartbeat   *memory       // a way into the SMTP door for the heartbeat; nil: it is closed
	stopMetrics func()
	running     sync.WaitGroup
}

func (h *house) log() *slog.Logger { return h.logger.Load() }

// build makes all parts; nothing listens yet.
func build(cfg *config.Config, snap *gateway.Snapshot, o Options) (*house, error) {
	h := &house{options: o, metrics: metrics.New(o.Version), tally: http.NewTally(o.Version), stopMetrics: func() {}, pulse: make(chan struct{}), sockets: cmp.Or(o.From.Sockets, &sockets.Set{})}
	h.config.Store(cfg)
	h.logger.Store(log.New(o.Log, cfg.Log))
	h.gateway = gateway.New(snap, watcher{h})
	h.metrics.Lookouts(h.gateway.Lookouts)
	if err := h.openFiles(cfg); err != nil {
		h.close()
		return nil, err
	}
	router, err := relay.New(relay.Config{Hops: cfg.NextHops}, relay.Options{Hostname: cfg.Name(), Hooks: h.hooks()})
	if err != nil {
		h.close()
		return nil, err
	}
	h.routes = newRoutes(router)
	h.tellHops(cfg, router)
	if err := h.makeDoors(cfg); err != nil {
		h.close()
		return nil, err
	}
	h.metrics.Doors(h.eachDoor)
	return h, nil
}

// tellHops names the next hops that readiness depends on: none, where no door sends mail on.
func (h *house) tellHops(cfg *config.Config, r *relay.Router) {
	if len(cfg.SMTP.Listen) > 0 {
		h.metrics.SetHops(r.Hops())
	}
}

// openFiles opens quarantine and ledger.
func (h *house) openFiles(cfg *config.Config) (err error) {
	if cfg.Quarantine.Dir != "" {
		if h.quarantine, err = quarantine.Open(cfg.Quarantine); err != nil {
			return err
		}
	}
	open := relay.OpenLedger
	if h.options.From.Elder != nil {
		open = relay.JoinLedger
	}
	h.ledger, err = open(filepath.Join(cfg.DataDir, "ledger"), func(err error) {
		h.log().Error("the ledger of partial deliveries can't be written: a restart may cause duplicates", "error", err)
	})
	return err
}

// close ends what is left, in the order of use.
func (h *house) close() {
	for _, d := range h.doors {
		_ = d.Close()
	}
	h.stopMetrics()
	h.running.Wait()
	h.gateway.Close()
	if h.routes != nil {
		h.routes.close()
	}
	if h.ledger != nil {
		_ = h.ledger.Close()
	}
	if h.quarantine != nil {
		_ = h.quarantine.Close()
	}
}

// loadAgain is Load for a running gateway: a fault in reading a file must not end what runs well with the old one.
func (h *house) loadAgain() (cfg *config.Config, snap *gateway.Snapshot, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a fault of Weir itself while it read the files, please report it: %v\n%s", p, debug.Stack())
		}
	}()
	return h.options.Load()
}

// reload takes over a new config, or keeps the old one whole.
func (h *house) reload() error {
	cfg, snap, err := h.loadAgain()
	if err != nil {
		return err
	}
	old := h.config.Load()
	router, err := h.reroute(old, cfg)
	if err == nil {
		err = h.reloadDoors(cfg)
	}
	if err != nil {
		gateway.New(snap, nil).Close()
		if router != nil {
			_ = router.Close()
		}
		return err
	}
	h.config.Store(cfg)
	h.logger.Store(log.New(h.options.Log, cfg.Log))
	h.gateway.Reload(snap)
	h.options.State.reload(cfg)
	if router != nil {
		h.routes.replace(router)
		h.tellHops(cfg, router)
	}
	for _, key := range needRestart(old, cfg) {
		h.log().Warn("this setting changes only with a restart", "key", key)
	}
	return nil
}

// reroute makes new next hops where their settings changed; nil: they did not.
func (h *house) reroute(old, cfg *config.Config) (*relay.Router, error) {
	if fmt.Sprintf("%+v %s", old.NextHops, old.Name()) == fmt.Sprintf("%+v %s", cfg.NextHops, cfg.Name()) {
		return nil, nil
	}
	return relay.New(relay.Config{Hops: cfg.NextHops}, relay.Options{Hostname: cfg.Name(), Hooks: h.hooks()})
}

// needRestart lists changed settings that a reload does not take over.
func needRestart(old, cfg *config.Config) (keys []string) {
	for _, s := range []struct {
		key     string
		changed bool
	}{
		{"smtp.spool_dir", old.SMTP.SpoolDir != cfg.SMTP.SpoolDir},
		{"smtp.spool_memory", old.SMTP.SpoolMemory != cfg.SMTP.SpoolMemory},
		{"metrics", old.Metrics != cfg.Metrics},
		{"http", httpRestart(&old.HTTP, &cfg.HTTP)},
		{"milter", milterRestart(&old.Milter, &cfg.Milter)},
		{"spamd", spamdRestart(&old.Spamd, &cfg.Spamd)},
		{"quarantine.dir", old.Quarantine.Dir != cfg.Quarantine.Dir},
		{"quarantine.encrypt_to", !slices.Equal(old.Quarantine.EncryptTo, cfg.Quarantine.EncryptTo)},
		{"store", !reflect.DeepEqual(old.Store, cfg.Store)},
		{"data_dir", old.DataDir != cfg.DataDir},
	} {
		if s.changed {
			keys = append(keys, s.key)
		}
	}
	return append(keys, moved(old, cfg)...)
}

// routes is the router of the moment. Old ones stay open for as long as a mail may be under way through them.
type routes struct {
	now     atomic.Pointer[relay.Router]
	mu      sync.Mutex
	retired []*relay.Router
}

// retireAfter is longer than any mail may take.
const retireAfter = 2 * time.Hour

func newRoutes(r *relay.Router) *routes {
	s := &routes{}
	s.now.Store(r)
	return s
}

// Lookup finds a domain's next hop (smtp.Router).
func (r *routes) Lookup(domain string) (*relay.Route, bool) { return r.now.Load().Lookup(domain) }

// Hops lists the next hops (smtp.Router).
func (r *routes) Hops() []relay.Hop { return r.now.Load().Hops() }

func (r *routes) replace(router *relay.Router) {
	old := r.now.Swap(router)
	r.mu.Lock()
	r.retired = append(r.retired, old)
	r.mu.Unlock()
	time.AfterFunc(retireAfter, func() { _ = old.Close() })
}

func (r *routes) close() {
	_ = r.now.Load().Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, old := range r.retired {
		_ = old.Close()
	}
}
