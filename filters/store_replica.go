package filters

import "sync/atomic"

// Replica is a table's copy in memory. The store keeps it up to date; filters read it from many goroutines.
//
// While the store can't be reached, the old copy serves and is marked stale. Three things are never mixed: not known
// yet (Known is false: the store has not answered since the start), untrained (Known, and Version is zero: the store
// says that nothing was learned), and trained.
type Replica struct {
	cells atomic.Pointer[[]int32]
	state atomic.Pointer[ReplicaState]
}

// ReplicaState says how good a copy is.
type ReplicaState struct {
	Version Version // the zero value: untrained, if Known
	Known   bool    // the store has said what the table holds
	Stale   bool    // the store can't be asked now, or the copy is being loaded again
}

// Trained tells whether there is anything in the table.
func (s ReplicaState) Trained() bool { return s.Known && s.Version != Version{} }

// State says how good the copy is. The zero value: nothing is known.
func (r *Replica) State() ReplicaState {
	if s := r.state.Load(); s != nil {
		return *s
	}
	return ReplicaState{}
}

// SetState is for stores.
func (r *Replica) SetState(s ReplicaState) { r.state.Store(&s) }

// View gives the cells to read. Take one for each message, and don't keep it: after a reload it is the old table.
func (r *Replica) View() View {
	if c := r.cells.Load(); c != nil {
		return *c
	}
	return nil
}

// SetView is for stores: it replaces the cells.
func (r *Replica) SetView(v View) {
	cells := []int32(v)
	r.cells.Store(&cells)
}

// View is a table's cells, or nil for a table that is not loaded or untrained.
type View []int32

// At gives a cell; 0 for one that is not there.
func (v View) At(i uint32) int32 {
	if int(i) >= len(v) {
		return 0
	}
	return atomic.LoadInt32(&v[i])
}

// Set is for stores: it changes a cell while others read.
func (v View) Set(i uint32, value int32) {
	if int(i) < len(v) {
		atomic.StoreInt32(&v[i], value)
	}
}
