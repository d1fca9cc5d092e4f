package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"weir/message"
)

// The service manager may want a sign of life. A ticker would give one however dead the gateway is, so ours goes where
// mail goes: through the loop that serves signals and reloads, and through the SMTP door with a session of its own, or
// through the gateway alone where that door is closed. It leaves no line in the log and asks nobody on the network.

// keepAlive gives signs of life until ctx ends, if the manager wants any.
func (h *house) keepAlive(ctx context.Context) {
	manager := h.options.From.Manager
	within := manager.Watchdog()
	if within <= 0 {
		return
	}
	h.running.Go(func() {
		tick := time.NewTicker(within / 3)
		defer tick.Stop()
		for {
			if err := h.beat(ctx, within/3); err == nil {
				h.tellManager(manager.Alive())
			} else if ctx.Err() == nil {
				h.log().Error("the heartbeat does not get through: the service manager will start Weir again", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

// beat goes the way once. Its error says where it got stuck.
func (h *house) beat(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case h.pulse <- struct{}{}:
	case <-ctx.Done():
		return errors.New("the main loop is stuck: a reload that hangs?")
	}
	through := make(chan error, 1) // what is stuck for good must not hold us
	go func() { through <- h.visit(ctx) }()
	select {
	case err := <-through:
		return err
	case <-ctx.Done():
		return errors.New("a session is stuck")
	}
}

// visit begins a session, as a client does, and ends it.
func (h *house) visit(ctx context.Context) error {
	if h.heartbeat == nil {
		s := h.gateway.Open(ctx, message.Client{})
		defer s.Close()
		_ = s.Connected(ctx) // whatever it says, it answers
		return nil
	}
	c, err := h.heartbeat.dial(ctx)
	if err != nil {
		return fmt.Errorf("the SMTP door takes no connection: %w", err)
	}
	defer c.Close()
	end, _ := ctx.Deadline()
	_ = c.SetDeadline(end)
	in := bufio.NewReader(c)
	if _, err := in.ReadString('\n'); err != nil {
		return fmt.Errorf("the SMTP door does not greet: %w", err)
	}
	if _, err := c.Write([]byte("QUIT\r\n")); err == nil {
		_, _ = in.ReadString('\n') // a full house says 421 in place of a greeting: that is life, too
	}
	return nil
}

// serveHeartbeat makes a way into the SMTP door without a socket, if somebody wants signs of life.
func (h *house) serveHeartbeat() {
	for _, d := range h.doors {
		if _, ok := d.(smtpDoor); !ok || h.options.From.Manager.Watchdog() <= 0 {
			continue
		}
		h.heartbeat = &memory{connections: make(chan net.Conn), closed: make(chan struct{})}
		h.running.Go(func() { _ = d.Serve(h.heartbeat) })
	}
}

// memory is a listener within the process.
type memory struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (m *memory) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case m.connections <- theirs:
		return ours, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept is net.Listener's.
func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.connections:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

// Close is net.Listener's.
func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

// Addr is net.Listener's.
func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "heartbeat", Net: "unix"} }
