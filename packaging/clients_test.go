package packaging

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// inside is set in the process that plays clients and next hop in the machine's network.
const inside = "WEIR_TEST_CLIENTS"

// clients are a copy of this test in the machine's network: mail servers that never stop sending to port 25, and the
// next hop behind Weir.
type clients struct {
	cmd *exec.Cmd
	in  *os.File
	out *bufio.Scanner
}

func (m *machine) clients() *clients {
	m.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		m.t.Fatal(err)
	}
	c := &clients{in: write, cmd: exec.Command("nsenter", "-t", m.pid, "-n", os.Args[0])}
	c.cmd.Env = append(os.Environ(), inside+"=1")
	c.cmd.Stdin = read
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	_ = read.Close()
	c.out = bufio.NewScanner(out)
	m.t.Cleanup(func() { _ = c.cmd.Process.Kill(); _ = write.Close() })
	for c.out.Scan() {
		if c.out.Text() == "READY" {
			return c
		}
	}
	m.t.Fatal("the clients' next hop does not come up")
	return nil
}

// begin lets them send.
func (c *clients) begin() { _, _ = c.in.WriteString("!") }

// end stops them and wants that nothing went wrong. It gives how many mails there were.
func (c *clients) end(t *testing.T) (sent int) {
	t.Helper()
	_ = c.in.Close()
	for c.out.Scan() {
		if text, ok := strings.CutPrefix(c.out.Text(), "PROBLEM "); ok {
			t.Error(text)
		}
		_, _ = fmt.Sscanf(c.out.Text(), "SENT %d", &sent)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
	return sent
}

// TestMain is the clients themselves in the machine.
func TestMain(m *testing.M) {
	if os.Getenv(inside) != "" {
		play()
		return
	}
	os.Exit(m.Run())
}

// play sends until its standard input ends, and says what went wrong.
func play() {
	var mu sync.Mutex
	var sent atomic.Int64
	arrived := map[string]int{}
	sink, err := realtest.NewSinkAt("127.0.0.1:10025", func(m realtest.Mail) {
		_, rest, _ := strings.Cut(string(m.Data), "Message-ID: ")
		id, _, _ := strings.Cut(rest, "\r\n")
		mu.Lock()
		arrived[id]++
		mu.Unlock()
	})
	if err != nil {
		fmt.Println("PROBLEM", err)
		return
	}
	defer sink.Close()
	fmt.Println("READY")
	in := bufio.NewReader(os.Stdin)
	_, _ = in.ReadByte()
	stop := make(chan struct{})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := sendOne(fmt.Sprintf("<%d.%d@client.example>", i, n)); err != nil {
					fmt.Println("PROBLEM", err)
				}
				sent.Add(1)
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	_, _ = in.ReadByte() // until whoever started us has had enough
	close(stop)
	all.Wait()
	for id, n := range arrived {
		if n > 1 {
			fmt.Println("PROBLEM", id, "arrived", n, "times")
		}
	}
	if len(arrived) != int(sent.Load()) {
		fmt.Println("PROBLEM", sent.Load(), "mails were sent,", len(arrived), "arrived")
	}
	fmt.Println("SENT", sent.Load())
}

func sendOne(id string) error {
	c, err := realtest.Dial("127.0.0.1:25")
	if err != nil {
		return fmt.Errorf("%s: no connection: %w", id, err)
	}
	text := "From: ann@client.example\r\nTo: bob@example.com\r\nMessage-ID: " + id + "\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"
	o := c.Send("ann@client.example", []string{"bob@example.com"}, text)
	_ = c.Quit()
	if !o.Accepted {
		return fmt.Errorf("%s: %d %s %v", id, o.Code, o.Text, o.Err)
	}
	return nil
}
