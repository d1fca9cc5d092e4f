package milter

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-milter"
)

// maxPacket bounds a packet without its four bytes of length. Body packets have 64 kB at most, header fields as much as the
// mail server takes for one (Postfix: 100 kB).
const maxPacket = 1 << 20

// Sizes of the input buffer: small while nothing comes, and for the headers of most mails; larger ones are given back.
const (
	smallBuffer = 8 << 10
	largeBuffer = 64<<10 + 512
)

// What is wrong with what the mail server sends. All of it ends the connection.
var (
	errTooLong  = errors.New("milter: packet is too long")
	errEmpty    = errors.New("milter: packet without a command")
	errDraining = errors.New("milter: shutting down")
)

// wire is a connection: packets that come in, answers that go out.
//
// Answers are gathered and written before we wait for more, in one write. Two may write: the goroutine that serves the
// connection, and the timer that says "still working" meanwhile. The lock keeps their packets whole.
type wire struct {
	conn  net.Conn
	times *Timeouts
	ack   func() // has the kernel acknowledge what we have read; nil: needless
	turn  turn

	buf   []byte // buf[r:w] is read and not used yet
	r, w  int
	owing bool // we have read something since we last wrote

	mu   sync.Mutex // guards writes and late
	late lateness
	out  []byte // answers that are not written yet
}

func newWire(c net.Conn, t *Timeouts) *wire {
	return &wire{conn: c, times: t, ack: quickAck(c)}
}

// next gives the next packet. data is valid until the call after this one.
func (w *wire) next(at pause) (code milter.Code, data []byte, err error) {
	size, err := w.size()
	if err == nil && !w.has(4+size) {
		err = w.await(4+size, at)
		if err == nil {
			size, err = w.size()
		}
	}
	for err == nil && !w.has(4+size) { // the length has only now come in
		err = w.await(4+size, inMessage)
	}
	if err != nil {
		return 0, nil, err
	}
	p := w.buf[w.r+4 : w.r+4+size]
	w.r += 4 + size
	return milter.Code(p[0]), p[1:], nil
}

func (w *wire) has(n int) bool { return w.w-w.r >= n }

// size is the length of the packet at the front; 1 while it is not known.
func (w *wire) size() (int, error) {
	if !w.has(4) {
		return 1, nil
	}
	switch n := binary.BigEndian.Uint32(w.buf[w.r:]); {
	case n > maxPacket:
		return 0, errTooLong
	case n == 0:
		return 0, errEmpty
	default:
		return int(n), nil
	}
}

// await reads until n bytes are there. Answers go out before it waits. The first byte of a packet may take long; the rest must come soon.
func (w *wire) await(n int, at pause) error {
	if err := w.flush(); err != nil {
		return err
	}
	if w.r == w.w {
		w.r, w.w = 0, 0
		if at != inMessage {
			w.shrink()
		}
		if err := w.turn.wait(w.conn, w.times.Idle.D(), at); err != nil {
			return err
		}
		if err := w.fill(n); err != nil {
			return err
		}
	}
	if w.has(n) {
		return nil
	}
	if err := w.turn.wait(w.conn, w.times.Packet.D(), inMessage); err != nil {
		return err
	}
	for !w.has(n) {
		if err := w.fill(n); err != nil {
			return err
		}
		if size, err := w.size(); err != nil || 4+size > n {
			return err
		}
	}
	return nil
}

// fill reads what is there. The buffer grows with what comes in, and not by what a length says.
func (w *wire) fill(n int) error {
	w.room(n)
	if w.owing && w.ack != nil {
		w.ack()
	}
	got, err := w.conn.Read(w.buf[w.w:])
	w.w += got
	w.owing = true
	if got == 0 && err == nil {
		return io.ErrNoProgress
	}
	if got > 0 {
		return nil
	}
	return err
}

// room makes space behind what is read, for at least one byte.
func (w *wire) room(n int) {
	if w.buf == nil {
		w.buf = make([]byte, smallBuffer)
	}
	if w.w < len(w.buf) && w.r+n <= len(w.buf) {
		return
	}
	copy(w.buf, w.buf[w.r:w.w])
	w.w, w.r = w.w-w.r, 0
	if w.w < len(w.buf) {
		return
	}
	old := w.buf
	if len(old) < largeBuffer {
		w.buf = *largeBuffers.Get().(*[]byte)
	} else {
		w.buf = make([]byte, 2*len(old))
	}
	copy(w.buf, old)
	giveBack(old)
}

var largeBuffers = sync.Pool{New: func() any { b := make([]byte, largeBuffer); return &b }}

// giveBack leaves a buffer to another connection, if it is of the size that most need.
func giveBack(b []byte) {
	if len(b) == largeBuffer {
		largeBuffers.Put(&b)
	}
}

// shrink drops a large buffer in which nothing is.
func (w *wire) shrink() {
	if len(w.buf) > smallBuffer {
		giveBack(w.buf)
		w.buf = nil
	}
}

// put adds an answer.
func (w *wire) put(code byte, parts ...string) {
	at := w.begin(code)
	for _, p := range parts {
		w.out = append(append(w.out, p...), 0)
	}
	w.end(at)
}

// begin starts an answer whose data is appended to w.out, and end completes it.
func (w *wire) begin(code byte) int {
	w.out = append(w.out, 0, 0, 0, 0, code)
	return len(w.out) - 5
}

func (w *wire) end(at int) { binary.BigEndian.PutUint32(w.out[at:], uint32(len(w.out)-at-4)) }

// flush writes the answers.
func (w *wire) flush() error {
	if len(w.out) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write()
}

// write is flush under the lock.
func (w *wire) write() error {
	err := w.send(w.out)
	w.out = w.out[:0]
	if cap(w.out) > 2*largeBuffer {
		w.out = nil
	}
	w.owing = false
	return err
}

// send writes p under the lock.
func (w *wire) send(p []byte) error {
	_ = w.conn.SetWriteDeadline(time.Now().Add(w.times.Write.D()))
	_, err := w.conn.Write(p)
	return err
}
