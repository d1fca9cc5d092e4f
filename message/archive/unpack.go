package archive

import (
	"errors"
	"io"
)

// grace is what may come out of any entry, whatever its ratio.
const grace = 1 << 20

// errLate ends an unpacker whose time is up.
var errLate = errors.New("archive: time is up")

// input gives an unpacker its bytes, and fails when time is up: a loop that yields nothing ends too.
type input struct {
	w    *Walker
	data []byte
	at   int
}

func (r *input) Read(p []byte) (int, error) {
	if r.at >= len(r.data) {
		return 0, io.EOF
	}
	if r.w.calls++; r.w.calls&15 == 0 && r.w.late() {
		return 0, errLate
	}
	n := copy(p[:min(len(p), 1<<16)], r.data[r.at:])
	r.at += n
	return n, nil
}

// ReadByte makes the inflaters read no further than they need.
func (r *input) ReadByte() (byte, error) {
	if r.at >= len(r.data) {
		return 0, io.EOF
	}
	if r.at++; r.at&0x3fff == 0 && r.w.late() {
		return 0, errLate
	}
	return r.data[r.at-1], nil
}

// allowance is how many bytes may come out of packed bytes now, and what it means to reach that.
func (w *Walker) allowance(packed int64) (most int64, why Problem) {
	if byRatio := packed*w.lim.Ratio + grace; byRatio < w.left {
		return byRatio, Bomb
	}
	return w.left, TooLarge
}

// buffer lends the memory of the present depth. What is in it is overwritten by the next entry.
func (w *Walker) buffer(size int64) []byte {
	depth := len(w.trail)
	for len(w.buffers) <= depth {
		w.buffers = append(w.buffers, nil)
	}
	if int64(cap(w.buffers[depth])) < size {
		w.buffers[depth] = nil // the old one may go before the new one comes
		w.buffers[depth] = make([]byte, 0, size)
	}
	return w.buffers[depth][:0]
}

// keep remembers memory that grew, and charges what came out.
func (w *Walker) keep(out []byte) {
	w.buffers[len(w.trail)] = out[:0]
	w.left -= int64(len(out))
}

// unpack reads all that comes out of packed bytes. size is what the archive claims, -1 unknown.
func (c *container) unpack(r io.Reader, size, packed int64) ([]byte, Problem) {
	most, why := c.allowance(packed)
	if size < 0 || size > most {
		size = min(4*packed, most)
	}
	out := c.buffer(min(size, most) + 1)
	var err error
	for err == nil && int64(len(out)) <= most {
		if len(out) == cap(out) {
			out = grown(out, most+1)
		}
		var n int
		n, err = r.Read(out[len(out):min(cap(out), int(most)+1, len(out)+1<<17)])
		out = out[:len(out)+n]
		if c.calls++; c.calls&15 == 0 && c.late() {
			err = errLate
		}
	}
	if int64(len(out)) > most {
		out, err = out[:most], nil
	} else {
		why = problem(err)
	}
	c.keep(out)
	return out, why
}

// grown is a larger copy of out, of at most most bytes.
func grown(out []byte, most int64) []byte {
	size := min(int64(cap(out))*2+4096, most)
	return append(make([]byte, 0, size), out...)
}

// problem says what an unpacker's error means.
func problem(err error) Problem {
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return None
	case errors.Is(err, errLate):
		return TooSlow
	}
	return Broken
}
