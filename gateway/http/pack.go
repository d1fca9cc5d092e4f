package http

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/klauspost/compress/zstd"
)

var (
	errPacked   = errors.New("it is damaged, or not what the header says")
	errTooLarge = errors.New("http: larger than the limit once unpacked")
)

// window is the most that unpacking zstd looks back, and so about the memory that it takes: what RFC 8878 section 3.1.1.1.2
// asks decoders for.
const window = 8 << 20

// unpack gives the message that a body holds. Nothing is read yet.
func unpack(h http.Header, in io.ReadCloser) (io.ReadCloser, error) {
	how, err := packing(h)
	switch {
	case err != nil:
		return nil, err
	case how == "gzip":
		return &gunzip{in: in}, nil
	case how == "zstd":
		return &unzstd{in: in}, nil
	}
	return in, nil
}

// gunzip reads gzip (RFC 1952).
type gunzip struct {
	in io.ReadCloser
	z  *gzip.Reader
}

var gunzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.z == nil {
		g.z = gunzips.Get().(*gzip.Reader)
		if err := g.z.Reset(g.in); err != nil {
			return 0, packed(err)
		}
	}
	n, err := g.z.Read(p)
	return n, packed(err)
}

func (g *gunzip) Close() error {
	if g.z != nil {
		gunzips.Put(g.z)
		g.z = nil
	}
	return g.in.Close()
}

// unzstd reads zstd (RFC 8878) in the goroutine that reads it.
type unzstd struct {
	in io.ReadCloser
	z  *zstd.Decoder
}

// unzstds are decoders, which are dear to make.
var unzstds = sync.Pool{New: func() any {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		panic(err) // only wrong options are errors
	}
	return z
}}

func (u *unzstd) Read(p []byte) (int, error) {
	if u.z == nil {
		u.z = unzstds.Get().(*zstd.Decoder)
		if err := u.z.Reset(u.in); err != nil {
			return 0, packed(err)
		}
	}
	n, err := u.z.Read(p)
	return n, packed(err)
}

func (u *unzstd) Close() error {
	if u.z != nil {
		_ = u.z.Reset(nil)
		unzstds.Put(u.z)
		u.z = nil
	}
	return u.in.Close()
}

// packed tells a damaged body from one that is too large or broke off.
func packed(err error) error {
	var over *http.MaxBytesError
	switch {
	case err == nil || err == io.EOF || errors.As(err, &over):
		return err
	case errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fmt.Errorf("%w: %w", errTooLarge, err)
	}
	return errPacked
}

// enzstd packs replies, which are small.
var enzstd = sync.OnceValue(func() *zstd.Encoder {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(64<<10))
	if err != nil {
		panic(err) // only wrong options are errors
	}
	return z
})

// wantsZstd tells whether a reply is to be packed, and the header that says so: Rspamd's clients have it as they sent the
// message, those of the web say what they take.
func wantsZstd(h http.Header) (header string, ok bool) {
	switch {
	case h.Get("Compression") == "zstd":
		return "Compression", true
	case h.Get("Accept-Encoding") == "zstd":
		return "Content-Encoding", true
	}
	return "", false
}
