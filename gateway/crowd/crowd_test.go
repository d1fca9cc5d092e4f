package crowd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAStoppedCrowdTakesNobody(t *testing.T) {
	var c Crowd[net.Conn]
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	came, ended := make(chan net.Conn), make(chan error)
	go func() {
		ended <- c.Accept(l, "test", slog.Default, nil, func(conn net.Conn) { came <- conn })
	}()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn := <-came
	defer conn.Close()
	if !c.Add(conn, nil) || c.Len() != 1 || c.Add(client, func(open int) bool { return open < 1 }) {
		t.Errorf("one is in, and one is turned away: %d", c.Len())
	}
	c.Stop()
	if err := <-ended; err != nil || !c.Shut() {
		t.Errorf("a stop is no error: %v", err)
	}
	if c.Add(client, nil) {
		t.Error("it is too late for another")
	}
	if err := c.Accept(l, "test", slog.Default, nil, nil); err != nil {
		t.Errorf("a listener that comes too late: %v", err)
	}
	c.End(conn)
	c.Wait()
}

func TestDrainHurriesThoseWhoAreLeft(t *testing.T) {
	var c Crowd[int]
	for one := range 3 {
		c.Add(one, nil)
	}
	c.End(0)
	hurried := make(chan int, 2)
	err := c.Drain(t.Context(), time.Millisecond, func(one int) {
		hurried <- one
		go c.End(one)
	})
	if err != nil || len(hurried) != 2 || c.Len() != 0 {
		t.Errorf("%v, %d hurried, %d are left", err, len(hurried), c.Len())
	}
	c.Add(4, nil)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Drain(over, time.Hour, func(int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("one does not go: %v", err)
	}
	c.End(4)
	c.Wait()
}
