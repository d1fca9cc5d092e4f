package clamav

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weir/filters/scanner"
)

// fake is a clamd that answers what a test wants. It finds EICAR, unless scan says otherwise.
type fake struct {
	t        testing.TB
	file     string
	listener net.Listener
	version  atomic.Value // string; "" as without a database
	threads  atomic.Int64
	limit    int64 // StreamMaxLength; 0: none
	discard  bool  // nothing is kept of what comes, and all of it is clean
	scan     func(c net.Conn, data []byte) (reply string)
	early    func(c net.Conn) bool // what is done as soon as INSTREAM came; true: nothing else
	scans    atomic.Int64          // answered, probes left out
	now, top atomic.Int64          // at once, the most
	all      sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
	ended    bool
}

var aVersion = versionOf(27500, time.Now().Add(-time.Hour))

// versionOf is what a clamd says whose database was made at a time.
func versionOf(number int, made time.Time) string {
	return fmt.Sprintf("ClamAV 1.4.3/%d/%s", number, made.UTC().Format(time.ANSIC))
}

// newFake listens on a socket of its own.
func newFake(t testing.TB, scan func(c net.Conn, data []byte) string) *fake {
	t.Helper()
	f := &fake{t: t, file: filepath.Join(socketDir(t), "clamd.ctl"), scan: scan, open: map[net.Conn]bool{}}
	f.version.Store(aVersion)
	f.threads.Store(10)
	f.start()
	t.Cleanup(f.stop)
	return f
}

// socketDir is a folder whose name is short enough for a socket in it.
func socketDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "clamav")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (f *fake) start() {
	l, err := net.Listen("unix", f.file)
	if err != nil {
		f.t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as clamd that is killed
	f.listener, f.ended = l, false
	f.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.all.Go(func() { f.serve(c) })
		}
	})
}

// stop ends it as a kill does: the file of the socket stays.
func (f *fake) stop() {
	_ = f.listener.Close()
	f.mu.Lock()
	f.ended = true
	for c := range f.open {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.all.Wait()
}

func (f *fake) serve(c net.Conn) {
	f.mu.Lock()
	f.open[c] = true
	if f.ended {
		_ = c.Close()
	}
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		delete(f.open, c)
		f.mu.Unlock()
		_ = c.Close()
	}()
	r := bufio.NewReader(c)
	command, err := r.ReadString('\n')
	if err != nil {
		return
	}
	switch command {
	case "nVERSION\n":
		fmt.Fprintln(c, f.version.Load())
	case "nSTATS\n":
		fmt.Fprintf(c, "POOLS: 1\n\nSTATE: VALID PRIMARY\nTHREADS: live 1  idle 0 max %d idle-timeout 30\nQUEUE: 0 items\n\nEND\n", f.threads.Load())
	case "nINSTREAM\n":
		f.stream(c, r)
	}
}

// stream reads chunks as clamd does: it looks at the size before it reads, and closes where it is too large.
func (f *fake) stream(c net.Conn, r *bufio.Reader) {
	if f.early != nil && f.early(c) {
		return
	}
	var data bytes.Buffer
	for {
		var size uint32
		if binary.Read(r, binary.BigEndian, &size) != nil {
			return
		}
		if size == 0 {
			break
		}
		if f.limit > 0 && int64(data.Len())+int64(size) > f.limit {
			fmt.Fprint(c, "INSTREAM size limit exceeded. ERROR\n")
			return
		}
		var into io.Writer = &data
		if f.discard {
			into = io.Discard
		}
		if _, err := io.CopyN(into, r, int64(size)); err != nil {
			return
		}
	}
	fmt.Fprint(c, f.answer(c, data.Bytes()))
}

func (f *fake) answer(c net.Conn, data []byte) string {
	if bytes.HasPrefix(data, []byte("Weir asks")) {
		return "stream: OK\n"
	}
	defer f.now.Add(-1)
	if n := f.now.Add(1); n > f.top.Load() {
		f.top.Store(n)
	}
	f.scans.Add(1)
	if f.scan != nil {
		return f.scan(c, data)
	}
	return finds(data)
}

// finds is what an honest clamd says.
func finds(data []byte) string {
	if bytes.Contains(data, scanner.EICAR()) {
		return "stream: Eicar-Signature FOUND\n"
	}
	return "stream: OK\n"
}

// says is a clamd that answers every scan with the same.
func says(reply string) func(net.Conn, []byte) string {
	return func(net.Conn, []byte) string { return reply }
}

// eventually waits for a condition that comes about by itself; the limit is a hang guard.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came about: %s", what)
		}
	}
}

// addresses writes the setting.
func addresses(list ...*fake) string {
	var quoted []string
	for _, f := range list {
		quoted = append(quoted, fmt.Sprintf("%q", f.file))
	}
	return "address = [" + strings.Join(quoted, ", ") + "]\n"
}
