package backend

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/filters"
	"weir/gateway/store/key"
)

// lastTime is the latest time of a note, in milliseconds since 1970: the year 2248. Notes get later and later positions,
// so one at the end of all times would leave none for others.
const lastTime = 1 << 43

// Check tells what is wrong with a record that comes from outside; nil: nothing. What is stored of a wrong one would
// stop all further writing, or have no end.
func (r *Record) Check() error {
	const seconds = time.Second
	if len(r.Name) > 200 {
		return fmt.Errorf("a name of %d bytes", len(r.Name))
	}
	switch r.Kind {
	case FamilyKind:
		return (&filters.Family{Name: r.Name, TTL: ttl(r.TTL), Budget: r.Budget}).Check()
	case EntryKind:
		return errors.Join((&filters.Family{Name: r.Name, TTL: seconds, Budget: 1}).Check(), r.atMost(filters.MaxData))
	case StreamKind:
		return stream(r.Name, cmp.Or(ttl(r.TTL), seconds), cmp.Or(r.Budget, 1))
	case NoteKind:
		return errors.Join(stream(r.Name, seconds, 1), r.position(), r.atMost(filters.MaxEntry))
	case TableKind:
		return r.table()
	case CellsKind:
		return errors.Join(tableName(r.Name), r.cells())
	case MarkKind:
		return errors.Join(tableName(r.Name), r.atMost(filters.MaxData))
	}
	return fmt.Errorf("there is no %q", r.Kind)
}

// ttl gives seconds as a duration; what is too long for one is too long for all that is stored.
func ttl(seconds int64) time.Duration {
	if seconds < 0 || seconds > int64(filters.MaxTTL/time.Second) {
		return filters.MaxTTL + 1
	}
	return time.Duration(seconds) * time.Second
}

func (r *Record) atMost(bytes int) error {
	if len(r.Data) > bytes {
		return fmt.Errorf("%d bytes, at most %d are kept", len(r.Data), bytes)
	}
	return nil
}

func (r *Record) position() error {
	if r.At == nil || r.At.Time >= lastTime || r.At.Number >= 1<<62 {
		return errors.New("a note without a position, or with one that can't be")
	}
	return nil
}

func (r *Record) table() error {
	if r.Version == nil {
		return errors.New("a table without a version")
	}
	t := filters.Table{Name: "table", Cells: r.Cells, TTL: ttl(r.TTL), Marks: filters.Family{TTL: ttl(r.MarkTTL), Budget: r.Budget}}
	return errors.Join(tableName(r.Name), t.Check())
}

func (r *Record) cells() error {
	if len(r.Data)%4 != 0 || uint64(r.From)+uint64(len(r.Data)/4) > filters.MaxCells {
		return fmt.Errorf("%d bytes of cells from cell %d on", len(r.Data), r.From)
	}
	return nil
}

// stream checks a stream's path (StreamPath).
func stream(path string, ttl time.Duration, most int) error {
	of, name, journal := strings.Cut(path, "/")
	if !journal {
		name = path
	} else if err := tableName(of); err != nil {
		return err
	}
	return (&filters.Stream{Name: name, TTL: ttl, Max: most}).Check()
}

// tableName checks a table's path (TablePath).
func tableName(path string) error {
	name, scope, scoped := strings.Cut(path, ":")
	if scoped {
		if err := new(key.Key).UnmarshalText([]byte(scope)); err != nil {
			return err
		}
	}
	return (&filters.Family{Name: name, TTL: time.Second, Budget: 1}).Check()
}
