package doctor

import (
	"context"
	"fmt"
	"time"
)

// ClockState is what the kernel knows of the clock.
type ClockState struct {
	Known  bool          // it could be asked
	Synced bool          // a time service keeps the clock right
	Error  time.Duration // how wrong the clock may be at most
}

// clock looks at the time: signatures expire, and greylisting counts minutes.
func (e *examiner) clock(context.Context) []Finding {
	now, state := e.Env.Clock(), e.Clock()
	f := Finding{About: "clock", Subject: now.UTC().Format(time.RFC3339)}
	switch {
	case !e.Built.IsZero() && now.Before(e.Built):
		f.Severity, f.Text = Error, fmt.Sprintf("is before this program was made (%s)", e.Built.UTC().Format(time.RFC3339))
		f.Do = "set the clock, and run a time service (chrony, systemd-timesyncd): a wrong clock makes signatures seem expired or not yet valid"
	case !state.Known:
		f.Severity, f.Text = Note, "nobody can say here whether a time service keeps it right"
	case !state.Synced:
		f.Severity, f.Text, f.Do = Warning, "is not kept right by a time service", "run one (chrony, systemd-timesyncd), here or on the machine below a container"
	default:
		f.Text = fmt.Sprintf("is kept right, to %s", state.Error.Round(time.Millisecond))
	}
	return []Finding{f}
}
