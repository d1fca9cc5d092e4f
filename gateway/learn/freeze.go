package learn

import (
	"context"
	"fmt"
)

// FreezeCommand is the command line of weir learn freeze and weir learn thaw.
type FreezeCommand struct{ Place }

// Run freezes learning, or lets it go on.
func (c *FreezeCommand) Run(ctx context.Context, h House, frozen bool) int {
	return c.with(h, func(s *opened) int {
		if err := s.school.Freeze(ctx, c.Who(), frozen); err != nil {
			return complain(h.Err, err)
		}
		if frozen {
			fmt.Fprintln(h.Out, "Nothing is learned any more, on any gateway, until weir learn thaw. What was learned can be taken back.")
			return ExitDone
		}
		by, still, err := s.school.Frozen(ctx)
		switch {
		case err != nil:
			return complain(h.Err, err)
		case still:
			return complain(h.Err, fmt.Errorf("learning is still frozen, by %s", by))
		}
		fmt.Fprintln(h.Out, "Learning goes on.")
		return ExitDone
	})
}
