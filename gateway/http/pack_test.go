package http

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"weir/gateway/spool"
)

// standing is a server that nobody listens for.
func standing(t testing.TB, c Config, limit int64) *Server {
	return New(nil, Options{Config: func() *Config { return &c }, MaxSize: func() int64 { return limit }, Spool: spool.NewPool(t.TempDir(), 4096),
		Tally: NewTally("test"), Log: func() *slog.Logger { return slog.New(slog.DiscardHandler) }})
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{"", "From: a@b\r\n\r\nhello\r\n", strings.Repeat("x", 9000), "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00",
		"\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00\x99\xe9\xd8\x51", "\x28\xb5\x2f\xfd\x24\x05\x29\x00\x00hello", "\x50\x2a\x4d\x18\x02\x00\x00\x00xx"} {
		for how := range byte(3) {
			f.Add([]byte(s), how)
		}
	}
	s := standing(f, DefaultConfig(), 8000)
	f.Fuzz(func(t *testing.T, in []byte, how byte) {
		r := httptest.NewRequest(http.MethodPost, "/checkv2", io.NopCloser(bytes.NewReader(in)))
		switch how % 3 {
		case 1:
			r.Header.Set("Content-Encoding", "gzip")
		case 2:
			r.Header.Set("Compression", "zstd")
		}
		b, err := s.body(httptest.NewRecorder(), r)
		t.Cleanup(func() { b.Close() })
		raw, _ := b.Bytes()
		switch {
		case err == nil && (len(raw) == 0 || len(raw) > 8000):
			t.Errorf("%d bytes were taken", len(raw))
		case err == nil && how%3 == 0 && !bytes.Equal(raw, in):
			t.Errorf("%q became %q", in, raw)
		case err != nil && !errors.As(err, new(*fault)):
			t.Errorf("it is not the client's fault: %v", err)
		}
	})
}

func TestAFullDiskIsNotTheClientsFault(t *testing.T) {
	s := standing(t, DefaultConfig(), 1<<20)
	s.Spool = spool.NewPool(t.TempDir()+"/gone", 4096)
	w := httptest.NewRecorder()
	if _, _, ok := s.receive(w, httptest.NewRequest(http.MethodPost, "/checkv2", strings.NewReader(strings.Repeat("x", 10_000)))); ok || w.Code != http.StatusServiceUnavailable || len(s.room) != 0 {
		t.Errorf("taken in: %v, status %d %s, %d places taken", ok, w.Code, w.Body, len(s.room))
	}
}

func TestWaitingForRoomHasAnEnd(t *testing.T) {
	c := DefaultConfig()
	c.MaxMessages = 2
	s := standing(t, c, 1<<20)
	s.patient = 20 * time.Millisecond
	one, ok := s.enter(context.Background())
	if _, also := s.enter(context.Background()); !ok || !also {
		t.Fatal("there is no room for two")
	}
	w := httptest.NewRecorder()
	if _, _, ok := s.receive(w, httptest.NewRequest(http.MethodPost, "/checkv2", strings.NewReader("x"))); ok || w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("a third is taken in: %v, status %d", ok, w.Code)
	}
	s.patient = time.Minute
	go func() { time.Sleep(10 * time.Millisecond); one() }()
	_, done, ok := s.receive(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/checkv2", strings.NewReader("x")))
	if !ok {
		t.Fatal("nobody takes the place that one has left")
	}
	done(true)
	if len(s.room) != 1 {
		t.Errorf("%d places are taken, want 1", len(s.room))
	}
}

func TestG02_the_keeper_is_asked_about_the_network_address(t *testing.T) {
	c := DefaultConfig()
	c.Password = "right"
	s := standing(t, c, 0)
	r := httptest.NewRequest(http.MethodPost, "/stat", nil)
	r.Header.Set("Password", "wrong")
	for range 30 {
		r.RemoteAddr = "192.0.2.1:99"
		s.denied(toRead, r)
	}
	r.Header.Set("Password", "right")
	if status, _ := s.denied(toRead, r); status != http.StatusTooManyRequests {
		t.Errorf("status %d", status)
	}
	r.RemoteAddr = "192.0.2.2:99"
	if _, why := s.denied(toRead, r); why != "" {
		t.Errorf("another address suffers: %s", why)
	}
}

func TestG10_unpacking_stops_at_the_limit(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(make([]byte, 4<<20)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	s := standing(t, DefaultConfig(), 100_000)
	r := httptest.NewRequest(http.MethodPost, "/checkv2", &packed)
	r.Header.Set("Content-Encoding", "gzip")
	b, err := s.body(httptest.NewRecorder(), r)
	t.Cleanup(func() { b.Close() })
	if f := (*fault)(nil); !errors.As(err, &f) || f.status != http.StatusRequestEntityTooLarge || b.Size() > 100_001 {
		t.Errorf("%v after %d bytes", err, b.Size())
	}
}
