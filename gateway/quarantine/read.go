package quarantine

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
)

// writer writes a file's content: the item's line, then the message.
func writer(head []byte, chunks [][]byte) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := w.Write(append(head, '\n')); err != nil {
			return err
		}
		z := packers.Get().(*gzip.Writer)
		defer packers.Put(z)
		z.Reset(w)
		for _, c := range chunks {
			if _, err := z.Write(c); err != nil {
				return err
			}
		}
		return z.Close()
	}
}

// packers are kept, since a gzip.Writer has 800 kB of tables.
var packers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

// Mail is a kept mail being read.
type Mail struct {
	Item
	file io.Closer
	z    *gzip.Reader
	sum  hash.Hash
	n    int64
}

// Open opens a mail to read its content. An id that is none of ours is ErrNoItem.
func (s *Store) Open(id string) (*Mail, error) {
	if !valid(id) {
		return nil, fmt.Errorf("%w: %.40q", ErrNoItem, id)
	}
	f, err := s.root.Open(id + suffix)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoItem, id)
	}
	if err != nil {
		return nil, err
	}
	m, err := read(f, id)
	if err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

func read(f io.ReadCloser, id string) (*Mail, error) {
	r := bufio.NewReader(f)
	item, err := readItem(r, id)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, id, err)
	}
	return &Mail{Item: item, file: f, z: z, sum: sha256.New()}, nil
}

// readItem reads the first line.
func readItem(r *bufio.Reader, id string) (Item, error) {
	var item Item
	line, err := readLine(r)
	if err == nil {
		err = json.Unmarshal(line, &item)
	}
	if err == nil && (item.Version != 1 || item.ID != id) {
		err = fmt.Errorf("version %d, id %.40q", item.Version, item.ID)
	}
	if err != nil {
		return Item{}, fmt.Errorf("%w: %s: %w", ErrDamaged, id, err)
	}
	return item, nil
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxItem {
			return nil, errors.New("the first line is too long")
		}
	}
}

// Read gives the message's bytes. The end is io.EOF only if size and digest are those of the mail that was kept, else
// ErrDamaged.
func (m *Mail) Read(p []byte) (int, error) {
	n, err := m.z.Read(p)
	m.sum.Write(p[:n])
	m.n += int64(n)
	if m.n > m.Size {
		return 0, fmt.Errorf("%w: %s: longer than it was", ErrDamaged, m.ID)
	}
	if err == io.EOF { // not io.ErrUnexpectedEOF
		return n, m.verify()
	}
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", ErrDamaged, m.ID, err)
	}
	return n, err
}

func (m *Mail) verify() error {
	if m.n != m.Size || hex.EncodeToString(m.sum.Sum(nil)) != m.SHA256 {
		return fmt.Errorf("%w: %s: its digest differs", ErrDamaged, m.ID)
	}
	return io.EOF
}

// Close ends reading.
func (m *Mail) Close() error { return m.file.Close() }

// List gives all mails, in no order, without their content. A file that can't be read comes with its id and an error; other
// files are passed over.
func (s *Store) List() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		f, err := s.root.Open(".")
		if err != nil {
			yield(Item{}, err)
			return
		}
		defer f.Close()
		for {
			names, err := f.Readdirnames(256)
			if !s.each(names, yield) || errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Item{}, err)
				return
			}
		}
	}
}

func (s *Store) each(names []string, yield func(Item, error) bool) bool {
	for _, name := range names {
		id, ok := strings.CutSuffix(name, suffix)
		if !ok || !valid(id) {
			continue
		}
		item, err := s.item(id)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted meanwhile
		}
		item.ID = id
		if !yield(item, err) {
			return false
		}
	}
	return true
}

func (s *Store) item(id string) (Item, error) {
	f, err := s.root.Open(id + suffix)
	if err != nil {
		return Item{}, err
	}
	defer f.Close()
	return readItem(bufio.NewReader(f), id)
}
