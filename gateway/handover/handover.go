// Package handover lets a new process take over from one that runs, without a connection refused.
//
// The elder starts the heir with its listening sockets and one end of a pair of connected sockets. Over that they say, a
// line each:
//
//	heir    store            I have read my configuration: let go of the store
//	elder   released         nobody has the store's file now, or the control socket
//	heir    serving PATH     I have them; reach what is stored through PATH
//	heir    ready            I take connections
//	elder   yours            the service manager knows you as the service; I end what I have begun
//
// Until "ready" the elder serves as before; a heir that ends, or says nothing for too long, changes nothing: the elder
// takes the store back and goes on. The pair's end, when the elder has gone, is the last message.
package handover

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"weir/gateway/sockets"
)

// variable is the environment's word to a heir: the sockets that it gets, as JSON, from descriptor 4 on.
const variable = "WEIR_HANDOVER"

// linkFD is the heir's end of the pair.
const linkFD = 3

// patience is for one answer of the other side.
const patience = 30 * time.Second

// ErrGone says that the other process has ended.
var ErrGone = errors.New("handover: the other process has ended")

// Elder is the process to take over from, as its heir sees it. It is safe for use by many goroutines.
type Elder struct {
	link  *os.File
	lines chan string
	gone  chan struct{}
	mu    sync.Mutex
}

// FromElder gives the process that started this one to be its heir, with the sockets that it handed over; nil: this one
// was not started so.
func FromElder() (*Elder, *sockets.Set, error) {
	text := os.Getenv(variable)
	if text == "" {
		return nil, nil, nil
	}
	_ = os.Unsetenv(variable)
	var list []sockets.Passed
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, nil, fmt.Errorf("%s=%q: %w; this variable is Weir's own", variable, text, err)
	}
	set, err := sockets.From(linkFD+1, list)
	if err != nil {
		return nil, nil, err
	}
	return newElder(openLink()), set, nil
}

func newElder(link *os.File) *Elder {
	e := &Elder{link: link, lines: make(chan string, 4), gone: make(chan struct{})}
	go func() {
		defer close(e.gone)
		read(link, e.lines)
	}()
	return e
}

// read passes lines on until the other end is closed.
func read(link io.Reader, lines chan<- string) {
	for in := bufio.NewScanner(link); in.Scan(); {
		lines <- in.Text()
	}
}

// AskForStore waits until the elder has let go of the store.
func (e *Elder) AskForStore() error { return e.ask("store", "released") }

// Serving says through which control socket the elder reaches what is stored.
func (e *Elder) Serving(path string) error { return e.say("serving " + path) }

// Ready says that this process takes connections, and waits until the elder takes none any more or has gone.
func (e *Elder) Ready() error { return e.ask("ready", "yours") }

// Gone is closed when the elder has ended.
func (e *Elder) Gone() <-chan struct{} { return e.gone }

// Close ends the conversation.
func (e *Elder) Close() error { return e.link.Close() }

func (e *Elder) say(line string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := io.WriteString(e.link, line+"\n"); err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return nil
}

func (e *Elder) ask(line, want string) error {
	if err := e.say(line); err != nil {
		return err
	}
	select {
	case got := <-e.lines:
		if got != want {
			return fmt.Errorf("handover: the elder says %q to %q", strings.TrimSpace(got), line)
		}
		return nil
	case <-e.gone:
		return ErrGone
	case <-time.After(patience):
		return fmt.Errorf("handover: the elder says nothing to %q", line)
	}
}
