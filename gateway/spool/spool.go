// Package spool keeps a message while it arrives: in memory as long as it is small, then in a file that has no name.
//
// The content comes back as one slice of bytes in either case, since everything that looks at a message wants exactly
// that: a large one is mapped into memory, so that the kernel keeps its pages and the Go heap does not grow. The file
// is unlinked as soon as it is made. Whatever becomes of the process, nothing stays behind.
package spool

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// ErrClosed is returned by methods of a closed buffer.
var ErrClosed = errors.New("spool: buffer is closed")

// file is what a spool file must do; tests put a full disk in its place.
type file interface {
	Write(p []byte) (int, error)
	ReadAt(p []byte, off int64) (int, error)
	Fd() uintptr
	Close() error
}

// Pool makes buffers and keeps their memory for the next ones. It is safe for use by many goroutines.
type Pool struct {
	dir    string
	memory int
	create func(dir string) (file, error)
	free   sync.Pool
}

// firstAlloc is what a buffer of unknown size begins with: most mails fit.
const firstAlloc = 16 << 10

// NewPool makes a pool. Buffers of more than memory bytes go to a file in dir; "" means the system's folder for
// temporary files.
func NewPool(dir string, memory int) *Pool {
	if dir == "" {
		dir = os.TempDir()
	}
	return &Pool{dir: dir, memory: memory, create: createUnlinked}
}

// Check tells whether a file can be made in the pool's folder, so that a wrong setting is seen at the start and not
// with the first large mail.
func (p *Pool) Check() error {
	f, err := p.create(p.dir)
	if err != nil {
		return fmt.Errorf("spool: no file can be made in %s: %w", p.dir, err)
	}
	return f.Close()
}

// Get gives an empty buffer, ready for a message of about size bytes; 0: unknown.
func (p *Pool) Get(size int64) *Buffer {
	b, _ := p.free.Get().(*Buffer)
	if b == nil {
		b = &Buffer{pool: p}
	}
	b.closed = false
	want := max(int(min(size, int64(p.memory))), min(firstAlloc, p.memory))
	if cap(b.mem) < want {
		b.mem = make([]byte, 0, want)
	}
	return b
}

// Buffer is one message's content. It is used by one goroutine; the bytes that it gives may be read by many.
type Buffer struct {
	pool   *Pool
	mem    []byte // all of it, or what is not yet written to disk
	disk   file   // nil: all is in mem
	onDisk int64
	mapped []byte
	closed bool
}

// Size is the number of bytes written so far.
func (b *Buffer) Size() int64 { return b.onDisk + int64(len(b.mem)) }

// InMemory tells whether the content has not gone to a file.
func (b *Buffer) InMemory() bool { return b.disk == nil }

// Write adds p. An error (a full disk) is final: the buffer must be closed.
func (b *Buffer) Write(p []byte) (int, error) {
	if b.closed {
		return 0, ErrClosed
	}
	if len(b.mem)+len(p) > b.pool.memory {
		if err := b.spill(); err != nil {
			return 0, err
		}
		if len(p) > b.pool.memory {
			return len(p), b.store(p)
		}
	}
	b.mem = append(b.mem, p...)
	return len(p), nil
}

// spill writes what is in memory to the file, which it makes if need be.
func (b *Buffer) spill() error {
	if b.disk == nil {
		f, err := b.pool.create(b.pool.dir)
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		b.disk = f
	}
	err := b.store(b.mem)
	b.mem = b.mem[:0]
	return err
}

func (b *Buffer) store(p []byte) error {
	n, err := b.disk.Write(p)
	b.onDisk += int64(n)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// Bytes gives the content. It is valid, and must not be changed, until Close; nothing may be written any more.
func (b *Buffer) Bytes() ([]byte, error) {
	switch {
	case b.closed:
		return nil, ErrClosed
	case b.disk == nil:
		return b.mem, nil
	case b.mapped != nil:
		return b.mapped, nil
	}
	if err := b.spill(); err != nil {
		return nil, err
	}
	m, err := mapFile(b.disk, b.onDisk)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	b.mapped = m
	return m, nil
}

// Close gives up the content. It must be the last use of the buffer, which serves another message from then on.
func (b *Buffer) Close() error {
	if b.closed {
		return nil
	}
	err := b.drop()
	b.mem, b.closed = b.mem[:0], true
	b.pool.free.Put(b)
	return err
}

func (b *Buffer) drop() (err error) {
	if b.mapped != nil {
		err = unmapFile(b.mapped)
	}
	if b.disk != nil {
		err = errors.Join(err, b.disk.Close())
	}
	b.mapped, b.disk, b.onDisk = nil, nil, 0
	return err
}

// abandonFor is how long the address range of an abandoned buffer is kept.
const abandonFor = time.Hour

// Abandon is Close where somebody may still be reading the bytes, such as a filter that ran out of time and did not
// notice. Memory is left to the garbage collector. Of a large message the file and its memory go at once, and whoever
// reads on sees zeros: reading an address range that is gone would end the process.
func (b *Buffer) Abandon() {
	if b.closed {
		return
	}
	b.closed = true
	if m := b.mapped; m != nil && blankFile(m) == nil {
		b.mapped = nil
		time.AfterFunc(abandonFor, func() { _ = unmapFile(m) })
	}
	b.mem, b.mapped = nil, nil
	_ = b.drop()
}
