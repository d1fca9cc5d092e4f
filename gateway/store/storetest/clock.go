// Package storetest is the conformance suite of the store: what every implementation must do, whatever it keeps its
// state in. It also gives tests a store of their own.
package storetest

import (
	"sync"
	"time"

	"weir/gateway/store/clock"
)

// Machine is a machine's clocks, moved by hand.
type Machine struct {
	mu     sync.Mutex
	wall   time.Time
	steady time.Duration
}

// NewMachine gives a machine whose time stands still at the given time.
func NewMachine(t time.Time) *Machine { return &Machine{wall: t} }

// Clock gives a store's clock that runs with the machine.
func (m *Machine) Clock() *clock.Clock {
	return clock.New(m.Now, func() time.Duration {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.steady
	})
}

// Now is the machine's wall clock.
func (m *Machine) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wall
}

// Pass lets time go by.
func (m *Machine) Pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wall, m.steady = m.wall.Add(d), m.steady+d
}

// Jump sets the wall clock off, as when somebody sets it wrong.
func (m *Machine) Jump(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wall = m.wall.Add(d)
}
