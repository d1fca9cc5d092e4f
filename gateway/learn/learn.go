// Package learn is `weir learn`: it teaches a filter by mail in files, folders, Maildirs and mailboxes, and shows and
// takes back what was taught.
//
// Messages are read one after another, taken apart by several goroutines, and stored many at once. Beside a running
// gateway it works through that gateway, which knows at once what was learned.
package learn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/filters"
	"weir/gateway/scan"
	"weir/message"
)

// The exit codes of weir learn.
const (
	ExitDone    = 0
	ExitUsage   = 2 // the command line or the config is wrong: nothing was learned
	ExitPartial = 3 // something could not be read or stored
)

// Options say what to learn and how.
type Options struct {
	scan.Source
	Class    filters.Class
	Who      string            // for the journal
	Jobs     int               // goroutines that take messages apart; 0: one for each core
	Also     filters.School    // is taught the same; what it knew already is not counted. nil: none
	Others   []filters.Learner // are told of each message that is stored, too; not of what is taken back
	Message  message.Options
	Envelope message.Envelope // of all messages, as far as it is known
	Progress scan.Progress    // nil: none
	Err      io.Writer        // gets what could not be read, a line each
}

// Result is what became of all messages.
type Result struct {
	filters.Taught
	Unread int // could not be read
}

// atOnce and bytesAtOnce are how many lessons, and of how large messages, are stored together, and patience how long the
// first of them waits for others.
const (
	atOnce      = 500
	bytesAtOnce = 16 << 20
	patience    = 200 * time.Millisecond
)

// Run teaches a school. An error of the store ends it; what was stored until then is in the result.
func Run(ctx context.Context, o Options, school filters.School) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := run{Options: o, school: school, stop: cancel}
	if r.Progress == nil {
		r.Progress = noProgress{}
	}
	if r.Jobs <= 0 {
		r.Jobs = runtime.GOMAXPROCS(0)
	}
	r.all(ctx)
	r.Progress.Finish()
	if err := context.Cause(ctx); err != nil {
		return r.result, err
	}
	return r.result, nil
}

// run is one call of Run.
type run struct {
	Options
	school filters.School
	stop   context.CancelCauseFunc
	result Result
}

// studied is a message that was taken apart, or why that could not be.
type studied struct {
	lesson filters.Lesson
	parsed *message.Message // nil: nobody else is told
	scan.Message
}

// all reads in one goroutine, studies in several and stores in this one.
func (r *run) all(ctx context.Context) {
	unread, done := make(chan scan.Message, r.Jobs), make(chan studied, 2*r.Jobs)
	var readers, workers sync.WaitGroup
	begun := make(chan struct{})
	readers.Go(func() {
		defer close(unread)
		r.Each(ctx, func(n int64) { r.Progress.Start(n); close(begun) }, func(m scan.Message) bool {
			select {
			case unread <- m:
				return true
			case <-ctx.Done():
				return false
			}
		})
	})
	for range r.Jobs {
		workers.Go(func() { r.study(unread, done) })
	}
	go func() {
		workers.Wait()
		close(done)
	}()
	<-begun
	r.store(ctx, done)
	readers.Wait()
}

func (r *run) study(unread <-chan scan.Message, done chan<- studied) {
	for in := range unread {
		s := studied{Message: in}
		if in.Err == nil {
			m := message.New(r.Envelope, r.Options.Message)
			m.Load(in.Raw)
			s.lesson = r.school.Study(m, r.Class)
			if len(r.Others) > 0 && r.Class != filters.Unlearned {
				s.parsed = m
			}
		}
		s.Raw = nil
		done <- s
	}
}

// store teaches what comes, many lessons at once. It takes all that comes, also after an error.
func (r *run) store(ctx context.Context, done <-chan studied) {
	var waiting portion
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case s, more := <-done:
			if !more {
				r.teach(ctx, &waiting)
				return
			}
			if s.Err != nil {
				r.complain(s)
			} else {
				waiting.add(s)
			}
			r.Progress.Add(max(s.Size, 1))
			if len(waiting.lessons) < atOnce && waiting.bytes < bytesAtOnce {
				continue
			}
		case <-timer.C:
		}
		r.teach(ctx, &waiting)
		waiting = portion{}
		timer.Reset(patience)
	}
}

func (r *run) complain(s studied) {
	if errors.Is(s.Err, context.Canceled) {
		return
	}
	r.result.Unread++
	r.Progress.Aside(func() { fmt.Fprintf(r.Err, "weir learn: %s: %v\n", s.Name, s.Err) })
}

// portion is what is stored at once.
type portion struct {
	lessons []filters.Lesson
	parsed  []*message.Message
	bytes   int64
}

func (p *portion) add(s studied) {
	p.lessons = append(p.lessons, s.lesson)
	if s.parsed != nil {
		p.parsed, p.bytes = append(p.parsed, s.parsed), p.bytes+s.Size
	}
}

// teach stores a portion, then tells the others, several at a time: they ask the store for each message.
func (r *run) teach(ctx context.Context, p *portion) {
	if len(p.lessons) == 0 || ctx.Err() != nil {
		return
	}
	taught, err := r.school.Teach(ctx, r.Who, p.lessons)
	r.result.Add(taught)
	if err == nil && r.Also != nil {
		_, err = r.Also.Teach(ctx, r.Who, p.lessons)
	}
	if err == nil {
		err = r.tell(ctx, p.parsed)
	}
	if err != nil {
		r.stop(err)
	}
}

func (r *run) tell(ctx context.Context, list []*message.Message) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4 * r.Jobs)
	for _, m := range list {
		g.Go(func() error {
			for _, l := range r.Others {
				if err := l.Learn(ctx, m, r.Class == filters.Spam); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

type noProgress struct{}

func (noProgress) Start(int64)        {}
func (noProgress) Add(int64)          {}
func (noProgress) Aside(write func()) { write() }
func (noProgress) Finish()            {}
