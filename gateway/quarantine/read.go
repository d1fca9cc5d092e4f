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
	"os"
	"path"
	"sync"

	"filippo.io/age"
)

// writer writes a file's content: the item's line, then the message.
func (s *Store) writer(head []byte, chunks [][]byte) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := w.Write(append(head, '\n')); err != nil {
			return err
		}
		if s.keys == nil {
			return pack(w, chunks)
		}
		sealed, err := age.Encrypt(w, s.keys...)
		if err != nil {
			return err
		}
		return errors.Join(pack(sealed, chunks), sealed.Close())
	}
}

func pack(w io.Writer, chunks [][]byte) error {
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

// Open opens a mail to read its content, deleted mail as well. An id that is none of ours is ErrNoItem. Encrypted mail needs
// one of the private keys: without, it is ErrSealed.
func (s *Store) Open(id string, keys ...age.Identity) (*Mail, error) {
	f, gone, err := s.open(id)
	if err != nil {
		return nil, err
	}
	m, err := read(f, id, keys)
	if err != nil {
		f.Close()
		return nil, err
	}
	m.Deleted = gone
	return m, nil
}

// open finds a mail's file.
func (s *Store) open(id string) (f *os.File, gone bool, err error) {
	if !valid(id) {
		return nil, false, fmt.Errorf("%w: %.40q", ErrNoItem, id)
	}
	if f, err = s.root.Open(id + suffix); !errors.Is(err, os.ErrNotExist) {
		return f, false, err
	}
	if f, err = s.root.Open(path.Join(deleted, id+suffix)); errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w: %s", ErrNoItem, id)
	}
	return f, true, err
}

// Item is what is known of a mail besides its content.
func (s *Store) Item(id string) (Item, error) {
	f, gone, err := s.open(id)
	if err != nil {
		return Item{}, err
	}
	defer f.Close()
	item, err := readItem(bufio.NewReader(f), id)
	item.Deleted = gone
	return item, err
}

func read(f io.ReadCloser, id string, keys []age.Identity) (*Mail, error) {
	r := bufio.NewReader(f)
	item, err := readItem(r, id)
	if err != nil {
		return nil, err
	}
	content, err := unsealed(r, &item, keys)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, id, err)
	}
	return &Mail{Item: item, file: f, z: z, sum: sha256.New()}, nil
}

// unsealed decrypts what is encrypted.
func unsealed(r io.Reader, item *Item, keys []age.Identity) (io.Reader, error) {
	if !item.Sealed {
		return r, nil
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: %s: name the file with the private key", ErrSealed, item.ID)
	}
	content, err := age.Decrypt(r, keys...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, fmt.Errorf("%w: %s: it is encrypted to another key", ErrSealed, item.ID)
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, item.ID, err)
	}
	return content, nil
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
