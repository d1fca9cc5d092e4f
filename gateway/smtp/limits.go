package smtp

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// limits counts connections: all of them, and those of each client.
type limits struct {
	all     atomic.Int64
	mu      sync.Mutex
	clients map[netip.Prefix]*tally
	swept   time.Time
}

// tally is one client's connections: those open now, and a bucket that new ones fill and time empties.
type tally struct {
	open   int
	filled float64 // new connections, less what has drained since
	at     time.Time
}

// maxTallies bounds how many clients are remembered: an attacker with a large network must not fill our memory. Beyond
// it, unknown clients are not counted one by one; max_connections still holds.
const maxTallies = 100_000

var errFull = errors.New("smtp: too many connections")

func (l *limits) open() int { return int(l.all.Load()) }

// enter takes a place among max connections.
func (l *limits) enter(max int) error {
	if l.all.Add(1) > int64(max) {
		l.all.Add(-1)
		return errFull
	}
	return nil
}

func (l *limits) leave() { l.all.Add(-1) }

// clientKey is the network that counts as one client: an IPv4 address, or an IPv6 /64, which one customer has.
func clientKey(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// enterClient takes a place for a client; why is "" if it may come in. The caller then calls leaveClient.
func (l *limits) enterClient(key netip.Prefix, cfg *Config, now time.Time) (why Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tally(key, cfg.MaxRatePerClient, now)
	if t == nil {
		return ""
	}
	switch {
	case cfg.MaxConnectionsPerClient > 0 && t.open >= cfg.MaxConnectionsPerClient:
		return TooManyHere
	case cfg.MaxRatePerClient > 0 && t.filled+1 > float64(cfg.MaxRatePerClient):
		return TooFast
	}
	t.open++
	t.filled++
	return ""
}

// tally finds or makes a client's tally and drains its bucket; nil where too many are remembered.
func (l *limits) tally(key netip.Prefix, rate int, now time.Time) *tally {
	if l.clients == nil {
		l.clients = make(map[netip.Prefix]*tally)
	}
	if now.Sub(l.swept) > time.Minute {
		l.sweep(now)
	}
	t := l.clients[key]
	if t == nil {
		if len(l.clients) >= maxTallies {
			return nil
		}
		t = &tally{at: now}
		l.clients[key] = t
	}
	t.filled = max(0, t.filled-now.Sub(t.at).Minutes()*float64(rate))
	t.at = now
	return t
}

// sweep forgets clients that have been away for a minute: their buckets are empty.
func (l *limits) sweep(now time.Time) {
	l.swept = now
	for key, t := range l.clients {
		if t.open == 0 && now.Sub(t.at) >= time.Minute {
			delete(l.clients, key)
		}
	}
}

func (l *limits) leaveClient(key netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.clients[key]; t != nil && t.open > 0 {
		t.open--
	}
}

// addrOf is the address at the other end of a socket; zero for one that has none.
func addrOf(c net.Conn) netip.AddrPort {
	switch a := c.RemoteAddr().(type) {
	case *net.TCPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	case interface{ AddrPort() netip.AddrPort }:
		return a.AddrPort()
	}
	return netip.AddrPort{}
}

// within tells whether an address is in one of the networks.
func within(networks []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
