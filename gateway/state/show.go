package state

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"weir/gateway/store/backend"
)

// ShowCommand is the command line of weir state.
type ShowCommand struct {
	Place
	JSON bool `name:"json" help:"A JSON list instead of words."`
}

// Run shows what is stored, and exits with ExitProblem where something has no end.
func (c *ShowCommand) Run(ctx context.Context, h House) int {
	return c.with(h, false, func(s *opened) int {
		stats, err := s.Stats(ctx)
		if err != nil {
			return complain(h.Err, ExitPartial, err)
		}
		order(stats)
		if c.JSON {
			err = json.NewEncoder(h.Out).Encode(append([]backend.Stat{}, stats...))
		} else {
			err = write(h.Out, gather(stats), s.file)
		}
		if err != nil {
			return complain(h.Err, ExitPartial, err)
		}
		return verdict(h.Err, stats)
	})
}

// verdict names what breaks the rule.
func verdict(to io.Writer, stats []backend.Stat) int {
	code := ExitDone
	for _, s := range stats {
		if s.Problem != "" {
			code = complain(to, ExitProblem, fmt.Errorf("%s %s: %s", words[s.Kind], s.Name, s.Problem))
		}
	}
	return code
}

// words are the kinds for people.
var words = map[backend.Kind]string{
	backend.FamilyKind: "family", backend.StreamKind: "stream", backend.TableKind: "table", backend.MarkKind: "marks of", backend.Own: "key",
}

// order sorts by kind and name.
func order(stats []backend.Stat) {
	kinds := []backend.Kind{backend.FamilyKind, backend.TableKind, backend.MarkKind, backend.StreamKind, backend.Own}
	slices.SortFunc(stats, func(a, b backend.Stat) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Name, b.Name))
	})
}

// write prints a table of all, and a line of what they come to.
func write(to io.Writer, stats []backend.Stat, file string) error {
	width := 0
	for i := range stats {
		width = max(width, len(name(&stats[i])))
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%-*s\tentries\tat most\tkeys\tbytes\tkept for\t\n", width, "")
	var keys, bytes int64
	for i := range stats {
		s := &stats[i]
		keys, bytes = keys+s.Keys, bytes+s.Bytes
		fmt.Fprintf(w, "%-*s\t%d\t%s\t%d\t%s\t%s\t\n", width, name(s), s.Entries, budget(s), s.Keys, size(s.Bytes), period(s))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	total := fmt.Sprintf("%d keys, %s", keys, size(bytes))
	if info, err := os.Stat(file); file != "" && err == nil {
		total += fmt.Sprintf("; the file has %s", size(info.Size()))
	}
	_, err := fmt.Fprintln(to, total)
	return err
}

// name says what it is. Cells of a table are fixed in number: they are its entries.
func name(s *backend.Stat) string { return words[s.Kind] + " " + s.Name }

func budget(s *backend.Stat) string {
	if s.Budget == 0 {
		return "-"
	}
	return fmt.Sprint(s.Budget)
}

// period says how long something is kept at most.
func period(s *backend.Stat) string {
	const day = 24 * time.Hour
	switch {
	case s.TTL == 0 && (s.Kind == backend.TableKind || s.Kind == backend.Own):
		return "ever" // its size is fixed
	case s.TTL == 0:
		return "-"
	case s.TTL%day == 0:
		return fmt.Sprintf("%dd", s.TTL/day)
	case s.TTL%time.Hour == 0:
		return fmt.Sprintf("%dh", s.TTL/time.Hour)
	}
	return s.TTL.String()
}

// size writes bytes for people.
func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	value, unit := float64(n), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}
