package pattern

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// clock measures the CPU time of the thread it was started on, so that a busy machine makes no rule look slow. The
// goroutine stays on the thread until the clock is stopped.
type clock struct{ start int64 }

func startClock() clock {
	runtime.LockOSThread()
	return clock{threadTime()}
}

func (c clock) read() time.Duration { return time.Duration(threadTime() - c.start) }

func (c clock) stop() time.Duration {
	d := c.read()
	runtime.UnlockOSThread()
	return d
}

func threadTime() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return t.Nano()
}
