//go:build !unix

package handover

import (
	"context"
	"errors"
	"os"

	"weir/gateway/sockets"
)

// Steps are what the elder does when its heir asks for it.
type Steps struct {
	Release func() error
	Serving func(path string) error
}

// Heir is the new process, as the elder sees it.
type Heir struct{}

// Begin fails: sockets can't be handed over here.
func Begin(string, []string, *sockets.Set) (*Heir, error) { return nil, errors.ErrUnsupported }

// Await is never reached.
func (*Heir) Await(context.Context, Steps) error { return errors.ErrUnsupported }

// PID is never reached.
func (*Heir) PID() int { return 0 }

// Yours is never reached.
func (*Heir) Yours() error { return errors.ErrUnsupported }

func openLink() *os.File { return os.NewFile(linkFD, "elder") }
