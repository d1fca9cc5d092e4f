package control

import (
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"weir/filters"
)

// A batch travels as encoding/gob: its operations, and their errors beside them.

type batch struct {
	Ops      []filters.Op
	Failures []failure
}

// failure is an error as it travels: of which kind, and its text.
type failure struct {
	Kind int // index of kinds; 0: none
	Text string
}

var kinds = []error{nil, filters.ErrStoreDown, filters.ErrNotKept, filters.ErrBadOperation}

var register = sync.OnceFunc(func() {
	for _, op := range []filters.Op{
		&filters.Sight{}, &filters.Counter{}, &filters.Taking{}, &filters.Set{}, &filters.Value{}, &filters.Appending{}, &filters.Reading{},
		&filters.Learning{}, &filters.Marking{}, &filters.Clearing{}, &filters.Peeking{}, &filters.Changing{},
	} {
		gob.Register(op)
	}
})

// pack takes the errors out of the operations.
func pack(ops []filters.Op) batch {
	register()
	b := batch{Ops: ops, Failures: make([]failure, len(ops))}
	for i, op := range ops {
		b.Failures[i] = toFailure(op.Failure())
		op.Fail(nil)
	}
	return b
}

func toFailure(err error) failure {
	for i, kind := range kinds {
		if kind != nil && errors.Is(err, kind) {
			return failure{i, err.Error()}
		}
	}
	if err != nil {
		return failure{1, err.Error()}
	}
	return failure{}
}

func (f failure) err() error {
	if f.Kind <= 0 || f.Kind >= len(kinds) {
		return nil
	}
	return told{kinds[f.Kind], f.Text}
}

// told is an error of the other side.
type told struct {
	kind error
	text string
}

func (e told) Error() string { return e.text }
func (e told) Unwrap() error { return e.kind }

// unpack copies results into the caller's operations.
func (b *batch) unpack(ops []filters.Op) error {
	if len(b.Ops) != len(ops) || len(b.Failures) != len(ops) {
		return fmt.Errorf("%w: %d results for %d operations", filters.ErrStoreDown, len(b.Ops), len(ops))
	}
	for i, op := range ops {
		to, from := reflect.ValueOf(op), reflect.ValueOf(b.Ops[i])
		if to.Type() != from.Type() || from.IsNil() {
			return fmt.Errorf("%w: a result of another kind", filters.ErrStoreDown)
		}
		to.Elem().Set(from.Elem())
		op.Fail(b.Failures[i].err())
	}
	return nil
}
