package relay

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"weir/gateway/durable"
)

// Ledger remembers who has had a message whose client was told to come again, so that nobody gets it twice: with LMTP
// one recipient's 250 and another's 450 become a 451 for the client, which then sends the whole message again.
//
// A message is known by a digest of what the client sent, without what differs at each try. Entries are kept for a day,
// in a bounded number, and in a file, so that a restart does not forget them. It is safe for use by many goroutines.
type Ledger struct {
	keep  time.Duration
	max   int
	fault func(error)
	size  atomic.Int64

	mu     sync.Mutex
	young  map[entry]int64 // since when, Unix seconds
	old    map[entry]int64
	turned time.Time // when young was begun
	dir    *durable.Dir
	root   *os.Root
	name   string
	file   *os.File
	lines  int         // records in file
	shared atomic.Bool // another process writes, too
	known  int64       // how far the file was read, while it is shared
}

// entry stands for a message and one recipient.
type entry [32]byte

const (
	ledgerKeep = 24 * time.Hour
	ledgerMax  = 200_000 // entries; about 20 MB
	recordSize = 8 + len(entry{})
)

// OpenLedger reads a ledger's file, or begins one; with path "" it is kept in memory only. fault is told of errors
// while writing, which make the ledger forget at the next restart but do not stop mail; it may be nil.
func OpenLedger(path string, fault func(error)) (*Ledger, error) {
	l := &Ledger{keep: ledgerKeep, max: ledgerMax, fault: fault, young: map[entry]int64{}, turned: time.Now()}
	if path == "" {
		return l, nil
	}
	dir, root, err := durable.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	l.dir, l.root, l.name = dir, root, filepath.Base(path)
	if err := errors.Join(l.load(), l.compact()); err != nil {
		root.Close()
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	return l, nil
}

// Close closes the file.
func (l *Ledger) Close() error {
	if l.root == nil {
		return nil
	}
	return errors.Join(l.file.Close(), l.root.Close())
}

// Empty is true where nothing is remembered, as nearly always: then a message's digest need not be made.
func (l *Ledger) Empty() bool {
	if l.shared.Load() {
		l.mu.Lock()
		l.follow()
		l.mu.Unlock()
	}
	return l.size.Load() == 0
}

// Seen tells whether the recipient has had the message already.
func (l *Ledger) Seen(digest [32]byte, rcpt string) bool {
	e := entryOf(digest, rcpt)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow()
	at, ok := l.young[e]
	if !ok {
		at, ok = l.old[e]
	}
	return ok && l.fresh(at, time.Now())
}

// Add notes that the recipients have had the message. It is on the disk when Add returns, unless fault was called.
func (l *Ledger) Add(digest [32]byte, rcpts []string) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	var records []byte
	for _, r := range rcpts {
		e := entryOf(digest, r)
		l.note(e, now.Unix())
		records = appendRecord(records, e, now.Unix())
	}
	if err := l.write(records, len(rcpts)); err != nil && l.fault != nil {
		l.fault(fmt.Errorf("ledger: %w", err))
	}
}

func entryOf(digest [32]byte, rcpt string) entry {
	return sha256.Sum256(append(digest[:], key(rcpt)...))
}

func (l *Ledger) fresh(at int64, now time.Time) bool {
	return now.Sub(time.Unix(at, 0)) < l.keep
}

// note keeps an entry: in two generations, of which the older is dropped whole after a day, or when there are too many.
func (l *Ledger) note(e entry, at int64) {
	if len(l.young) >= l.max/2 || time.Since(l.turned) > l.keep {
		l.old, l.young, l.turned = l.young, map[entry]int64{}, time.Now()
	}
	l.young[e] = at
	l.size.Store(int64(len(l.young) + len(l.old)))
}

func appendRecord(b []byte, e entry, at int64) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(at)), e[:]...)
}

// write appends records to the file and fsyncs it; a file that has grown too long is written anew.
func (l *Ledger) write(records []byte, n int) error {
	if l.file == nil {
		return nil
	}
	if l.lines += n; l.lines > 2*l.max && !l.shared.Load() {
		return l.compact()
	}
	if _, err := l.file.Write(records); err != nil {
		return err
	}
	return l.file.Sync()
}

// load reads the entries that still count. QUIRK: a torn record at the end, from a crash, is skipped.
func (l *Ledger) load() error {
	f, err := l.root.Open(l.name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(4*l.max*recordSize)))
	now := time.Now()
	for ; len(text) >= recordSize; text = text[recordSize:] {
		at := int64(binary.BigEndian.Uint64(text))
		if l.fresh(at, now) && at <= now.Unix()+60 {
			l.note(entry(text[8:recordSize]), at)
		}
	}
	return err
}

// compact writes a new file with what still counts, in place of the old one, and goes on with it.
func (l *Ledger) compact() error {
	var b bytes.Buffer
	l.lines = 0
	for _, m := range []map[entry]int64{l.old, l.young} {
		for e, at := range m {
			b.Write(appendRecord(nil, e, at))
			l.lines++
		}
	}
	_ = l.root.Remove(l.name + ".new")
	err := l.dir.Write(l.name+".new", ".", l.name, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err })
	if err != nil {
		return err
	}
	f, err := l.root.OpenFile(l.name, os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil && l.file != nil {
		l.file.Close()
	}
	if err == nil {
		l.file = f
	}
	return err
}
