package filters

import (
	"context"
	"errors"
	"time"

	"weir/message"
)

// ErrFrozen says that a School may learn nothing at the time (School.Freeze, or its config).
var ErrFrozen = errors.New("learning is frozen")

// School is a filter that can be taught much mail at once, and that knows who taught it what.
type School interface {
	// Study makes a lesson of a message. All that takes time is done here; it may be called from many goroutines.
	Study(m *message.Message, c Class) Lesson

	// Teach learns lessons of the same school. When it returns without an error, all are stored; after an error some
	// may be. Teaching the same again changes nothing.
	Teach(ctx context.Context, who string, lessons []Lesson) (Taught, error)

	// Journal tells what was taught, newest first, as far back as it is kept. full tells that older lines may have gone.
	Journal(ctx context.Context) (lines []Past, full bool, err error)

	// Undo takes back what was taught: pass lines of the journal, newest first. A line about a message that something
	// else was taught about since is left alone. It tells how many were taken back.
	Undo(ctx context.Context, who string, lines []Past) (int, error)

	// For gives the school of what counts for the mail of one domain or recipient alone. An error tells what is wrong
	// with the name, or that there are no such lessons here. Its Freeze and Frozen are those of the whole.
	For(name string) (School, error)

	// Freeze stops all learning on all gateways, or lets it go on. What was learned can be taken back all the time.
	Freeze(ctx context.Context, who string, frozen bool) error

	// Frozen tells whether learning is frozen, and by whom.
	Frozen(ctx context.Context) (who string, frozen bool, err error)
}

// Class is what a message is said to be.
type Class uint8

// The classes. Unlearned, the zero value, takes back what was said of it.
const (
	Unlearned Class = iota
	Ham
	Spam
)

// String gives the class's name.
func (c Class) String() string { return [...]string{"unlearned", "ham", "spam"}[c] }

// Lesson is what a School makes of a message.
type Lesson any

// Taught counts what became of lessons.
type Taught struct {
	Learned int // learned anew
	Changed int // learned as another class than before, or unlearned
	Known   int // learned as this already: nothing changed
}

// Add adds up.
func (t *Taught) Add(o Taught) {
	t.Learned, t.Changed, t.Known = t.Learned+o.Learned, t.Changed+o.Changed, t.Known+o.Known
}

// Past is a line of a School's journal.
type Past struct {
	Time   time.Time
	Who    string
	Auto   bool   // nobody said so: the filter was sure by itself
	ID     string // of the message, in hex
	Before Class
	Now    Class
	Line   any // the School's own
}
