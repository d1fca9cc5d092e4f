package archive

import (
	"compress/bzip2"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"weir/message/archive/lzma"
)

// single shows the one file that a packed file holds. Its name is that of the packed file without its ending.
func (c *container) single(name string, unpack func() ([]byte, Problem)) {
	if name == "" {
		name = without(c.trail[len(c.trail)-1])
	}
	e := c.entry(name, File, -1)
	if e == nil {
		return
	}
	if c.want(e) {
		e.Data, e.Problem = unpack()
	}
	c.show(e)
}

// without takes the ending off that says how a file is packed.
func without(name string) string {
	name = Base(name)
	i := strings.LastIndexByte(name, '.')
	if i <= 0 {
		return name
	}
	if stem, ending := name[:i], strings.ToLower(name[i+1:]); len(ending) > 1 && ending[0] == 't' && ending != "txt" {
		return stem + ".tar"
	}
	return name[:i]
}

// gunzip unpacks gzip (RFC 1952), several members as one.
func gunzip(c *container) {
	r, err := gzip.NewReader(&input{w: c.Walker, data: c.data})
	if err != nil {
		c.whole(Broken)
		return
	}
	c.single(r.Name, func() ([]byte, Problem) {
		out, why := c.unpack(r, -1, int64(len(c.data)))
		if why == Broken && len(out) > 0 {
			why = c.trailing(out)
		}
		return out, why
	})
}

// trailing forgives what stands behind a whole gzip member: programs unpack it with a warning.
func (c *container) trailing(out []byte) Problem {
	r, err := gzip.NewReader(&input{w: c.Walker, data: c.data})
	if err != nil {
		return Broken
	}
	r.Multistream(false)
	n := 0
	var scratch [4096]byte
	for err == nil {
		var k int
		k, err = r.Read(scratch[:])
		n += k
	}
	if problem(err) == None && n >= len(out) {
		return None
	}
	return Broken
}

func bunzip(c *container) {
	c.single("", func() ([]byte, Problem) {
		return c.unpack(bzip2.NewReader(&input{w: c.Walker, data: c.data}), -1, int64(len(c.data)))
	})
}

func unzstd(c *container) {
	c.single("", func() ([]byte, Problem) {
		return c.zstd(&input{w: c.Walker, data: c.data}, -1, int64(len(c.data)))
	})
}

// maxWindow is the memory that zstd may use for what lies behind, in bytes.
const maxWindow = 32 << 20

// unzstds lends decoders, which have much memory of their own.
var unzstds = sync.Pool{New: func() any {
	d, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow*2))
	return d
}}

func (c *container) zstd(in *input, size, packed int64) ([]byte, Problem) {
	d := unzstds.Get().(*zstd.Decoder)
	if err := d.Reset(in); err != nil {
		return nil, Broken
	}
	out, why := c.unpack(d, size, packed)
	if d.Reset(nil) == nil {
		unzstds.Put(d)
	}
	return out, why
}

// sink runs an unpacker that appends to one slice.
func (c *container) sink(size, packed int64, run func(s *lzma.Sink) error) ([]byte, Problem) {
	most, why := c.allowance(packed)
	if size < 0 || size > most {
		size = min(4*packed, most)
	}
	s := &lzma.Sink{Out: c.buffer(size), Max: int(most), Stop: c.late}
	err := run(s)
	c.keep(s.Out)
	switch err {
	case nil:
		return s.Out, None
	case lzma.ErrLimit:
		return s.Out, why
	case lzma.ErrStopped:
		return s.Out, TooSlow
	}
	return s.Out, Broken
}

func unlzma(c *container) {
	c.single("", func() ([]byte, Problem) {
		return c.sink(-1, int64(len(c.data)), func(s *lzma.Sink) error { return lzma.Alone(s, c.data) })
	})
}

func unxz(c *container) {
	c.single("", func() ([]byte, Problem) { return c.xz(c.data) })
}
