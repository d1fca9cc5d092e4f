//go:build !unix

package serve

import (
	"os"
	"syscall"
)

// upgradeSignal is never sent here.
const upgradeSignal = syscall.Signal(-1)

// Signals are those that Run understands, besides the two that end any program.
func Signals() []os.Signal { return []os.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} }
