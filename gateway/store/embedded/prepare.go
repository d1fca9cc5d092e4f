package embedded

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/filters"
	"weir/gateway/store/backend"
)

// ErrSecret says that the state was made under another secret: none of its keys would ever be found.
var ErrSecret = errors.New("store: the state belongs to another secret")

// prepare looks at the file's own notes: which secret it was made with, and when it was last written.
func (s *Store) prepare() (err error) {
	defer caught(&err, "store: the file is damaged: restore a backup with `weir state import`")
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	check := s.keys.Check()
	return s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("meta"))
		if b == nil {
			s.dirty.meta["check"] = check[:]
			return nil
		}
		if old := b.Get([]byte("check")); old != nil && !bytes.Equal(old, check[:]) {
			return fmt.Errorf("%w: %s", ErrSecret, s.db.Path())
		}
		s.dirty.meta["check"] = check[:]
		if at := b.Get([]byte("clock")); len(at) == 8 {
			s.notBefore(time.Unix(int64(binary.BigEndian.Uint64(at)), 0))
		}
		return nil
	})
}

// notBefore keeps the clock from going back to before the last writing, as on a machine that starts with a wrong time.
// A difference of more than 30 days is taken for an error of the time before.
func (s *Store) notBefore(t time.Time) {
	if back := t.Sub(s.clock.Now()); back > 0 && back < 30*24*time.Hour {
		s.clock.Set(t)
	}
}

type familyInfo struct {
	TTL    int64 `json:"ttl"`
	Budget int   `json:"budget"`
}

// declare notes a family in the file, for `weir state`. It is called with the lock held.
func (s *Store) declare(l *backend.Layout) error {
	text, err := json.Marshal(familyInfo{TTL: int64(l.Family.TTL / time.Second), Budget: l.Family.Budget})
	s.dirty.meta["family:"+l.Family.Name] = text
	return err
}

// knownFamilies reads what was noted of the families.
func knownFamilies(tx *bolt.Tx) map[string]filters.Family {
	known := map[string]filters.Family{}
	b := tx.Bucket([]byte("meta"))
	if b == nil {
		return known
	}
	c := b.Cursor()
	prefix := []byte("family:")
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		var i familyInfo
		if json.Unmarshal(v, &i) == nil {
			name := string(k[len(prefix):])
			known[name] = filters.Family{Name: name, TTL: time.Duration(i.TTL) * time.Second, Budget: i.Budget}
		}
	}
	return known
}
