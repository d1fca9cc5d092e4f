package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"weir/gateway/realtest"
)

// printIdle opens sessions that say EHLO and no more, and prints the memory of each Weir before and with them.
func printIdle(out io.Writer, systems []*system, sessions int) error {
	for _, s := range systems {
		if s.name != bare && s.name != filtered {
			continue
		}
		before := resident(s.pid)
		open, err := openIdle(s.addr, sessions)
		fmt.Fprintf(out, "%s: %.0f MB resident after the runs above, %.0f MB with %d idle sessions\n", s.name, before, resident(s.pid), len(open))
		for _, c := range open {
			_ = c.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func openIdle(addr string, n int) (open []*realtest.Client, err error) {
	for range n {
		c, err := realtest.Dial(addr)
		if err != nil {
			return open, fmt.Errorf("idle session %d: %w", len(open)+1, err)
		}
		open = append(open, c)
	}
	return open, nil
}

// resident is a process's resident memory in MB (2^20 bytes); 0 where the system does not tell.
func resident(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kib float64
	_, _ = fmt.Sscan(rest, &kib) // absent: 0
	return kib / 1024
}
