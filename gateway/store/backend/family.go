package backend

import (
	"fmt"
	"sync"

	"weir/filters"
	"weir/gateway/store/key"
)

// Layout is how a family is cut into buckets. An entry's key says in which bucket it is; each bucket holds a part of
// the budget, so the budget holds without counting. A bucket that is full drops what has ended, then what ends first.
type Layout struct {
	Family  filters.Family // as in force: the admin's budget overrides the filter's
	Buckets uint32
	Room    int // entries in one bucket
}

// NewLayout cuts a family into buckets of at most size entries.
func NewLayout(f filters.Family, size int) *Layout {
	buckets := (f.Budget + size - 1) / size
	return &Layout{Family: f, Buckets: uint32(buckets), Room: f.Budget / buckets}
}

// Bucket gives the bucket of a key.
func (l *Layout) Bucket(k key.Key) uint32 { return k.Bucket(l.Buckets) }

// Families knows the families in use.
type Families struct {
	Size    int                 // entries of one bucket
	Budgets map[string]int      // the admin's; may be nil
	OnNew   func(*Layout) error // called once for each family, when it is first used; may be nil

	known sync.Map // name → *Layout
}

// Layout gives a family's layout. Two families of one name must have the same budget.
func (s *Families) Layout(f *filters.Family) (*Layout, error) {
	if l, ok := s.known.Load(f.Name); ok {
		return s.checked(l.(*Layout), f)
	}
	family := *f
	if n, ok := s.Budgets[f.Name]; ok {
		family.Budget = n
	}
	if err := family.Check(); err != nil {
		return nil, err
	}
	l, loaded := s.known.LoadOrStore(f.Name, NewLayout(family, s.Size))
	if !loaded && s.OnNew != nil {
		if err := s.OnNew(l.(*Layout)); err != nil {
			s.known.Delete(f.Name)
			return nil, err
		}
	}
	return s.checked(l.(*Layout), f)
}

func (s *Families) checked(l *Layout, f *filters.Family) (*Layout, error) {
	if _, ok := s.Budgets[f.Name]; !ok && l.Family.Budget != f.Budget {
		return nil, fmt.Errorf("%w: family %s is used with budgets %d and %d", filters.ErrBadOperation, f.Name, l.Family.Budget, f.Budget)
	}
	return l, nil
}

// Known gives the layout of a family that is in use.
func (s *Families) Known(name string) (*Layout, bool) {
	l, ok := s.known.Load(name)
	if !ok {
		return nil, false
	}
	return l.(*Layout), true
}

// All gives the layouts of all families in use.
func (s *Families) All() (list []*Layout) {
	s.known.Range(func(_, l any) bool {
		list = append(list, l.(*Layout))
		return true
	})
	return list
}
