package gateway

import "sync"

// maxFaults bounds how many mails' faults are remembered; the oldest are forgotten.
const maxFaults = 1024

// faults counts by fingerprint how often our own fault put a mail off. The zero value is ready.
type faults struct {
	mu    sync.Mutex
	count map[[32]byte]int
	order [][32]byte
}

// note counts one more fault and returns how many there were, this one included.
func (f *faults) note(digest [32]byte) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		f.count = make(map[[32]byte]int)
	}
	if f.count[digest] == 0 {
		f.order = append(f.order, digest)
	}
	f.count[digest]++
	if len(f.order) > maxFaults {
		delete(f.count, f.order[0])
		f.order = f.order[1:]
	}
	return f.count[digest]
}
