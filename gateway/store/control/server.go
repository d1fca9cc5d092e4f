// Package control is how commands reach a running gateway: HTTP over a unix socket that only its owner may open.
//
// The embedded file belongs to one process. So `weir learn`, `weir state` and the like first ask whether a gateway
// answers at the socket, and then work through it; else they open the file themselves. The other side of the socket is
// the gateway's own user, who could read the file as well: there is nothing more to prove.
package control

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"weir/filters"
	"weir/gateway/store"
)

// maxBatch bounds what one request may hold in memory.
const maxBatch = 64 << 20

// Server serves a state at a socket.
type Server struct {
	listener net.Listener
	http     *http.Server
	mux      *http.ServeMux
	path     string
	served   chan error
	close    sync.Once
}

// Listen makes the socket, with mode 0600, and serves the state there until Close. A socket that a killed gateway left
// behind is replaced; one that answers is an error.
func Listen(path string, state store.State) (*Server, error) {
	if Answers(path) {
		return nil, fmt.Errorf("control: another gateway answers at %s", path)
	}
	l, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	s := &Server{listener: l, mux: http.NewServeMux(), path: path, served: make(chan error, 1)}
	s.http = &http.Server{Handler: s.mux, ReadHeaderTimeout: 10 * time.Second}
	s.routes(state)
	go func() { s.served <- s.http.Serve(l) }()
	return s, nil
}

// listen makes the socket in a folder that only its owner may enter and moves it into place, so that there is no moment
// at which others could connect.
func listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".c") // with mode 0700
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	private := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: private, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(private, 0o600), os.Rename(private, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Handle adds a command of somebody else's, such as "POST /reload".
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Close removes the socket and waits for what is on its way, until ctx ends. A second Close does nothing.
func (s *Server) Close(ctx context.Context) (err error) {
	s.close.Do(func() { err = s.end(ctx) })
	return err
}

func (s *Server) end(ctx context.Context) error {
	removed := os.Remove(s.path)
	if errors.Is(removed, os.ErrNotExist) {
		removed = nil
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, removed)
}

func (s *Server) routes(state store.State) {
	s.mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "weir") })
	s.mux.HandleFunc("POST /do", func(w http.ResponseWriter, r *http.Request) { do(state, w, r) })
	s.mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		stats, err := state.Stats(r.Context())
		reply(w, stats, err)
	})
	s.mux.HandleFunc("GET /export", func(w http.ResponseWriter, r *http.Request) {
		if err := state.Export(r.Context(), w); err != nil {
			panic(http.ErrAbortHandler) // the dump lacks its last line, and the connection is cut
		}
	})
	s.mux.HandleFunc("POST /import", func(w http.ResponseWriter, r *http.Request) {
		n, err := state.Import(r.Context(), r.Body, r.URL.Query().Get("replace") == "true")
		reply(w, n, err)
	})
	s.mux.HandleFunc("POST /forget", func(w http.ResponseWriter, r *http.Request) {
		n, err := state.Forget(r.Context(), r.URL.Query().Get("who"))
		reply(w, n, err)
	})
}

func reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

func do(state store.State, w http.ResponseWriter, r *http.Request) {
	register()
	var in batch
	if err := gob.NewDecoder(http.MaxBytesReader(w, r.Body, maxBatch)).Decode(&in); err != nil {
		http.Error(w, "control: this is no batch: "+err.Error(), http.StatusBadRequest)
		return
	}
	for _, op := range in.Ops {
		if op == nil {
			http.Error(w, "control: an empty operation", http.StatusBadRequest)
			return
		}
	}
	b := filters.Batch{Ops: in.Ops}
	_ = state.Do(r.Context(), &b) // each operation has its own error
	_ = gob.NewEncoder(w).Encode(pack(b.Ops))
}
