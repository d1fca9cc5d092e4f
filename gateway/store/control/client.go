package control

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weir/filters"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/follow"
)

// Open gives commands the state of a config: through the running gateway where one answers, else by opening it.
func Open(c store.Config, dataDir string) (store.State, error) {
	path := c.ControlPath(dataDir)
	if path != "" && Answers(path) {
		return Dial(path), nil
	}
	state, err := store.Open(c, dataDir, backend.Hooks{})
	if errors.Is(err, store.ErrInUse) {
		if path != "" && Answers(path) { // it has just come up
			return Dial(path), nil
		}
		return nil, fmt.Errorf("%w, which does not answer at its control socket (%s): is store.control the same for both?", err, path)
	}
	return state, err
}

// Answers tells whether a gateway answers at a socket.
func Answers(path string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	c := client(path)
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://weir/ping", nil)
	if err != nil {
		return false
	}
	resp, err := c.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 16))
	return strings.TrimSpace(string(text)) == "weir"
}

func client(path string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 8}}
}

// remote is the state of a running gateway.
type remote struct {
	http     *http.Client
	replicas *follow.Replicas
}

// Dial gives the state of the gateway that serves at a socket. It connects when it is first used.
func Dial(path string) store.State {
	r := &remote{http: client(path)}
	r.replicas = follow.New(r)
	return r
}

func (r *remote) Close() error {
	r.replicas.Close()
	r.http.CloseIdleConnections()
	return nil
}

func (r *remote) Replica(t filters.Table) *filters.Replica {
	return r.replicas.Get(fmt.Sprint(t.Name, t.Scope), t)
}

// Do sends the operations that are right in themselves.
func (r *remote) Do(ctx context.Context, b *filters.Batch) error {
	var ops []filters.Op
	for _, op := range b.Ops {
		if op.Fail(op.Check()); op.Failure() == nil {
			ops = append(ops, op)
		}
	}
	if err := r.send(ctx, ops); err != nil {
		for _, op := range ops {
			op.Fail(err)
		}
	}
	for _, op := range b.Ops {
		if op.Failure() != nil {
			return op.Failure()
		}
	}
	return nil
}

func (r *remote) send(ctx context.Context, ops []filters.Op) error {
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(pack(ops)); err != nil {
		return fmt.Errorf("%w: %w", filters.ErrBadOperation, err)
	}
	body, err := r.ask(ctx, http.MethodPost, "/do", &out)
	if err != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	defer body.Close()
	var in batch
	if err := gob.NewDecoder(body).Decode(&in); err != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	return in.unpack(ops)
}

// ask sends a request; an answer other than 200 is an error with its text.
func (r *remote) ask(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://weir"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return nil, errors.New(strings.TrimSpace(string(text)))
	}
	return resp.Body, nil
}

func (r *remote) decode(ctx context.Context, method, path string, body io.Reader, into any) error {
	reply, err := r.ask(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer reply.Close()
	return json.NewDecoder(reply).Decode(into)
}

func (r *remote) Stats(ctx context.Context) (stats []backend.Stat, err error) {
	err = r.decode(ctx, http.MethodGet, "/stats", nil, &stats)
	return stats, err
}

func (r *remote) Export(ctx context.Context, w io.Writer) error {
	body, err := r.ask(ctx, http.MethodGet, "/export", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(w, body)
	return err
}

func (r *remote) Import(ctx context.Context, in io.Reader, replace bool) (n int, err error) {
	err = r.decode(ctx, http.MethodPost, fmt.Sprintf("/import?replace=%t", replace), in, &n)
	return n, err
}

func (r *remote) Forget(ctx context.Context, who string) (n int, err error) {
	err = r.decode(ctx, http.MethodPost, "/forget?who="+url.QueryEscape(who), nil, &n)
	return n, err
}
