package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/filters"
)

// work is what one transaction writes.
type work struct {
	pages  map[pageID]page // an empty page is removed
	notes  []note          // in order
	tables map[string]*tableWork
	drops  []string          // streams to remove, before notes
	meta   map[string][]byte // keys of the "meta" bucket
}

func newWork() *work {
	return &work{pages: map[pageID]page{}, tables: map[string]*tableWork{}, meta: map[string][]byte{}}
}

func (w *work) empty() bool {
	return len(w.pages) == 0 && len(w.notes) == 0 && len(w.tables) == 0 && len(w.drops) == 0 && len(w.meta) == 0
}

// pageID is where a page is: in a bucket of the file, under the number of buckets that the family is cut into and the
// page's index. So a family whose budget was changed begins anew, and its old pages are swept when they have ended.
type pageID struct {
	bucket         string
	buckets, index uint32
}

func (id pageID) key() []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 0, 8), id.buckets), id.index)
}

func (id pageID) read(tx *bolt.Tx) page {
	if b := tx.Bucket([]byte(id.bucket)); b != nil {
		return b.Get(id.key())
	}
	return nil
}

// flushEvery writes what has come together: at once where somebody waits for it, else once in a while.
func (s *Store) flushEvery(pause time.Duration) {
	defer s.ended.Done()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-s.closed:
			return
		case <-s.wake:
		case <-tick.C:
		}
		_ = s.flush(false) // who waits is told; the rest is tried again
	}
}

// commit waits until all that was changed before is in the file.
func (s *Store) commit(ctx context.Context) error {
	done := make(chan error, 1)
	s.mu.Lock()
	s.waiting = append(s.waiting, done)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w: it may be written later", filters.ErrNotKept, ctx.Err())
	case <-s.closed:
		return fmt.Errorf("%w: it is being closed", filters.ErrNotKept)
	}
}

// flush writes all that is unwritten in one transaction. If that fails, it stays to be written.
func (s *Store) flush(last bool) error {
	s.mu.Lock()
	w, waiting := s.dirty, s.waiting
	s.waiting = nil
	s.collectTables(w, last)
	if w.empty() && len(waiting) == 0 {
		s.mu.Unlock()
		return nil
	}
	w.meta["clock"] = binary.BigEndian.AppendUint64(nil, uint64(s.clock.Now().Unix()))
	s.dirty, s.flushing = newWork(), w
	s.mu.Unlock()

	err := s.write(w)

	s.mu.Lock()
	s.flushing = nil
	if err != nil {
		s.giveBack(w)
	}
	recovered := s.ill && err == nil
	s.ill = err != nil
	s.mu.Unlock()
	for _, c := range waiting {
		c <- err
	}
	if err != nil || recovered {
		s.hooks.Say("disk", err)
	}
	return err
}

// write is the transaction.
func (s *Store) write(w *work) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w: %w", filters.ErrNotKept, err)
		}
	}()
	defer caught(&err, "the file is damaged")
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return s.db.Update(func(tx *bolt.Tx) error {
		return errors.Join(w.clearTables(tx), w.putPages(tx), w.putNotes(tx), w.putTables(tx), w.putMeta(tx))
	})
}

func (w *work) putPages(tx *bolt.Tx) error {
	for id, p := range w.pages {
		b, err := tx.CreateBucketIfNotExists([]byte(id.bucket))
		if err != nil {
			return err
		}
		if len(p) == 0 {
			err = b.Delete(id.key())
		} else {
			err = b.Put(id.key(), p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *work) putMeta(tx *bolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists([]byte("meta"))
	if err != nil {
		return err
	}
	for k, v := range w.meta {
		if err := b.Put([]byte(k), v); err != nil {
			return err
		}
	}
	return nil
}

// giveBack puts what could not be written before what has come since. The store's lock is held.
func (s *Store) giveBack(w *work) {
	for id, p := range w.pages {
		if _, newer := s.dirty.pages[id]; !newer {
			s.dirty.pages[id] = p
		}
	}
	for k, v := range w.meta {
		if _, newer := s.dirty.meta[k]; !newer {
			s.dirty.meta[k] = v
		}
	}
	s.dirty.notes = append(w.notes, s.dirty.notes...)
	s.dirty.drops = append(w.drops, s.dirty.drops...)
	s.giveBackTables(w)
}
