package spool

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func fill(t *testing.T, b *Buffer, pieces ...int) []byte {
	t.Helper()
	var want []byte
	for i, n := range pieces {
		p := bytes.Repeat([]byte{byte('a' + i)}, n)
		if _, err := b.Write(p); err != nil {
			t.Fatal(err)
		}
		want = append(want, p...)
	}
	return want
}

func TestBuffer(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []int
		memory bool
	}{
		{"nothing", nil, true},
		{"less than the limit stays in memory", []int{10, 20}, true},
		{"the limit itself stays in memory", []int{50, 50}, true},
		{"one byte more goes to disk", []int{50, 51}, false},
		{"one piece above the limit goes to disk", []int{1000}, false},
		{"many pieces go to disk in order", []int{30, 80, 1, 500, 99, 100, 7}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			pool := NewPool(dir, 100)
			b := pool.Get(0)
			want := fill(t, b, c.pieces...)
			got, err := b.Bytes()
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("Bytes: %d bytes, %v; want %d", len(got), err, len(want))
			}
			if b.InMemory() != c.memory || b.Size() != int64(len(want)) {
				t.Errorf("in memory %v, size %d", b.InMemory(), b.Size())
			}
			if names, _ := os.ReadDir(dir); len(names) != 0 {
				t.Errorf("the spool file has a name: %v", names)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPoolForgetsTheLastMessage(t *testing.T) {
	pool := NewPool(t.TempDir(), 100)
	for _, n := range []int{500, 3, 0, 120} {
		b := pool.Get(int64(n))
		want := fill(t, b, n)
		got, err := b.Bytes()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestClosedBufferRefuses(t *testing.T) {
	pool := NewPool(t.TempDir(), 100)
	b := pool.Get(0)
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	_, errWrite := b.Write([]byte("x"))
	_, errBytes := b.Bytes()
	if !errors.Is(errWrite, ErrClosed) || !errors.Is(errBytes, ErrClosed) {
		t.Errorf("got %v, %v", errWrite, errBytes)
	}
}

// A full disk is an error of Write, or of Bytes where the last piece was still in memory.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	pool := NewPool(t.TempDir(), 100)
	pool.create = func(string) (file, error) { return os.OpenFile("/dev/full", os.O_RDWR, 0) }
	b := pool.Get(0)
	defer b.Close()
	_, err := b.Write(make([]byte, 101))
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want %v", err, syscall.ENOSPC)
	}
}

func TestCheckNamesTheFolder(t *testing.T) {
	if err := NewPool(t.TempDir(), 1).Check(); err != nil {
		t.Error(err)
	}
	missing := t.TempDir() + "/missing"
	err := NewPool(missing, 1).Check()
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte(missing)) {
		t.Errorf("got %v", err)
	}
}

// Whoever reads on after Abandon must not crash, and must not see another message.
func TestAbandonedBytesCanBeRead(t *testing.T) {
	pool := NewPool(t.TempDir(), 10_000)
	for _, n := range []int{5_000, 50_000} {
		b := pool.Get(0)
		want := fill(t, b, n)
		got, err := b.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		b.Abandon()
		other := pool.Get(0)
		if _, err := other.Write(bytes.Repeat([]byte("z"), n)); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Bytes(); err != nil {
			t.Fatal(err)
		}
		if n > 10_000 {
			want = make([]byte, n)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d bytes (-want +got):\n%.400s", n, diff)
		}
		other.Close()
	}
}

func BenchmarkSpool50kB(b *testing.B) {
	pool := NewPool(b.TempDir(), 1<<20)
	line := []byte(string(bytes.Repeat([]byte("x"), 4094)) + "\r\n")
	b.SetBytes(50 << 10)
	b.ReportAllocs()
	for b.Loop() {
		buf := pool.Get(0)
		for range 12 {
			_, _ = buf.Write(line)
		}
		if _, err := buf.Bytes(); err != nil {
			b.Fatal(err)
		}
		buf.Close()
	}
}
