package quarantine

import (
	"errors"
	"time"
)

// Swept is what a sweep removed for good.
type Swept struct {
	Expired int   // mails older than keep
	Deleted int   // mails that were deleted longer ago than keep_deleted
	Pushed  int   // the oldest mails, since all together were larger than max_size
	Bytes   int64 // of their files
}

// Any tells whether something was removed.
func (s Swept) Any() bool { return s.Expired+s.Deleted+s.Pushed > 0 }

// Sweep removes what is not to be kept any more. It never removes a file that it can't read: that is for a person.
func (s *Store) Sweep(c Config, now time.Time) (done Swept, err error) {
	list, _ := s.Entries()
	total, sizes := int64(0), make([]int64, len(list))
	var kept []int // indexes into list, the newest first
	for i := range list {
		e := &list[i]
		info, statErr := s.root.Stat((&Item{ID: e.ID, Deleted: e.Deleted}).File())
		if statErr != nil {
			continue
		}
		sizes[i] = info.Size()
		switch since := e.deletedAt(); {
		case e.Deleted && now.Sub(since) >= c.KeepDeleted.D():
			err = errors.Join(err, s.drop(e, sizes[i], &done, &done.Deleted))
		case c.Keep > 0 && now.Sub(e.Time) >= c.Keep.D():
			err = errors.Join(err, s.drop(e, sizes[i], &done, &done.Expired))
		default:
			total += sizes[i]
			kept = append(kept, i)
		}
	}
	for k := len(kept) - 1; k >= 0 && c.MaxSize > 0 && total > int64(c.MaxSize); k-- {
		i := kept[k]
		total -= sizes[i]
		err = errors.Join(err, s.drop(&list[i], sizes[i], &done, &done.Pushed))
	}
	if done.Any() { // what the index tells of them is to go too
		_, indexErr := s.Reindex()
		err = errors.Join(err, indexErr)
	}
	return done, err
}

func (s *Store) drop(e *Entry, size int64, done *Swept, count *int) error {
	if err := s.Remove(e.ID); err != nil && !errors.Is(err, ErrNoItem) {
		return err
	}
	*count++
	done.Bytes += size
	return nil
}

// deletedAt is when it was deleted; when it was kept, where the journal has lost that.
func (e *Entry) deletedAt() time.Time {
	for i := len(e.Deeds) - 1; i >= 0; i-- {
		if e.Deeds[i].Verb == Deleted {
			return e.Deeds[i].Time
		}
	}
	return e.Time
}
