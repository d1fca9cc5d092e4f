package lzma

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// packed runs xz over a text.
func packed(t testing.TB, text string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("xz is not on this machine")
	}
	cmd := exec.Command(path, append([]string{"-c"}, args...)...)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// prose is text that packs into literals and matches of all kinds.
func prose() string {
	var b strings.Builder
	for i := range 4000 {
		b.WriteString(strings.Repeat(string(rune('a'+i%26)), i%7))
		b.WriteString([]string{"all work", " and no play ", "makes\n", "\x00\x01\xff"}[i*i%4])
	}
	return b.String()
}

func TestAlone(t *testing.T) {
	text := prose()
	for _, options := range []string{"lc=3,lp=0,pb=2", "lc=0,lp=4,pb=4", "lc=4,lp=0,pb=0", "mode=fast,dict=4096"} {
		t.Run(options, func(t *testing.T) {
			data := packed(t, text, "--format=lzma", "--lzma1="+options)
			s := &Sink{Max: 1 << 20}
			if err := Alone(s, data); err != nil || string(s.Out) != text {
				t.Fatalf("%d bytes of %d: %v", len(s.Out), len(text), err)
			}
			for _, c := range []struct {
				name string
				data []byte
				sink *Sink
				want error
			}{
				{"cut off", data[:len(data)/2], &Sink{Max: 1 << 20}, ErrShort},
				{"limit", data, &Sink{Max: 1000}, ErrLimit},
				{"stopped", data, &Sink{Max: 1 << 20, Stop: func() bool { return true }}, ErrStopped},
				{"properties", append([]byte{255}, data[1:]...), &Sink{Max: 1 << 20}, ErrCorrupt},
				{"header only", data[:13], &Sink{Max: 1 << 20}, ErrShort},
			} {
				err := Alone(c.sink, c.data)
				if c.name == "stopped" && len(text) < 1<<16 {
					continue
				}
				if !errors.Is(err, c.want) || len(c.sink.Out) > c.sink.Max || !strings.HasPrefix(text, string(c.sink.Out)) && c.name != "cut off" {
					t.Errorf("%s: %v, want %v, %d bytes", c.name, err, c.want, len(c.sink.Out))
				}
			}
		})
	}
}

func TestDecode2TakesStoredChunks(t *testing.T) {
	s := &Sink{Max: 100}
	if n, err := Decode2(s, []byte("\x01\x00\x04hello\x02\x00\x00!\x00rest")); err != nil || n != 13 || string(s.Out) != "hello!" {
		t.Errorf("%q, %d bytes: %v", s.Out, n, err)
	}
	for name, data := range map[string]string{"cut off": "\x01\x00\x04he", "no end": "\x01\x00\x00h", "unknown control": "\x03", "packed without properties": "\x80\x00\x00\x00\x05\x00aaaaaa"} {
		if _, err := Decode2(&Sink{Max: 100}, []byte(data)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzAlone(f *testing.F) {
	f.Add(packed(f, "hello hello hello hello", "--format=lzma"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Sink{Max: 1 << 20}
		_ = Alone(s, b)
		if len(s.Out) > s.Max {
			t.Errorf("%d bytes", len(s.Out))
		}
	})
}

func FuzzDecode2(f *testing.F) {
	f.Add([]byte("\x01\x00\x04hello\x00"))
	data := packed(f, "hello hello hello hello")
	f.Add(data[24:])
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Sink{Max: 1 << 20, Out: bytes.Repeat([]byte("x"), 3)}
		if n, _ := Decode2(s, b); n > len(b) || len(s.Out) > s.Max {
			t.Errorf("%d of %d bytes, %d out", n, len(b), len(s.Out))
		}
	})
}

func BenchmarkAlone(b *testing.B) {
	text := strings.Repeat(prose(), 20)
	data := packed(b, text, "--format=lzma")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := &Sink{Max: 1 << 24, Out: make([]byte, 0, len(text))}
		if err := Alone(s, data); err != nil {
			b.Fatal(err)
		}
	}
}
