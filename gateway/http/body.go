package http

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"weir/gateway"
	"weir/gateway/spool"
)

// fault is why a body is no message, for the client.
type fault struct {
	status int
	text   string
}

func (f *fault) Error() string { return f.text }

// receive waits for room and takes the message in. ok is false where the client has had its answer. done gives the memory
// back; it must be told where somebody may still be reading.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (raw []byte, done func(abandon bool), ok bool) {
	release, ok := s.enter(r.Context())
	if !ok {
		tryLater(w, "too many messages at once")
		return nil, nil, false
	}
	b, err := s.body(w, r)
	if err == nil {
		raw, err = b.Bytes()
	}
	if err != nil {
		_ = b.Close()
		release()
		s.turnDown(w, r, err)
		return nil, nil, false
	}
	return gateway.WireEnds(raw), func(abandon bool) {
		if abandon {
			b.Abandon()
		} else {
			_ = b.Close()
		}
		release()
	}, true
}

// turnDown tells a client why its message was not taken in.
func (s *Server) turnDown(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Connection", "close")
	if f := (*fault)(nil); errors.As(err, &f) {
		refuse(w, f.status, f.text)
		return
	}
	s.Log().Error("a message over HTTP could not be kept while it is looked at: the client is told 503", "ip", hostOf(r.RemoteAddr), "error", err)
	tryLater(w, "there is no place to keep the message")
}

// body reads the message, which is unpacked on the way where it is compressed. The limit holds for both forms. The buffer
// must be closed, after an error too.
func (s *Server) body(w http.ResponseWriter, r *http.Request) (*spool.Buffer, error) {
	limit := s.MaxSize()
	if limit <= 0 {
		limit = largest
	}
	tooLarge := &fault{http.StatusRequestEntityTooLarge, fmt.Sprintf("the message is larger than %d bytes", limit)}
	b := s.Spool.Get(r.ContentLength)
	if r.ContentLength > limit {
		return b, tooLarge
	}
	in, err := unpack(r.Header, http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return b, err
	}
	defer in.Close()
	n, err := fill(b, io.LimitReader(in, limit+1))
	var over *http.MaxBytesError
	switch {
	case n > limit || errors.As(err, &over) || errors.Is(err, errTooLarge):
		return b, tooLarge
	case errors.Is(err, errPacked):
		return b, &fault{http.StatusBadRequest, "the message can't be unpacked: " + err.Error()}
	case errors.Is(err, errSpool):
		return b, err
	case err != nil:
		return b, &fault{http.StatusBadRequest, "the message did not come in whole"}
	case n == 0:
		return b, &fault{http.StatusBadRequest, "there is no message: send it as the body"}
	}
	return b, nil
}

// errSpool says that it is not the client's doing.
var errSpool = errors.New("http: the spool is full or broken")

// blocks are what bodies are read through.
var blocks = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// fill copies all of in.
func fill(b *spool.Buffer, in io.Reader) (n int64, err error) {
	block := blocks.Get().(*[32 << 10]byte)
	defer blocks.Put(block)
	for {
		k, err := in.Read(block[:])
		if k > 0 {
			if _, werr := b.Write(block[:k]); werr != nil {
				return n, fmt.Errorf("%w: %w", errSpool, werr)
			}
		}
		n += int64(k)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// packing is how a body is compressed: "", "gzip" or "zstd". Rspamd's own header and that of HTTP mean the same; a body
// that is compressed twice is not unpacked.
func packing(h http.Header) (string, error) {
	own, web := strings.ToLower(strings.TrimSpace(h.Get("Compression"))), strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding")))
	if web == "identity" {
		web = ""
	}
	if web == "x-gzip" {
		web = "gzip"
	}
	how := own + web
	if how != "" && how != "gzip" && how != "zstd" || len(h["Content-Encoding"]) > 1 {
		return "", &fault{http.StatusUnsupportedMediaType, "this compression is not known: send gzip, zstd, or the message as it is"}
	}
	return how, nil
}
