package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"weir/gateway/realtest"
)

// system is one way for a mail from the client to the sink.
type system struct {
	name string
	addr string
	pid  int // its descendants belong to it; 0: nothing between client and sink
}

// The names in the table.
const (
	direct   = "sink alone"
	postfix  = "Postfix smtpd_proxy_filter"
	bare     = "Weir, no filters"
	filtered = "Weir, mime and headers"
)

// startSystems starts the sink and all that stands before it. stop ends what was started, also after an error.
func startSystems(ctx context.Context, work string, b *book) (list []*system, stop func(), err error) {
	var stops []func()
	stop = func() {
		for i := len(stops) - 1; i >= 0; i-- {
			stops[i]()
		}
	}
	sink, err := realtest.NewSink(b.record)
	if err != nil {
		return nil, stop, err
	}
	stops = append(stops, func() { _ = sink.Close() })
	list = append(list, &system{name: direct, addr: sink.Addr})
	p, err := startPostfix(ctx, sink.Addr)
	switch {
	case errors.Is(err, realtest.ErrUnavailable):
		fmt.Fprintln(os.Stderr, "REAL SERVER NOT RUN:", err)
	case err != nil:
		return nil, stop, err
	default:
		stops = append(stops, p.Remove)
		list = append(list, &system{name: postfix, addr: p.Addr, pid: p.PID()})
	}
	binary := filepath.Join(work, "weir")
	if err := realtest.BuildTo(binary); err != nil {
		return nil, stop, err
	}
	for _, name := range []string{bare, filtered} {
		w, err := startWeir(work, binary, name, sink.Addr)
		if err != nil {
			return nil, stop, err
		}
		stops = append(stops, w.Stop)
		list = append(list, &system{name: name, addr: w.Addr, pid: w.PID()})
	}
	return list, stop, nil
}

// startPostfix starts an smtpd that passes each mail on before it answers, and queues nothing.
func startPostfix(ctx context.Context, sink string) (*realtest.Postfix, error) {
	return realtest.StartPostfix(ctx, realtest.PostfixOptions{Main: map[string]string{
		"relay_domains": "peers.test", "relay_recipient_maps": "", "smtpd_proxy_filter": sink,
		"smtpd_client_connection_count_limit": "0",
	}})
}

// startWeir starts Weir with mime and headers, or with no filter at all, in a folder of its own.
func startWeir(work, binary, name, sink string) (*realtest.Weir, error) {
	port, err := realtest.FreePort()
	if err != nil {
		return nil, err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	dir, err := os.MkdirTemp(work, "weir-")
	if err != nil {
		return nil, err
	}
	names, err := filterNames(binary)
	if err != nil {
		return nil, err
	}
	on := map[string]bool{}
	if name == filtered {
		on = map[string]bool{"mime": true, "headers": true}
	}
	file := filepath.Join(dir, "weir.toml")
	if err := os.WriteFile(file, []byte(config(addr, sink, names, on)), 0o644); err != nil {
		return nil, err
	}
	return realtest.StartWeir(dir, binary, addr, "--config", file)
}

// filterTable is how `weir config defaults` begins a filter's table.
var filterTable = regexp.MustCompile(`(?m)^#\[filters\.([a-z0-9_]+)\]$`)

// filterNames asks the binary which filters it has, so that a new one does not run in the bench unnoticed.
func filterNames(binary string) ([]string, error) {
	text, err := exec.Command(binary, "config", "defaults").Output()
	if err != nil {
		return nil, fmt.Errorf("weir config defaults: %w", err)
	}
	var names []string
	for _, m := range filterTable.FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		return nil, errors.New("weir config defaults names no filters")
	}
	return names, nil
}

// config never refuses: the bench set is half spam, and every mail has to arrive. Of all filters, those in on run.
func config(addr, sink string, names []string, on map[string]bool) string {
	text := fmt.Sprintf("hostname = \"mx.weir.test\"\nmode = \"observe\"\n\n[smtp]\nlisten = [%q]\n\n[metrics]\nlisten = \"\"\n\n[[next_hop]]\naddress = [%q]\ndomains = [\"peers.test\"]\n", addr, sink)
	for _, name := range names {
		text += fmt.Sprintf("\n[filters.%s]\nenabled = %v\n", name, on[name])
	}
	return text
}
