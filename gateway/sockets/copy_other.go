//go:build !unix

package sockets

import (
	"os"
	"syscall"
)

// file gives a copy of the socket for another process: here none can be handed on.
func (l *Listener) file() (*os.File, error) { return nil, syscall.ENOTSUP }
