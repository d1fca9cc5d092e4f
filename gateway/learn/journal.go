package learn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"weir/filters"
)

// LogCommand is the command line of weir learn log.
type LogCommand struct {
	Place
	Whose
	Lines int    `short:"n" default:"20" placeholder:"N" help:"Lines to show, the newest; 0 shows all."`
	Who   string `placeholder:"NAME" help:"Only what NAME taught."`
}

// Run shows the journal, newest first.
func (c *LogCommand) Run(ctx context.Context, h House) int {
	return c.of(h, &c.Whose, func(s *opened) int {
		past, full, err := s.school.Journal(ctx)
		if err != nil {
			return complain(h.Err, err)
		}
		if by, frozen, err := s.school.Frozen(ctx); err == nil && frozen {
			fmt.Fprintf(h.Out, "Learning is frozen (by %s).\n", by)
		}
		w := tabwriter.NewWriter(h.Out, 0, 0, 2, ' ', 0)
		shown := 0
		for i := range past {
			if c.Who != "" && past[i].Who != c.Who {
				continue
			}
			if shown++; c.Lines > 0 && shown > c.Lines {
				break
			}
			fmt.Fprintln(w, tell(&past[i]))
		}
		if shown == 0 {
			fmt.Fprintln(w, "Nothing was learned.")
		} else if full && shown == len(past) {
			fmt.Fprintln(w, "What was learned before is not kept any more.")
		}
		_ = w.Flush()
		return ExitDone
	})
}

// shortID is how many characters of an ID are shown; undo takes as many.
const shortID = 12

func tell(p *filters.Past) string {
	what := p.Now.String()
	if p.Before != filters.Unlearned {
		what += ", was " + p.Before.String()
	}
	return strings.Join([]string{p.Time.Format("2006-01-02 15:04:05"), p.ID[:shortID], what, p.Who}, "\t")
}

// UndoCommand is the command line of weir learn undo.
type UndoCommand struct {
	Place
	Whose
	IDs  []string `arg:"" optional:"" name:"id" help:"Messages, as weir learn log shows them: all that was learned of them is taken back."`
	Last int      `placeholder:"N" help:"Take back the last N lines of weir learn log."`
}

// Run takes back lines of the journal.
func (c *UndoCommand) Run(ctx context.Context, h House) int {
	if (c.Last > 0) == (len(c.IDs) > 0) || c.Last < 0 {
		return complain(h.Err, errors.New("say what to take back: --last N, or IDs from weir learn log"))
	}
	for _, id := range c.IDs {
		if len(id) < 6 {
			return complain(h.Err, fmt.Errorf("%q is too short for an ID: copy it from weir learn log", id))
		}
	}
	return c.of(h, &c.Whose, func(s *opened) int {
		past, _, err := s.school.Journal(ctx)
		if err != nil {
			return complain(h.Err, err)
		}
		if chosen := c.choose(past); len(chosen) > 0 {
			return c.undo(ctx, h, s, chosen)
		}
		return complain(h.Err, errors.New("the journal knows nothing of these messages"))
	})
}

// choose picks lines of the journal.
func (c *UndoCommand) choose(past []filters.Past) (chosen []filters.Past) {
	if c.Last > 0 {
		return past[:min(c.Last, len(past))]
	}
	for i := range past {
		for _, id := range c.IDs {
			if strings.HasPrefix(past[i].ID, strings.ToLower(id)) {
				chosen = append(chosen, past[i])
				break
			}
		}
	}
	return chosen
}

// undo takes lines back and says so.
func (p *Place) undo(ctx context.Context, h House, s *opened, past []filters.Past) int {
	n, err := s.school.Undo(ctx, p.Who()+" (undo)", past)
	fmt.Fprintf(h.Out, "%d of %d lines taken back\n", n, len(past))
	if err != nil {
		fmt.Fprintf(h.Err, "weir learn: stopped: %v\n", err)
		return ExitPartial
	}
	return ExitDone
}

// RestoreCommand is the command line of weir learn restore.
type RestoreCommand struct {
	Place
	Whose
	Before string `required:"" placeholder:"DATE" help:"Take back all that was learned from then on: 2026-01-31, 2026-01-31T12:00:00Z."`
	Force  bool   `help:"Take back what the journal still knows, though it does not reach so far."`
}

// Run takes back all that was learned since a time.
func (c *RestoreCommand) Run(ctx context.Context, h House) int {
	when, err := parseTime(c.Before)
	if err != nil {
		return complain(h.Err, err)
	}
	return c.of(h, &c.Whose, func(s *opened) int {
		past, full, err := s.school.Journal(ctx)
		if err != nil {
			return complain(h.Err, err)
		}
		n := 0
		for n < len(past) && !past[n].Time.Before(when) {
			n++
		}
		if full && n == len(past) && !c.Force {
			return complain(h.Err, fmt.Errorf("the journal only reaches back to %s: with --force, what was learned since then is taken back; a backup (weir state import) has it all",
				past[n-1].Time.Format(time.DateTime)))
		}
		return c.undo(ctx, h, s, past[:n])
	})
}

func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--before: %q is no time: write it like 2026-01-31 or 2026-01-31T12:00:00Z", s)
}
