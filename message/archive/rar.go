package archive

import (
	"bytes"
	"errors"
	"io"

	"github.com/nwaples/rardecode/v2"
)

// maxRARWindow is the memory that RAR may use for what lies behind, in bytes. WinRAR's default is 32 MB.
const maxRARWindow = 64 << 20

// rar goes through a RAR archive (versions 1.5 to 7).
func rar(c *container) {
	r, err := rardecode.NewReader(&input{w: c.Walker, data: rarStart(c.data)}, rardecode.MaxDictionarySize(maxRARWindow))
	if err != nil {
		c.whole(rarProblem(err))
		return
	}
	for {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			c.whole(rarProblem(err))
			return
		}
		if !c.rarFile(r, h) {
			return
		}
	}
}

// rarStart skips a program in front of the archive.
func rarStart(data []byte) []byte {
	if i := bytes.Index(data[:min(len(data), programBytes+8)], []byte("Rar!\x1a\x07")); i > 0 {
		return data[i:]
	}
	return data
}

func (c *container) rarFile(r io.Reader, h *rardecode.FileHeader) bool {
	kind := File
	switch {
	case h.IsDir:
		kind = Dir
	case h.LinkType != rardecode.LinkTypeNone:
		kind = Link
	}
	size := h.UnPackedSize
	if h.UnKnownSize {
		size = -1
	}
	e := c.entry(h.Name, kind, size)
	if e == nil {
		return false
	}
	switch {
	case h.Encrypted:
		e.Problem = Encrypted
	case c.want(e):
		e.Data, e.Problem = c.rarData(r, size, h.PackedSize)
	}
	c.show(e)
	return e.Problem != TooLarge && e.Problem != TooSlow
}

func (c *container) rarData(r io.Reader, size, packed int64) ([]byte, Problem) {
	fault := &faulty{r: r}
	out, why := c.unpack(fault, size, min(max(packed, 0), int64(len(c.data))))
	if why == Broken {
		why = rarProblem(fault.err)
	}
	return out, why
}

// faulty remembers why a reader ended.
type faulty struct {
	r   io.Reader
	err error
}

func (f *faulty) Read(p []byte) (n int, err error) {
	n, err = f.r.Read(p)
	if err != nil {
		f.err = err
	}
	return n, err
}

// rarProblem says what an error of the library means.
func rarProblem(err error) Problem {
	switch {
	case errors.Is(err, errLate):
		return TooSlow
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted), errors.Is(err, rardecode.ErrBadPassword):
		return Encrypted
	case errors.Is(err, rardecode.ErrMultiVolume), errors.Is(err, rardecode.ErrUnknownVersion), errors.Is(err, rardecode.ErrUnsupportedDecoder),
		errors.Is(err, rardecode.ErrUnknownDecoder), errors.Is(err, rardecode.ErrUnknownEncryptMethod):
		return Unsupported
	case errors.Is(err, rardecode.ErrDictionaryTooLarge):
		return TooLarge
	}
	return Broken
}
