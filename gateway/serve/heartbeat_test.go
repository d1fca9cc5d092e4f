package serve

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// TestTheHeartbeatGoesWhereMailGoes stops what it goes through, one after the other.
func TestTheHeartbeatGoesWhereMailGoes(t *testing.T) {
	beat := func(h *house) error { return h.beat(context.Background(), 300*time.Millisecond) }
	h := &house{pulse: make(chan struct{}), heartbeat: &memory{connections: make(chan net.Conn), closed: make(chan struct{})}}
	if err := beat(h); err == nil || !strings.Contains(err.Error(), "main loop") {
		t.Errorf("a main loop that hangs: %v", err)
	}
	loop := make(chan struct{})
	defer close(loop)
	go func() {
		for {
			select {
			case <-h.pulse:
			case <-loop:
				return
			}
		}
	}()
	if err := beat(h); err == nil {
		t.Error("a door that takes nobody")
	}
	greet := func(say string) {
		c, err := h.heartbeat.Accept()
		if err != nil {
			return
		}
		if say != "" {
			_, _ = c.Write([]byte(say))
			_, _ = c.Read(make([]byte, 64))
			_, _ = c.Write([]byte("221 bye\r\n"))
		} else {
			time.Sleep(time.Second)
		}
		c.Close()
	}
	go greet("220 here\r\n")
	if err := beat(h); err != nil {
		t.Errorf("a gateway that lives: %v", err)
	}
	done := make(chan struct{})
	go func() { greet(""); close(done) }()
	if err := beat(h); err == nil {
		t.Error("a door that does not greet")
	}
	<-done
	h.heartbeat.Close()
}
