package relay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"weir/gateway/durable"
)

// JoinLedger is OpenLedger for a process that takes over from one that still writes: both add to the same file, and each
// sees what the other adds, until Alone is called.
func JoinLedger(path string, fault func(error)) (*Ledger, error) {
	l := &Ledger{keep: ledgerKeep, max: ledgerMax, fault: fault, young: map[entry]int64{}, turned: time.Now()}
	l.shared.Store(true)
	dir, root, err := durable.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	l.dir, l.root, l.name = dir, root, filepath.Base(path)
	if l.file, err = root.OpenFile(l.name, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger %s: %w", path, err), root.Close())
	}
	l.follow()
	return l, nil
}

// Share lets another process join: from now on the file is not written anew, and what the other adds is read.
func (l *Ledger) Share() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.root == nil || l.shared.Load() {
		return
	}
	f, err := l.root.OpenFile(l.name, os.O_RDWR|os.O_APPEND, 0o600) // also to be read
	if err != nil {
		l.tell(err)
		return
	}
	l.file.Close()
	l.file, l.known = f, 0
	l.shared.Store(true)
}

// Alone ends the sharing: the other process has gone.
func (l *Ledger) Alone() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow()
	l.shared.Store(false)
}

// follow reads what was added to a shared file since. The lock is held.
func (l *Ledger) follow() {
	if !l.shared.Load() || l.file == nil {
		return
	}
	info, err := l.file.Stat()
	if err != nil || info.Size() < l.known+int64(recordSize) {
		return
	}
	text, err := io.ReadAll(io.NewSectionReader(l.file, l.known, min(info.Size()-l.known, int64(4*l.max*recordSize))))
	if err != nil {
		l.tell(err)
		return
	}
	now := time.Now()
	for ; len(text) >= recordSize; text = text[recordSize:] {
		at := int64(binary.BigEndian.Uint64(text))
		if l.fresh(at, now) && at <= now.Unix()+60 {
			l.note(entry(text[8:recordSize]), at)
		}
		l.known, l.lines = l.known+int64(recordSize), l.lines+1
	}
}

func (l *Ledger) tell(err error) {
	if l.fault != nil {
		l.fault(fmt.Errorf("ledger: %w", err))
	}
}
