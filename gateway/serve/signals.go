package serve

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// wait serves signals and changed files until it is time to stop.
func (h *house) wait(ctx context.Context) error {
	changes := h.watchFiles()
	if changes != nil {
		defer changes.Close()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.askHops(ctx)
	h.running.Go(func() { h.keepLookout(ctx) })
	h.running.Go(func() { h.keepQuarantine(ctx) })
	for _, task := range h.options.Tasks {
		h.running.Go(func() { task(ctx, h.config.Load, h.log) })
	}
	h.keepAlive(ctx)
	settled := newTimer()
	var heir succession
	for {
		select {
		case <-ctx.Done():
			return h.stop()
		case sig := <-h.options.Signals:
			switch {
			case sig == upgradeSignal:
				heir.begin(ctx, h)
			case sig != syscall.SIGHUP:
				cancel()
				if heir.abandon() {
					h.log().Warn("told to stop in the moment in which a new process took over: that one goes on, and is to be told itself")
					return h.retire()
				}
				return h.stop()
			default:
				h.tryReload("SIGHUP", changes)
				h.askHops(ctx)
			}
		case err := <-heir.done:
			heir = succession{}
			if err == nil {
				cancel()
				return h.retire()
			}
			h.stay(err, changes)
		case <-h.pulse:
		case e := <-events(changes):
			if h.concerns(e.Name) {
				settled.Reset(settleTime)
			}
		case <-settled.C:
			h.tryReload("a file changed", changes)
			h.askHops(ctx)
		}
	}
}

// askHops looks in the background whether the next hops answer, so that /ready and the log tell before a client comes.
// A hop that has answered lately is not asked again.
func (h *house) askHops(ctx context.Context) {
	if len(h.config.Load().SMTP.Listen) == 0 { // nothing is sent to them
		return
	}
	for _, hop := range h.routes.Hops() {
		h.running.Go(func() { _, _ = hop.Caps(ctx) }) // a failure is told by the hop's hooks
	}
}

// settleTime is how long files must be quiet before they are read again: editors write in several steps.
const settleTime = time.Second

func newTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

func (h *house) tryReload(why string, changes *fsnotify.Watcher) {
	h.tellManager(h.options.From.Manager.Reloading())
	err := h.reload()
	h.tellManager(h.options.From.Manager.Ready(h.status()))
	h.metrics.Reloaded(err)
	if err != nil {
		h.log().Error("reload failed: the old configuration stays in force", "why", why, "error", err)
		return
	}
	h.log().Info("configuration reloaded", "why", why)
	h.addFolders(changes)
}

// stop ends the gateway. Where systemd keeps the sockets for the next process, nobody is turned away: new clients wait
// for it, and those who came before may finish what they came for.
func (h *house) stop() error {
	h.tellManager(h.options.From.Manager.Stopping("transactions in progress may end"))
	if h.sockets.Held() {
		h.sockets.Retire()
		return h.drain(heldLinger)
	}
	return h.drain(0)
}

// heldLinger is for clients that are connected when systemd stops or restarts Weir: a mail takes less.
const heldLinger = 3 * time.Second

// drain lets clients go on for as long as linger says, then stops listening and lets transactions end, at most for the
// drain time; another signal ends them at once.
func (h *house) drain(linger time.Duration) error {
	limit := h.config.Load().SMTP.Timeouts.Drain.D()
	h.log().Info("stopping: no new connections, transactions in progress may end", "limit", limit.String())
	h.metrics.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), linger+limit)
	defer cancel()
	go func() {
		for {
			select {
			case sig := <-h.options.Signals:
				if sig != syscall.SIGHUP && sig != upgradeSignal {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	h.shutDoors(ctx, linger)
	return nil
}

// watchFiles watches the folders of all config and rules files; nil where that can't be done or is not wanted.
func (h *house) watchFiles() *fsnotify.Watcher {
	if h.options.Files == nil {
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		h.log().Warn("files can't be watched: reload with SIGHUP", "error", err)
		return nil
	}
	h.addFolders(w)
	return w
}

func (h *house) addFolders(w *fsnotify.Watcher) {
	if w == nil {
		return
	}
	for _, f := range h.options.Files(h.config.Load()) {
		if err := w.Add(folderOf(f)); err != nil {
			h.log().Warn("a folder can't be watched: reload with SIGHUP", "file", f, "error", err)
		}
	}
}

// folderOf is the folder to watch: editors replace files, so that a watch on the file itself would be lost.
func folderOf(path string) string {
	path = absolute(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return filepath.Dir(path)
}

// absolute makes names comparable: a folder watched by two names tells its changes by only one of them.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return filepath.Clean(path)
}

// concerns tells whether a changed file is one that Load reads.
func (h *house) concerns(name string) bool {
	name = absolute(name)
	return slices.ContainsFunc(h.options.Files(h.config.Load()), func(f string) bool {
		f = absolute(f)
		if f == name {
			return true
		}
		ext := filepath.Ext(name)
		return f == filepath.Dir(name) && (ext == ".cf" || ext == ".pre")
	})
}

func events(w *fsnotify.Watcher) <-chan fsnotify.Event {
	if w == nil {
		return nil
	}
	return w.Events
}
