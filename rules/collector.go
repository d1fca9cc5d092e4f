package rules

import "time"

// collector is the Sink for a single pattern without a limit: samples and tools use it.
type collector struct{ found int }

// Want implements pattern.Sink.
func (c *collector) Want(int, int) int { return 1 - c.found }

// Found implements pattern.Sink.
func (c *collector) Found(_, _, n int) { c.found += n }

// Spent implements pattern.Sink.
func (c *collector) Spent(int, time.Duration, bool) {}

// Left implements pattern.Sink.
func (c *collector) Left(int) time.Duration { return time.Second }
