package quarantine

import (
	"errors"
	"fmt"
	"os"
	"path"

	"weir/gateway/durable"
)

// Delete takes a mail out of sight. Restore brings it back until a sweep removes it for good.
func (s *Store) Delete(id string) error {
	return s.move(id, ".", deleted)
}

// Restore brings a deleted mail back.
func (s *Store) Restore(id string) error {
	return s.move(id, deleted, ".")
}

func (s *Store) move(id, from, to string) error {
	if !valid(id) {
		return fmt.Errorf("%w: %.40q", ErrNoItem, id)
	}
	unlock, err := durable.Lock(s.root) // else a reindex might see it in neither folder, and forget what was done with it
	if err != nil {
		return err
	}
	defer unlock()
	err = s.dir.Move(from, to, id+suffix)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNoItem, id)
	}
	return err
}

// Remove removes a mail for good, whether it was deleted before or not.
func (s *Store) Remove(id string) error {
	if !valid(id) {
		return fmt.Errorf("%w: %.40q", ErrNoItem, id)
	}
	for _, folder := range []string{".", deleted} {
		if err := s.dir.Remove(folder, path.Join(folder, id+suffix)); !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("%w: %s", ErrNoItem, id)
}

// File is the name of the mail's file, from the quarantine's folder.
func (i *Item) File() string {
	if i.Deleted {
		return path.Join(deleted, i.ID+suffix)
	}
	return i.ID + suffix
}
