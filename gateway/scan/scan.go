// Package scan is `weir scan`: it judges mail in files, folders, Maildirs, mailboxes or from standard input, through the
// same gateway as the SMTP server, and says why.
//
// Messages are read one after another, judged by several goroutines, and reported in the order in which they were
// read. Only as many messages as there are goroutines (and as many again, waiting) are in memory. What can't be read or
// checked is reported as such and changes the exit code; it never counts as clean.
package scan

import (
	"context"
	"io"
	"sync"

	"weir/gateway"
	"weir/scoring"
)

// The exit codes of weir scan. The highest that applies is returned.
const (
	ExitClean   = 0 // every message was judged and would be delivered as it came
	ExitSpam    = 1 // at least one would not: tagged, greylisted, quarantined, refused, discarded, deferred
	ExitUsage   = 2 // the command line or the config is wrong: nothing was judged
	ExitPartial = 3 // something could not be read, or a filter could not tell
)

// Options say what to scan and how.
type Options struct {
	Paths    []string // files, folders, "-" for In
	Format   string   // "auto" or "": an mbox where the first line says so; "message"; "mbox"
	Jobs     int      // messages judged at once; less than 1 means 1
	MaxSize  int64    // of one message; a larger one is not judged. 0: DefaultMaxSize
	JSON     bool     // one gateway.Report a line, instead of words
	Offline  bool     // filters that needed the network and could not tell do not count as partial
	Envelope Envelope

	Stateless string // why nothing learned or remembered was looked at, for people; "": it was, or nobody wants to know

	In       io.Reader
	Out, Err io.Writer
	Colour   bool           // write colours to Out
	Progress Progress       // nil: none
	Table    *scoring.Table // meanings of symbols, for people; nil: none are written
}

// DefaultMaxSize of one message, in bytes.
const DefaultMaxSize = 128 << 20

// Judge judges messages one after another.
type Judge interface {
	Judge(ctx context.Context, raw []byte) *gateway.Report
	Close()
}

// Run scans and returns the exit code. judge makes a Judge for each goroutine.
func Run(ctx context.Context, o Options, judge func(context.Context) Judge) int {
	if o.MaxSize <= 0 {
		o.MaxSize = DefaultMaxSize
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	files := find(o.Paths)
	p := newPrinter(&o, files)
	waiting := o.start(ctx, files, judge)
	for w := range waiting {
		if err := p.print(<-w.done); err != nil { // nobody reads any more
			cancel()
		}
	}
	return p.finish(ctx.Err())
}

// work is one message on its way; done gets its result.
type work struct {
	item
	done chan result
}

type result struct {
	item   item
	report *gateway.Report
}

// start reads and judges in the background. What comes out of the channel is in the order of reading; it is closed at
// the end. Every work that comes out of it gets its result.
func (o *Options) start(ctx context.Context, files []found, judge func(context.Context) Judge) <-chan *work {
	jobs := max(o.Jobs, 1)
	todo, order := make(chan *work), make(chan *work, jobs)
	var all sync.WaitGroup
	for range jobs {
		all.Go(func() { serve(ctx, todo, judge) })
	}
	go func() {
		defer close(order)
		defer all.Wait()
		defer close(todo)
		for _, f := range files {
			if !o.read(ctx, f, func(i item) bool { return hand(ctx, i, todo, order) }) {
				return
			}
		}
	}()
	return order
}

// hand passes an item on; false: the scan is to stop.
func hand(ctx context.Context, i item, todo, order chan<- *work) bool {
	if ctx.Err() != nil {
		return false
	}
	w := &work{item: i, done: make(chan result, 1)}
	select {
	case <-ctx.Done():
		return false
	case order <- w:
	}
	if i.err != nil {
		w.done <- result{item: i}
		return true
	}
	todo <- w
	return true
}

// serve judges until there is no more to do.
func serve(ctx context.Context, todo <-chan *work, judge func(context.Context) Judge) {
	j := judge(ctx)
	defer j.Close()
	for w := range todo {
		r := result{item: w.item, report: j.Judge(ctx, w.raw)}
		r.report.File = w.name
		r.item.raw, w.raw = nil, nil
		w.done <- r
	}
}
