package relay

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"weir/gateway/relay/hoptest"
)

// stuffInto stuffs chunks into a writer.
func stuffInto(w io.Writer, chunks [][]byte) error {
	hop := &server{cfg: DefaultHop()}
	s := stuffer{c: &conn{raw: sink{w: w}, now: sink{w: w}, hop: hop}, ctx: background{}}
	if err := s.all(chunks); err != nil {
		return err
	}
	return s.dot()
}

// sink is a connection that is written to only.
type sink struct {
	net.Conn
	w io.Writer
}

func (s sink) Write(p []byte) (int, error) { return s.w.Write(p) }
func (s sink) SetDeadline(time.Time) error { return nil }

// background is a context without end, comparable and free.
type background struct{}

func (background) Deadline() (time.Time, bool) { return time.Time{}, false }
func (background) Done() <-chan struct{}       { return nil }
func (background) Err() error                  { return nil }
func (background) Value(any) any               { return nil }

func BenchmarkStuffing(b *testing.B) {
	text := bytes.Repeat([]byte("a line of text of the usual length, give or take some bytes\r\n"), 100)
	hop := &server{cfg: DefaultHop()}
	c := &conn{raw: sink{w: io.Discard}, now: sink{w: io.Discard}, hop: hop}
	chunks := [][]byte{text[:61], text[61:]}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := stuffer{c: c, ctx: background{}}
		if s.all(chunks) != nil || s.dot() != nil {
			b.Fatal("failed")
		}
	}
}

// BenchmarkDelivery is one mail of 6 kB over a kept connection to a hop in the same process, which has its share of the time and
// of the allocations.
func BenchmarkDelivery(b *testing.B) {
	for name, caps := range map[string][]string{"pipelining": {"PIPELINING", "SIZE"}, "one by one": {"SIZE"}, "with XFORWARD": {"PIPELINING", "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"}} {
		b.Run(name, func(b *testing.B) {
			srv := hoptest.Start(b, hoptest.Options{Caps: caps, Discard: true})
			cfg := DefaultHop()
			cfg.Address, cfg.Domains, cfg.MessagesPerConn = []string{srv.Addr()}, []string{"example.com"}, 1<<30
			hop := open(b, cfg, Hooks{})
			env, to := envelope("a@example.org"), []string{a}
			chunks := [][]byte{bytes.Repeat([]byte("a line of text of the usual length, give or take some bytes\r\n"), 100)}
			b.ReportAllocs()
			for b.Loop() {
				d, _ := hop.Begin(b.Context(), env, MailParams{Size: 6000})
				d.Rcpt(b.Context(), a, RcptParams{})
				if rep := d.Send(b.Context(), to, chunks, nil); !rep[0].OK() {
					b.Fatal(rep)
				}
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	hops := []HopConfig{}
	for i := range 1000 {
		hops = append(hops, HopConfig{Address: []string{"127.0.0.1:25"}, Domains: []string{fmt.Sprintf("d%d.example.com", i), fmt.Sprintf("*.d%d.example.com", i)}})
	}
	r, err := New(Config{hops}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := r.Lookup("a.b.d777.example.com"); !ok {
			b.Fatal("not found")
		}
	}
}
