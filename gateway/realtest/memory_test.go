package realtest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var measuring = flag.Bool("measure", false, "measure what takes minutes: the memory of fifty large mails")

// TestFiftyLargeMailsFitIntoMemory: fifty mails of 20 MB at once through the whole gateway, with a virus scanner that takes
// its time and a next hop, stay below 300 MB of memory of the process's own. What is mapped of spooled files is the kernel's to
// take back.
func TestFiftyLargeMailsFitIntoMemory(t *testing.T) {
	if !*measuring {
		t.Skip("takes a minute or two: -measure runs it")
	}
	sink, err := NewSink(func(Mail) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	addr, dir := FreeAddr(t), t.TempDir()
	config := filepath.Join(dir, "weir.toml")
	text := fmt.Sprintf("[smtp]\nlisten = [%q]\n[metrics]\nlisten = \"\"\n[resolver]\nservers = [\"127.0.0.1:9\"]\n[[next_hop]]\naddress = [%q]\ndomains = [\"example.com\"]\n"+
		"[filters.clamav]\naddress = [%q]\n", addr, sink.Addr, slowClamd(t))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := NewWeir(t, Build(t), addr, "--config", config)
	for _, kind := range []string{"plain", "zip"} {
		mail := large(kind)
		stop, top := make(chan struct{}), make(chan int)
		go func() { top <- peak(w.PID(), stop) }()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				c, err := Dial(addr)
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				if o := c.Send("ann@example.org", []string{"bob@example.com"}, mail); !o.Accepted {
					t.Errorf("%s: %+v", kind, o)
				}
			})
		}
		all.Wait()
		close(stop)
		got := <-top
		t.Logf("%s: 50 mails of %d bytes at once, at most %d MB of memory of its own", kind, len(mail), got>>20)
		if got > 300<<20 {
			t.Errorf("%s: more than 300 MB", kind)
		}
	}
}

// large is a mail of 20 MB with a file that does not compress.
func large(kind string) string {
	data := make([]byte, 14<<20)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(data)
	name := "noise.bin"
	if kind == "zip" {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		f, _ := z.Create("noise.bin")
		_, _ = f.Write(data)
		_ = z.Close()
		data, name = b.Bytes(), "noise.zip"
	}
	var b strings.Builder
	b.WriteString("From: ann@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=" + name + "\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	for text := base64.StdEncoding.EncodeToString(data); len(text) > 0; {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	return b.String()
}

// peak is the most anonymous memory that a process had until stop, in bytes.
func peak(pid int, stop chan struct{}) (top int) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for line := range strings.Lines(string(status)) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "RssAnon:" {
				n, _ := strconv.Atoi(f[1])
				top = max(top, n<<10)
			}
		}
		select {
		case <-stop:
			return top
		case <-tick.C:
		}
	}
}

// slowClamd takes a second for each scan, and finds nothing.
func slowClamd(t *testing.T) (path string) {
	dir, err := os.MkdirTemp("", "clamd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path = filepath.Join(dir, "clamd.ctl")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go clamd(c)
		}
	}()
	return path
}

func clamd(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	switch command, _ := r.ReadString('\n'); command {
	case "nVERSION\n":
		fmt.Fprintln(c, "ClamAV 1.4.3/27500/"+time.Now().Format(time.ANSIC))
	case "nSTATS\n":
		fmt.Fprint(c, "POOLS: 1\n\nSTATE: VALID PRIMARY\nTHREADS: live 1  idle 0 max 10 idle-timeout 30\nQUEUE: 0 items\n\nEND\n")
	case "nINSTREAM\n":
		for size := uint32(0); binary.Read(r, binary.BigEndian, &size) == nil && size > 0; {
			if _, err := io.CopyN(io.Discard, r, int64(size)); err != nil {
				return
			}
		}
		time.Sleep(time.Second)
		fmt.Fprint(c, "stream: OK\n")
	}
}
