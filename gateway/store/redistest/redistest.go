// Package redistest starts real Redis servers for tests: a single one, three masters of a cluster, a master with a
// replica and three sentinels. Each runs on a free loopback port, in a temporary folder, and is ended with the test.
// Where there is no redis-server and none can be fetched, the test is skipped (package realtest).
package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/gateway/realtest"
)

// Server is a running redis-server.
type Server struct {
	Addr string

	t       testing.TB
	binary  string
	dir     string
	args    []string
	command *exec.Cmd
	ended   chan struct{}
}

// Start starts a server. args are its further settings, as on redis-server's command line.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{
		Addr: realtest.FreeAddr(t), t: t, binary: realtest.Binary(t, "redis-server", "usr/bin/redis-server"), dir: t.TempDir(), args: args,
	}
	s.Run()
	t.Cleanup(s.Kill)
	return s
}

// Run starts the server, or starts it again on the same port after Kill, and waits until it answers.
func (s *Server) Run() {
	s.t.Helper()
	_, port, _ := strings.Cut(s.Addr, ":")
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", s.dir, "--logfile", "redis.log", "--enable-debug-command", "local"}, s.args...)
	if len(s.args) > 0 && strings.HasSuffix(s.args[0], ".conf") {
		args = append([]string{s.args[0], "--port", port, "--dir", s.dir, "--logfile", "redis.log"}, s.args[1:]...)
	}
	cmd := exec.Command(s.binary, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.command, s.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(s.ended)
	s.await()
}

// await waits until the server takes connections and speaks.
func (s *Server) await() {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", s.Addr, time.Second)
		if err == nil {
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_, _ = c.Write([]byte("PING\r\n"))
			reply := make([]byte, 64)
			n, _ := c.Read(reply)
			_ = c.Close()
			if n > 0 {
				return
			}
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "redis.log"))
			s.t.Fatalf("redis-server at %s does not answer: %v\n%s", s.Addr, err, log)
		}
	}
}

// Kill ends the server at once.
func (s *Server) Kill() {
	_ = s.command.Process.Signal(syscall.SIGCONT) // it may be stopped
	_ = s.command.Process.Kill()
	<-s.ended
}

// Hang makes the server take connections and answer nothing, until Resume.
func (s *Server) Hang() { _ = s.command.Process.Signal(syscall.SIGSTOP) }

// Resume ends Hang.
func (s *Server) Resume() { _ = s.command.Process.Signal(syscall.SIGCONT) }

// Do sends the server one command, outside of what is tested.
func (s *Server) Do(args ...any) any {
	s.t.Helper()
	reply, err := s.Try(args...)
	if err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
	return reply
}

// Try is Do for commands that may fail.
func (s *Server) Try(args ...any) (any, error) {
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr, Protocol: 2, DisableIdentity: true})
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return c.Do(ctx, args...).Result()
}

// Cluster starts a cluster of three masters and returns them when it works.
func Cluster(t testing.TB) []*Server {
	t.Helper()
	var servers []*Server
	for range 3 {
		servers = append(servers, Start(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"))
	}
	for i, s := range servers {
		from, to := i*16384/3, (i+1)*16384/3-1
		s.Do("cluster", "addslotsrange", from, to)
		s.Do("cluster", "set-config-epoch", i+1)
		if i > 0 {
			host, port, _ := strings.Cut(s.Addr, ":")
			servers[0].Do("cluster", "meet", host, port)
		}
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		ready := 0
		for _, s := range servers {
			info := fmt.Sprint(s.Do("cluster", "info")) // a node says "ok" before it knows who has the others' slots
			if strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3") && strings.Contains(info, "cluster_slots_ok:16384") {
				ready++
			}
		}
		if ready == 3 {
			return servers
		}
		if time.Now().After(end) {
			t.Fatal("the cluster does not come up")
		}
	}
}

// Sentinels is a master with a replica, watched by three sentinels under the name "weir".
type Sentinels struct {
	Master, Replica *Server
	Sentinels       []*Server
}

// Addrs gives the sentinels' addresses.
func (s *Sentinels) Addrs() (addrs []string) {
	for _, x := range s.Sentinels {
		addrs = append(addrs, x.Addr)
	}
	return addrs
}

// Sentinel starts a master, its replica and three sentinels, and returns them when each knows the others.
func Sentinel(t testing.TB) *Sentinels {
	t.Helper()
	all := &Sentinels{Master: Start(t)}
	host, port, _ := strings.Cut(all.Master.Addr, ":")
	all.Replica = Start(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	for range 3 {
		conf := filepath.Join(t.TempDir(), "sentinel.conf")
		text := fmt.Sprintf("sentinel monitor weir %s %s 2\nsentinel down-after-milliseconds weir 1000\nsentinel failover-timeout weir 4000\nbind 127.0.0.1\n", host, port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all.Sentinels = append(all.Sentinels, Start(t, conf, "--sentinel"))
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if all.ready() {
			return all
		}
		if time.Now().After(end) {
			t.Fatal("the sentinels do not come up")
		}
	}
}

func (s *Sentinels) ready() bool {
	for _, x := range s.Sentinels {
		reply, err := x.Try("sentinel", "master", "weir")
		list, _ := reply.([]any)
		if err != nil || !says(list, "num-other-sentinels", "2") || !says(list, "num-slaves", "1") {
			return false
		}
	}
	return strings.Contains(fmt.Sprint(s.Replica.Do("info", "replication")), "master_link_status:up")
}

func says(list []any, field, value string) bool {
	for i := 0; i+1 < len(list); i += 2 {
		if list[i] == field {
			return list[i+1] == value
		}
	}
	return false
}
