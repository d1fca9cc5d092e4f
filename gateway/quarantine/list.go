package quarantine

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"os"
	"path"
	"strings"
)

// List gives all mails, in no order, without their content: first those that are kept, then those that were deleted and can
// be brought back. A file that can't be read comes with its id and an error; other files are passed over.
func (s *Store) List() iter.Seq2[Item, error] { return s.each(s.item) }

// each gives what get makes of every mail's file.
func (s *Store) each(get func(folder, id string) (Item, error)) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, folder := range []string{".", deleted} {
			if !s.in(folder, get, yield) {
				return
			}
		}
	}
}

// in goes through one folder; false: the caller has enough.
func (s *Store) in(folder string, get func(folder, id string) (Item, error), yield func(Item, error) bool) bool {
	f, err := s.root.Open(folder)
	if err != nil {
		return yield(Item{}, err)
	}
	defer f.Close()
	for {
		names, err := f.Readdirnames(256)
		for _, name := range names {
			id, ok := strings.CutSuffix(name, suffix)
			if !ok || !valid(id) {
				continue
			}
			item, err := get(folder, id)
			if errors.Is(err, os.ErrNotExist) {
				continue // deleted meanwhile
			}
			item.ID, item.Deleted = id, folder == deleted
			if !yield(item, err) {
				return false
			}
		}
		if err != nil {
			return errors.Is(err, io.EOF) || yield(Item{}, err)
		}
	}
}

// item reads what a file says of its mail.
func (s *Store) item(folder, id string) (Item, error) {
	f, err := s.root.Open(path.Join(folder, id+suffix))
	if err != nil {
		return Item{}, err
	}
	defer f.Close()
	return readItem(bufio.NewReader(f), id)
}
