//go:build !linux

package pattern

import "time"

// clock measures time; other systems than Linux give no cheap CPU time of a thread.
type clock struct{ start time.Time }

func startClock() clock             { return clock{time.Now()} }
func (c clock) read() time.Duration { return time.Since(c.start) }
func (c clock) stop() time.Duration { return c.read() }
