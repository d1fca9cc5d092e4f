package resolver

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// server is one name server and how it fares.
type server struct {
	name    string // address and port
	udp     *net.UDPAddr
	silent  atomic.Int32 // questions in a row that it did not answer
	probing atomic.Bool
	down    atomic.Bool // it does not answer at all: nobody waits for it
}

func newServer(a netip.AddrPort) *server {
	return &server{name: a.String(), udp: net.UDPAddrFromAddrPort(a)}
}

// suspicious is how many questions in a row a server leaves unanswered before it is probed. A single slow zone can
// make that many, so the probe decides.
const suspicious = 8

// judge notes how a server fared. Any answer at all is a sign of life.
func (r *Resolver) judge(s *server, k kind) {
	switch k {
	case given:
	case timeout, unreachable:
		if s.silent.Add(1) >= suspicious && s.probing.CompareAndSwap(false, true) {
			r.launch(func() { r.probe(s) })
		}
	default:
		s.silent.Store(0)
	}
}

// probe asks a server for the root's name servers, which it must know. While it does not answer it is down; it is
// asked again until it does, so that no mail has to wait to find that out.
func (r *Resolver) probe(s *server) {
	defer s.probing.Store(false)
	for wait := time.Second; r.life.Err() == nil; wait = min(2*wait, 5*time.Second) {
		q := newQuestion("", dns.TypeNS, false)
		_, k := r.overUDP(r.life, s, q, time.Second)
		if k == given {
			return
		}
		alive := k != timeout && k != unreachable
		if s.down.Swap(!alive) == alive && r.hooks.Server != nil {
			r.hooks.Server(s.name, !alive)
		}
		if alive {
			s.silent.Store(0)
			return
		}
		select {
		case <-r.life.Done():
		case <-time.After(wait):
		}
	}
}

// list is the servers of the moment: those of the config, or those of a resolv.conf, which is read again when it
// changes.
type list struct {
	path    string // of the resolv.conf; "": the servers come from the config
	servers atomic.Pointer[[]*server]
	looked  atomic.Int64
	mu      sync.Mutex
	stamp   stamp
}

// stamp tells one state of a file from another.
type stamp struct {
	size int64
	at   time.Time
}

// lookAgain is how often the file is looked at.
const lookAgain = 5 * time.Second

// newList makes the list of a config. Servers that are in old, too, keep what is known of them.
func newList(servers []string, resolvConf string, old *list) *list {
	l := &list{}
	if old != nil {
		l.servers.Store(old.servers.Load())
	}
	if len(servers) > 0 {
		l.set(servers)
		return l
	}
	l.path = resolvConf
	l.read()
	return l
}

// get gives the servers; there is at least one.
func (l *list) get() []*server {
	if l.path != "" {
		now, last := time.Now().UnixNano(), l.looked.Load()
		if now-last > int64(lookAgain) && l.looked.CompareAndSwap(last, now) {
			l.read()
		}
	}
	return *l.servers.Load()
}

// read takes over a changed resolv.conf. One that can't be read or names no server changes nothing; at the start the
// server on this machine is asked then, as resolv.conf(5) has it.
func (l *list) read() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looked.Store(time.Now().UnixNano())
	if info, err := os.Stat(l.path); err == nil && (stamp{info.Size(), info.ModTime()}) != l.stamp {
		l.stamp = stamp{info.Size(), info.ModTime()}
		if conf, err := dns.ClientConfigFromFile(l.path); err == nil && l.set(conf.Servers) {
			return
		}
	}
	if l.servers.Load() == nil {
		l.set([]string{"127.0.0.1"})
	}
}

// set takes over addresses; false: there is none among them that can be asked.
func (l *list) set(addresses []string) bool {
	known := map[string]*server{}
	if old := l.servers.Load(); old != nil {
		for _, s := range *old {
			known[s.name] = s
		}
	}
	var servers []*server
	for _, text := range addresses[:min(len(addresses), maxServers)] {
		a, err := parseServer(text)
		if err != nil {
			continue
		}
		s := known[a.String()]
		if s == nil {
			s = newServer(a)
		}
		servers = append(servers, s)
	}
	if len(servers) > 0 {
		l.servers.Store(&servers)
	}
	return len(servers) > 0
}
