//go:build unix

package serve

import (
	"os"
	"syscall"
)

// upgradeSignal asks for a new process to take over.
const upgradeSignal = syscall.SIGUSR2

// Signals are those that Run understands, besides the two that end any program.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, upgradeSignal}
}
