package state

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/gateway/quarantine"
	"weir/gateway/store/control"
)

// ForgetCommand is the command line of weir forget.
type ForgetCommand struct {
	Place
	Who string `arg:"" help:"Address (joe@example.org), or domain with all its addresses (example.org)."`
}

// Run removes every trace of a person from the state and its journals, and says which kept mails are from or to him.
// docs/privacy.md says what else there is.
func (c *ForgetCommand) Run(ctx context.Context, h House) int {
	who := strings.ToLower(strings.TrimPrefix(strings.Trim(c.Who, "<> "), "@"))
	if !strings.Contains(strings.Trim(who[strings.LastIndexByte(who, '@')+1:], "."), ".") {
		return complain(h.Err, ExitUsage, fmt.Errorf("%q is no address and no domain: write joe@example.org or example.org", c.Who))
	}
	cfg, err := c.load(h.Filters)
	if err != nil {
		return complain(h.Err, ExitUsage, err)
	}
	return c.with(h, true, func(s *opened) int {
		n, err := s.Forget(ctx, who)
		if err == nil && (s.file == "" || control.Answers(cfg.Store.ControlPath(cfg.DataDir))) {
			n, err = again(ctx, s, who, n)
		}
		if err != nil {
			return complain(h.Err, ExitPartial, fmt.Errorf("%d entries about %s were removed, then: %w; run it once more", n, who, err))
		}
		noun := "entries"
		if n == 1 {
			noun = "entry"
		}
		fmt.Fprintf(h.Out, "%d %s about %s removed\n", n, noun, who)
		kept, err := inQuarantine(cfg.Quarantine, who)
		for _, file := range kept {
			fmt.Fprintf(h.Out, "a mail from or to %s is in the quarantine: %s\n", who, file)
		}
		if err != nil {
			return complain(h.Err, ExitPartial, fmt.Errorf("the quarantine could not all be looked at: %w", err))
		}
		return ExitDone
	})
}

// unnoted is how long a running gateway may have something to note of a mail that is over: a second, and as long as the
// store may take.
const unnoted = 1500 * time.Millisecond

// again removes what running gateways have noted since, of mail that came just before. It adds up how much that was.
func again(ctx context.Context, s *opened, who string, before int) (int, error) {
	select {
	case <-time.After(unnoted):
	case <-ctx.Done():
		return before, ctx.Err()
	}
	n, err := s.Forget(ctx, who)
	return before + n, err
}

// inQuarantine lists the files of mails whose envelope names somebody. They are kept on purpose: a person decides.
func inQuarantine(c quarantine.Config, who string) (files []string, err error) {
	if _, statErr := os.Stat(c.Dir); c.Dir == "" || statErr != nil {
		return nil, nil
	}
	q, err := quarantine.Open(c)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	for item, itemErr := range q.List() {
		if itemErr != nil {
			err = itemErr
			continue
		}
		if slices.ContainsFunc(append(item.Rcpts, item.From, item.User), func(a string) bool { return names(a, who) }) {
			files = append(files, filepath.Join(c.Dir, item.File()))
		}
	}
	return files, err
}

// names tells whether an address is that of who, or of his domain.
func names(address, who string) bool {
	address = strings.ToLower(address)
	if strings.Contains(who, "@") {
		return address == who
	}
	return strings.HasSuffix(address, "@"+who)
}
