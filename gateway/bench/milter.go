package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"weir/gateway/realtest"
)

// beside is a Postfix service with a filter that it asks as a milter.
type beside struct {
	system
	socket string // "unix", "TCP"; "" no filter
	peer   bool   // Rspamd
	asked  string // smtpd_milters
}

// milterMessages is how many of the messages a round sends through each filter, one a connection, one after another.
const milterMessages = 200

// runMilter prints how long a mail takes through Postfix with Weir and with Rspamd as its milter, over both kinds of
// sockets. All take turns, round after round; a ratio is that of the medians of the rounds.
func runMilter(ctx context.Context, work string, c *client, rounds int) error {
	if err := os.Chmod(work, 0o755); err != nil { // others' users find their sockets in it
		return err
	}
	c.limit = min(c.limit, milterMessages)
	list := []*beside{{system: system{name: "Postfix alone"}}}
	var stops []func()
	defer func() {
		for i := len(stops) - 1; i >= 0; i-- {
			stops[i]()
		}
	}()
	for _, start := range []func(context.Context, string) ([]*beside, func(), error){milterWeir, milterRspamd} {
		some, stop, err := start(ctx, work)
		if err != nil {
			return err
		}
		stops = append(stops, stop)
		list = append(list, some...)
	}
	stop, err := milterPostfix(ctx, list)
	if err != nil {
		return err
	}
	stops = append(stops, stop)
	results := map[*beside][]sample{}
	for round := range rounds {
		for _, b := range list {
			one, err := c.load(ctx, &b.system, load{1, 1}, min(warmUp, c.limit))
			if err == nil && one.Errors > 0 {
				err = fmt.Errorf("%s: %d errors: %s", b.name, one.Errors, one.FirstErr)
			}
			if err != nil {
				return err
			}
			results[b] = append(results[b], one)
		}
		fmt.Fprintf(os.Stderr, "round %d of %d done\n", round+1, rounds)
	}
	printMilter(os.Stdout, list, results)
	return nil
}

// printMilter prints a line for each filter.
func printMilter(w io.Writer, list []*beside, results map[*beside][]sample) {
	figures := func(b *beside) (p50, p99, cpu float64) {
		return median(results[b], func(s sample) float64 { return s.P50 }), median(results[b], func(s sample) float64 { return s.P99 }),
			median(results[b], sample.cpu)
	}
	peers := map[string]*beside{}
	for _, b := range list {
		if b.peer {
			peers[b.socket] = b
		}
	}
	fmt.Fprintf(w, "| filter | socket | p50 ms | p99 ms | p50 / Rspamd's | filter's CPU ms |\n|---|---|---|---|---|---|\n")
	for _, b := range list {
		p50, p99, cpu := figures(b)
		ratio := ""
		if peer := peers[b.socket]; peer != nil && !b.peer {
			theirs, _, _ := figures(peer)
			ratio = fmt.Sprintf("%.2f", p50/theirs)
		}
		fmt.Fprintf(w, "| %s | %s | %.1f | %.1f | %s | %.2f |\n", b.name, b.socket, p50, p99, ratio, cpu)
	}
}

// milterPostfix starts one Postfix with an smtpd for each filter; what it takes it throws away.
func milterPostfix(ctx context.Context, list []*beside) (stop func(), err error) {
	o := realtest.PostfixOptions{Mailboxes: []string{"rcpt@peers.test"}, Main: map[string]string{
		"virtual_transport": "discard:", "smtpd_client_connection_rate_limit": "0", "milter_default_action": "tempfail",
	}}
	for _, b := range list {
		port, err := realtest.FreePort()
		if err != nil {
			return nil, err
		}
		b.addr = fmt.Sprintf("127.0.0.1:%d", port)
		o.Services = append(o.Services, b.addr+" inet n - n - - smtpd -o smtpd_milters="+b.asked)
	}
	p, err := realtest.StartPostfix(ctx, o)
	if err != nil {
		return nil, err
	}
	return p.Remove, nil
}

// milterWeir starts Weir as it runs beside Rspamd in make compare, with the milter door in the HTTP door's place.
func milterWeir(_ context.Context, work string) ([]*beside, func(), error) {
	root, err := realtest.ModuleRoot()
	if err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "gateway/bench/compare/weir.toml"))
	if err != nil {
		return nil, nil, err
	}
	port, err := realtest.FreePort()
	if err != nil {
		return nil, nil, err
	}
	unix, tcp := "unix:"+filepath.Join(work, "weir.sock"), fmt.Sprintf("127.0.0.1:%d", port)
	config := string(text)
	for old, instead := range map[string]string{
		"[http]\nlisten = [\"@PEERS_HTTP@\"]":            fmt.Sprintf("[http]\nlisten = []\n[milter]\nlisten = [%q, %q]\nsocket_mode = \"0666\"", unix, tcp),
		"redis = [\"@PEERS_REDIS@\"]\ncontrol = \"off\"": "",
	} {
		if !strings.Contains(config, old) {
			return nil, nil, fmt.Errorf("gateway/bench/compare/weir.toml has no lines %q", old)
		}
		config = strings.Replace(config, old, instead, 1)
	}
	dir, binary := filepath.Join(work, "milter"), filepath.Join(work, "weir")
	err = errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "weir.toml"), []byte(config), 0o644), realtest.BuildTo(binary))
	if err != nil {
		return nil, nil, err
	}
	w, err := realtest.StartWeir(dir, binary, unix, "--config", "weir.toml")
	if err != nil {
		return nil, nil, err
	}
	of := func(socket, asked string) *beside {
		return &beside{system: system{name: "Weir", pid: w.PID()}, socket: socket, asked: asked}
	}
	return []*beside{of("unix", unix), of("TCP", "inet:"+tcp)}, w.Stop, nil
}

// milterRspamd starts the peer as peers/rspamd.sh configures it, and once more with a unix socket beside its port. Where
// there is none, Weir is measured alone.
func milterRspamd(ctx context.Context, work string) ([]*beside, func(), error) {
	if _, err := exec.LookPath("rspamd"); err != nil {
		fmt.Fprintln(os.Stderr, "REAL SERVER NOT RUN: rspamd is not installed (../shared/peers/install.sh): no ratios")
		return nil, func() {}, nil
	}
	script, err := realtest.SharedPath("peers", "rspamd.sh")
	if err != nil {
		return nil, nil, err
	}
	env := append(os.Environ(), "PEERS_WORK="+work, "MILTER=1", "PEERS_PORTS=21800")
	run := func(args ...string) error {
		cmd := exec.CommandContext(ctx, script, args...)
		cmd.Env = env
		cmd.Stderr = os.Stderr
		return cmd.Run()
	}
	stop := func() { _ = run("stop", "milter") }
	if err := run("start", "milter"); err != nil {
		stop()
		return nil, nil, fmt.Errorf("rspamd.sh: %w", err)
	}
	dir, socket := filepath.Join(work, "rspamd-milter"), filepath.Join(work, "rspamd-milter", "run", "milter.sock")
	pid, err := restartRspamd(dir, socket)
	if err != nil {
		stop()
		return nil, nil, err
	}
	of := func(kind, asked string) *beside {
		return &beside{system: system{name: "Rspamd", pid: pid}, socket: kind, asked: asked, peer: true}
	}
	return []*beside{of("unix", "unix:"+socket), of("TCP", "inet:127.0.0.1:21802")}, stop, nil
}

// restartRspamd starts it again, with a socket more. rspamd.sh stop ends this one.
func restartRspamd(dir, socket string) (pid int, err error) {
	pidFile := filepath.Join(dir, "pid")
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return 0, err
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
		return 0, err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return 0, err
	}
	for syscall.Kill(pid, 0) == nil {
		time.Sleep(50 * time.Millisecond)
	}
	proxy := filepath.Join(dir, "etc", "local.d", "worker-proxy.inc")
	f, err := os.OpenFile(proxy, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	_, err = fmt.Fprintf(f, "bind_socket = \"%s mode=0666\";\n", socket)
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	cmd := exec.Command("rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", dir+"/etc/rspamd.conf", "--var", "CONFDIR="+dir+"/etc",
		"--var", "LOCAL_CONFDIR="+dir+"/etc", "--var", "DBDIR="+dir+"/db", "--var", "RUNDIR="+dir+"/run", "--var", "LOGDIR="+dir+"/log")
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	go func() { _ = cmd.Wait() }()
	for range 300 { // 30 s
		if _, err := os.Stat(socket); err == nil {
			return cmd.Process.Pid, os.WriteFile(pidFile, fmt.Appendf(nil, "%d\n", cmd.Process.Pid), 0o644)
		}
		time.Sleep(100 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	return 0, fmt.Errorf("rspamd did not open %s in 30 s; see %s/log", socket, dir)
}
