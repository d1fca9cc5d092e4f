package scan

import (
	"fmt"
	"strings"

	"weir/scoring"
)

// finish writes the summary and gives the exit code. stopped is why the scan ended early, nil if it did not.
func (p *printer) finish(stopped error) int {
	p.progress.Finish()
	if p.broken != nil {
		fmt.Fprintf(p.Err, "weir scan: the output can't be written: %v\n", p.broken)
		return ExitPartial
	}
	if !p.JSON {
		p.summary(stopped == nil)
		_ = p.out.Flush()
	}
	if stopped != nil {
		fmt.Fprintf(p.Err, "weir scan: stopped early; what comes after the last report was not judged\n")
	}
	switch {
	case stopped != nil, p.unread > 0, p.unsure > 0 && !p.Offline:
		return ExitPartial
	case p.spam > 0:
		return ExitSpam
	}
	return ExitClean
}

// summary counts where there is more than one message, and says what could not be checked for want of an envelope.
// whole: all was read, so that nothing counted is nothing found.
func (p *printer) summary(whole bool) {
	if p.messages+p.unread > 1 {
		var parts []string
		for a := scoring.Accept; a <= scoring.Defer; a++ {
			if n := p.actions[a]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, a))
			}
		}
		if p.unread > 0 {
			parts = append(parts, fmt.Sprintf("%d not judged", p.unread))
		}
		fmt.Fprintf(p.out, "%d messages: %s", p.messages+p.unread, strings.Join(parts, ", "))
		if p.unsure > 0 {
			fmt.Fprintf(p.out, "; %d of them with something that could not be checked", p.unsure)
		}
		p.out.WriteString("\n")
	}
	if missing := p.Envelope.Missing(); len(missing) > 0 && p.messages > 0 {
		fmt.Fprintf(p.out, "Not told: %s. What needs them was not checked.\n", strings.Join(missing, ", "))
	}
	if p.Stateless != "" && p.messages > 0 {
		fmt.Fprintf(p.out, "Nothing learned or remembered was looked at: %s.\n", p.Stateless)
	}
	if whole && p.messages+p.unread == 0 {
		p.out.WriteString("No message found.\n")
	}
}
