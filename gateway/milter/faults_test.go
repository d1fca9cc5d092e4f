package milter

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-milter"

	"weir/filters"
	"weir/gateway/spool"
	"weir/message"
)

// TestB19_a_message_begins_clean breaks off in all ways, and looks at the message after that.
func TestB19_a_message_begins_clean(t *testing.T) {
	begun := func(m *mta) {
		m.envelope("first@shop.example", "first@house.example")
		m.send('L', "Subject\x00 REJECT_WORD\x00")
		m.send('N', "")
		m.want("c", m.ask('B', "REJECT_WORD\r\n"))
	}
	for _, c := range []struct {
		name   string
		break_ func(m *mta)
	}{
		{"B19_abort_in_the_body", func(m *mta) { begun(m); m.send('A', "") }},
		{"B19_abort_in_the_header", func(m *mta) {
			m.envelope("first@shop.example", "first@house.example")
			m.send('L', "Subject\x00 REJECT_WORD\x00")
			m.send('A', "")
		}},
		{"B19_abort_twice_and_before_any_mail", func(m *mta) { m.send('A', ""); begun(m); m.send('A', ""); m.send('A', "") }},
		{"B19_mail_without_an_abort", begun},
		{"B19_after_a_verdict", func(m *mta) { begun(m); m.want("y", m.end()[0][:1]) }},
		{"B19_a_new_client_on_the_connection", func(m *mta) {
			m.send('D', "M{auth_authen}\x00ann\x00")
			begun(m)
			m.send('K', "")
			m.greet()
		}},
		{"B19_a_second_connect", func(m *mta) { begun(m); m.greet() }},
		{"B19_an_unknown_smtp_command", func(m *mta) { begun(m); m.want("c", m.ask('U', "XYZZY\x00")); m.want("c", m.ask('T', "")) }},
		{"B19_packets_at_once", func(m *mta) {
			all := packet('A', "") + packet('D', "Mi\x001\x00") + packet('M', "<x@x.example>\x00") + packet('R', "<y@house.example>\x00") +
				packet('L', "Subject\x00 REJECT_WORD\x00") + packet('N', "") + packet('B', "x\r\n") + packet('E', "")
			if _, err := io.WriteString(m, all); err != nil {
				m.t.Fatal(err)
			}
			m.want("c", m.hear())
			m.want("c", m.hear())
			m.want("c", m.hear())
			m.want("y", m.hear()[:1])
		}},
		{"B19_byte_by_byte", func(m *mta) {
			for _, b := range []byte(packet('M', "<x@x.example>\x00")) {
				_, _ = m.Write([]byte{b})
			}
			m.want("c", m.hear())
			m.send('A', "")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t)
			m := d.dial().greet()
			c.break_(m)
			mail := strings.Replace(plain, "Lunch", "The next", 1)
			got := m.mail(mail)
			m.want("c", got[len(got)-1])
			r := d.about("The next")
			if *r.From != "ann@shop.example" || len(r.Rcpt) != 1 || r.Rcpt[0] != "bob@house.example" || r.Size != len(mail)+strings.Count(mail, "\n") || r.User != "" || r.Next != "" {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestB19_what_is_no_packet_ends_the_connection sends what no mail server does. Nothing is allocated by what a length says.
func TestB19_what_is_no_packet_ends_the_connection(t *testing.T) {
	d := start(t)
	negotiation := packet('O', "\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff")
	for _, c := range []struct{ name, text, log string }{
		{"B19_length_of_2_to_the_32", "\xff\xff\xff\xffM", "too long"},
		{"B19_length_after_a_mail_has_begun", negotiation + packet('M', "<a@b.example>\x00") + "\xff\xff\xff\xff", "too long"},
		{"B19_length_just_above_the_bound", negotiation + "\x00\x10\x00\x01L", "too long"},
		{"B19_length_zero", negotiation + "\x00\x00\x00\x00", "without a command"},
		{"B19_unknown_opcode", negotiation + packet('Z', "x"), "unknown command"},
		{"B19_opcode_zero", negotiation + packet(0, ""), "unknown command"},
		{"B19_no_negotiation", packet('M', "<a@b.example>\x00"), "negotiation must come first"},
		{"B19_short_negotiation", packet('O', "\x00\x00\x00\x06"), "too short"},
		{"B19_old_negotiation", packet('O', "\x00\x00\x00\x01\x00\x00\x01\xff\x00\x1f\xff\xff"), "too old"},
		{"B19_negotiation_without_header_changes", packet('O', "\x00\x00\x00\x06\x00\x00\x00\x01\x00\x1f\xff\xff"), "add and change header"},
		{"B19_another_protocol", "GET / HTTP/1.1\r\n\r\n", "too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := d.connect()
			if _, err := io.WriteString(m, c.text); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(m); err != nil && !isReset(err) {
				t.Errorf("the connection is not closed: %v after %q", err, rest)
			}
			d.noConnections()
			if log := d.log.String(); !strings.Contains(log, c.log) {
				t.Errorf("the log does not say %q: %s", c.log, log)
			}
		})
	}
	t.Run("B19_a_length_without_its_packet", func(t *testing.T) {
		s, c := net.Pipe()
		defer s.Close()
		w := newWire(s, &d.cfg.Timeouts)
		go func() {
			_, _ = c.Write([]byte("\x00\x10\x00\x00L" + strings.Repeat("x", 1000)))
			c.Close()
		}()
		if _, _, err := w.next(outOfSession); !errors.Is(err, io.EOF) || len(w.buf) > smallBuffer {
			t.Errorf("%v, and %d bytes for 1 kB that came", err, len(w.buf))
		}
	})
	t.Run("B19_the_largest_packet_is_taken", func(t *testing.T) {
		m := d.dial().greet()
		m.envelope("ann@shop.example", "bob@house.example")
		m.send('L', "Subject\x00 "+strings.Repeat("x\n ", (maxPacket-20)/3)+"\x00")
		m.send('N', "")
		got := m.end()
		m.want("c", got[len(got)-1])
		if r := d.last(1); r.Size < maxPacket {
			t.Errorf("%d bytes", r.Size)
		}
	})
}

func isReset(err error) bool { return strings.Contains(err.Error(), "reset") }

// noConnections waits until all are closed.
func (d *door) noConnections() { d.t.Helper(); d.connections(0) }

// connections waits until so many are open.
func (d *door) connections(n int) {
	d.t.Helper()
	for end := time.Now().Add(10 * time.Second); d.Sessions() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("%d connections are open, want %d", d.Sessions(), n)
		}
	}
}

// TestB19_the_mail_server_vanishes in the middle: nothing is judged, nothing is kept, and nothing stays behind.
func TestB19_the_mail_server_vanishes(t *testing.T) {
	dir := t.TempDir()
	d := start(t, func(d *door) { d.spool = spool.NewPool(dir, 4<<10) })
	for _, c := range []struct {
		name string
		play func(m *mta)
	}{
		{"B19_in_mid_body", func(m *mta) { m.want("c", m.ask('B', strings.Repeat("x\r\n", 20000))) }},
		{"B19_in_mid_packet", func(m *mta) { _, _ = io.WriteString(m, packet('B', strings.Repeat("x\r\n", 20000))[:30000]) }},
		{"B19_in_mid_length", func(m *mta) { _, _ = io.WriteString(m, "\x00\x00") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := d.dial().greet()
			m.envelope("ann@shop.example", "bob@house.example")
			m.send('L', "Subject\x00 HOLD_WORD\x00")
			m.send('N', "")
			c.play(m)
			m.Close()
			d.noConnections()
		})
	}
	if len(d.ledger.reports) > 0 || len(d.kept.mail) > 0 {
		t.Errorf("%d reports, %d copies", len(d.ledger.reports), len(d.kept.mail))
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
}

// slow is a filter that takes its time, whatever its context says.
func slow(d time.Duration) setup {
	return adding(filters.Data, func(context.Context, *message.Message) (filters.Result, error) {
		time.Sleep(d)
		return filters.Result{}, nil
	})
}

// TestB21_a_mail_server_never_waits_in_vain has scans that take longer than it waits.
func TestB21_a_mail_server_never_waits_in_vain(t *testing.T) {
	t.Run("B21_signs_of_life_while_it_works", func(t *testing.T) {
		d := start(t, slow(300*time.Millisecond), with(func(c *Config) { c.Timeouts.Progress = short(20) }))
		m := d.dial().greet()
		m.envelope("ann@shop.example", "bob@house.example")
		got := m.content(plain)
		signs := 0
		for signs < len(got) && got[signs] == "p" {
			signs++
		}
		if signs < 2 || got[len(got)-1] != "c" {
			t.Errorf("%d signs, then %q", signs, got[signs:])
		}
		for _, a := range got[signs:] {
			if a == "p" {
				t.Error("a sign of life among the changes")
			}
		}
	})
	t.Run("B21_the_time_of_filters_ends_before_its_patience", func(t *testing.T) {
		ended := make(chan error, 1)
		d := start(t, with(func(c *Config) { c.Timeouts.Answer = short(50) }), adding(filters.Data, func(ctx context.Context, _ *message.Message) (filters.Result, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return filters.Result{}, ctx.Err()
		}), func(d *door) { // nothing else ends it
			d.settings.Budget = time.Hour
			for i := range d.running {
				d.running[i].Timeout = time.Hour
			}
		})
		m := d.dial().greet()
		got := m.mail(plain)
		m.want("c", got[len(got)-1])
		if r := d.last(1); len(r.Failed) != 1 {
			t.Errorf("the report does not say that a filter was cut off: %+v", r.Failed)
		}
		<-ended
	})
	t.Run("B21_without_a_verdict_it_is_put_off", func(t *testing.T) {
		s, c := net.Pipe()
		defer c.Close()
		times := DefaultConfig().Timeouts
		times.Progress, times.Answer = short(10), short(0)-short(int(hurried/time.Millisecond))+short(60)
		w := newWire(s, &times)
		w.working()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		m := &mta{Conn: c, t: t}
		got := m.verdict()
		if got[0] != "p" || got[len(got)-1] != "t" {
			t.Errorf("%q", got)
		}
		w.put(byte(milter.ActContinue))
		if late, err := w.answer(); !late || err != nil || len(w.out) > 0 {
			t.Errorf("late %v, %v, and %q would still be said", late, err, w.out)
		}
	})
	t.Run("B21_the_defaults_answer_before_300_s", func(t *testing.T) {
		c := DefaultConfig()
		if last := c.Timeouts.Answer.D() + hurried; last >= 300*time.Second || c.Timeouts.Progress.D() >= 300*time.Second {
			t.Errorf("put off after %s, a sign of life each %s", last, c.Timeouts.Progress.D())
		}
	})
}

// TestOurOwnFaultsPutMailOff: never is a mail let through that was not judged.
func TestOurOwnFaultsPutMailOff(t *testing.T) {
	t.Run("a fault of the program", func(t *testing.T) {
		d := start(t)
		d.kept = nil // a Store on it panics
		d.Quarantine = (*keeper)(nil)
		m := d.dial().greet()
		got := m.mail(saying("HOLD_WORD"))
		if len(got) != 1 || got[0] != "t" {
			t.Errorf("%q", got)
		}
		m.want("closed", m.hear())
		d.noConnections()
		if log := d.log.String(); !strings.Contains(log, "please report it") {
			t.Errorf("the log says %s", log)
		}
		m = d.dial().greet()
		got = m.mail(plain)
		m.want("c", got[len(got)-1])
	})
	t.Run("a spool folder that is gone", func(t *testing.T) {
		dir := t.TempDir()
		d := start(t, func(d *door) { d.spool = spool.NewPool(dir, 4<<10) })
		_ = os.Remove(dir)
		m := d.dial().greet()
		m.envelope("ann@shop.example", "bob@house.example")
		m.send('L', "Subject\x00 x\x00")
		m.send('N', "")
		m.want("s", m.ask('B', strings.Repeat("x\r\n", 20000)))
		m.want("y 452 4.3.1 Not enough storage, try again later", m.end()[0])
		m.want("c", m.mail(plain)[4]) // a small one still fits
	})
	t.Run("a message that is too large", func(t *testing.T) {
		for _, steps := range []uint32{everything, 0} {
			d := start(t, func(d *door) { d.maxSize = 50_000 })
			m := d.connect()
			m.negotiate(6, 0x1ff, steps)
			m.want2("c", 'C', connect4("203.0.113.7"))
			m.want2("c", 'H', "client.example\x00")
			m.envelope("ann@shop.example", "bob@house.example")
			m.want2("c", 'L', "Subject\x00 x\x00")
			m.want2("c", 'N', "")
			want := map[uint32]string{everything: "s", 0: "c"}[steps]
			m.want(want, m.ask('B', strings.Repeat("x\r\n", 20000)))
			m.want("y 552 5.3.4 Message too large", m.end()[0])
		}
	})
	t.Run("a recipient and an end without a mail", func(t *testing.T) {
		m := start(t).dial().greet()
		m.want("t", m.ask('R', "<bob@house.example>\x00"))
		m.want("t", m.ask('B', "x\r\n"))
		m.want("t", m.ask('E', ""))
	})
}

// want2 asks where the negotiation wants an answer.
func (m *mta) want2(want string, code byte, data string) {
	m.t.Helper()
	silent := map[byte]milter.OptProtocol{'C': milter.OptNoConnReply, 'H': milter.OptNoHeloReply, 'L': milter.OptNoHeaderReply, 'N': milter.OptNoEOHReply}[code]
	if m.steps&silent != 0 {
		m.send(code, data)
		return
	}
	m.want(want, m.ask(code, data))
}

// TestNothingIsAgreedThatWasNotOffered looks at the answer to the negotiation.
func TestNothingIsAgreedThatWasNotOffered(t *testing.T) {
	d := start(t)
	for _, c := range []struct {
		name                    string
		version, actions, steps uint32
		want                    string
	}{
		{"Postfix and Sendmail", 6, 0x1ff, 0x1fffff, "6 3f 143780"},
		{"a newer one", 7, 0xffffffff, 0xffffffff, "6 3f 143780"},
		{"the oldest", 2, 0x3f, 0x7f, "2 3f 0"},
		{"the least", 2, 0x11, 0, "2 11 0"},
	} {
		m := d.connect()
		m.negotiate(c.version, c.actions, c.steps)
		if got := fmt.Sprintf("%d %x %x", m.version, m.actions, m.steps); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	d.cfg.Early = true
	if m := d.dial(); m.steps&(milter.OptNoConnReply|milter.OptNoHeloReply) != 0 {
		t.Error("with early = true clients can't be refused at connect and HELO")
	}
}

// TestFiftyMailsOnOneConnection, of which some are refused and some broken off.
func TestFiftyMailsOnOneConnection(t *testing.T) {
	d := start(t, onUnix)
	m := d.dial().greet()
	for i := range 50 {
		word, want := "hello", "c"
		switch i % 5 {
		case 1:
			word, want = "REJECT_WORD", "y"
		case 2:
			word, want = "GREY_WORD", "y"
		case 3:
			m.envelope("gone@shop.example", "bob@house.example")
			m.send('L', "Subject\x00 REJECT_WORD\x00")
			m.send('A', "")
		}
		got := m.mail(saying(word), fmt.Sprintf("r%d@house.example", i))
		m.want(want, got[len(got)-1][:1])
		if r := d.last(i + 1); len(r.Rcpt) != 1 || r.Rcpt[0] != fmt.Sprintf("r%d@house.example", i) {
			t.Fatalf("mail %d is for %q", i, r.Rcpt)
		}
	}
	m.send('Q', "")
	m.want("closed", m.hear())
}

func TestTooManyConnectionsAreClosed(t *testing.T) {
	d := start(t, with(func(c *Config) { c.MaxConnections = 2 }))
	first, second := d.dial(), d.dial()
	third := d.connect()
	third.want("closed", third.hear())
	second.send('Q', "")
	second.want("closed", second.hear())
	for end := time.Now().Add(10 * time.Second); d.Sessions() > 1 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	d.dial().greet().mail(plain)
	first.greet().mail(plain)
	if log := d.log.String(); strings.Count(log, "max_connections") != 1 {
		t.Errorf("the log says %s", log)
	}
}

func TestTimeouts(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Timeouts)
		play   func(m *mta)
	}{
		{"a connection on which nothing happens", func(t *Timeouts) { t.Idle = short(50) }, func(m *mta) {}},
		{"a mail that does not go on", func(t *Timeouts) { t.Idle = short(50) }, func(m *mta) {
			m.greet()
			m.envelope("ann@shop.example", "bob@house.example")
		}},
		{"a packet that does not end", func(t *Timeouts) { t.Packet = short(50) }, func(m *mta) { _, _ = io.WriteString(m, "\x00\x00\x00\x09Mabc") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t, with(func(cfg *Config) { c.change(&cfg.Timeouts) }))
			m := d.dial()
			c.play(m)
			m.want("closed", m.hear())
			d.noConnections()
		})
	}
}

// TestDrain stops the server with connections in all states.
func TestDrain(t *testing.T) {
	t.Run("a message in progress comes to its end", func(t *testing.T) {
		d := start(t)
		m := d.dial().greet()
		m.envelope("ann@shop.example", "bob@house.example")
		idle := d.dial().greet()
		done := make(chan error, 1)
		go func() { done <- d.Shutdown(context.Background()) }()
		idle.want("closed", idle.hear()) // silent for a second
		if c, err := net.Dial(d.network, d.addr); err == nil {
			c.Close()
			t.Error("a new connection is taken")
		}
		got := m.content(plain)
		m.want("c", got[len(got)-1])
		m.want("closed", m.hear())
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Run("who takes too long is cut off and the mail put off", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.Timeouts.Drain = short(50) }))
		m := d.dial().greet()
		m.envelope("ann@shop.example", "bob@house.example")
		if err := d.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		m.want("closed", m.hear())
	})
	t.Run("a verdict under way is awaited", func(t *testing.T) {
		begun := make(chan bool)
		d := start(t, with(func(c *Config) { c.Timeouts.Drain = short(1) }), adding(filters.Data, func(context.Context, *message.Message) (filters.Result, error) {
			close(begun)
			time.Sleep(200 * time.Millisecond)
			return filters.Result{}, nil
		}))
		m := d.dial().greet()
		m.envelope("ann@shop.example", "bob@house.example")
		var wait sync.WaitGroup
		wait.Go(func() {
			got := m.content(plain)
			if got[len(got)-1] != "c" {
				t.Errorf("%q", got)
			}
		})
		<-begun
		if err := d.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		wait.Wait()
	})
}

// TestLinger has connections that stay until their SMTP session is over.
func TestLinger(t *testing.T) {
	d := start(t)
	busy, pausing, done := d.dial().greet(), d.dial().greet(), d.dial().greet()
	busy.envelope("ann@shop.example", "bob@house.example")
	pausing.mail(plain)
	done.mail(plain)
	done.send('K', "")
	d.Linger()
	done.want("closed", done.hear()) // after a second; the others have been silent for as long
	if got := pausing.mail(plain); got[len(got)-1] != "c" {
		t.Errorf("a session's next message: %q", got)
	}
	if got := busy.content(plain); got[len(got)-1] != "c" {
		t.Errorf("the message in progress: %q", got)
	}
	d.connections(2)         // its end is counted after the close
	late := d.dial().greet() // accepted before the listener was given up, served after
	if got := late.mail(plain); got[len(got)-1] != "c" {
		t.Errorf("the last to come: %q", got)
	}
	late.send('K', "")
	late.want("closed", late.hear())
	for _, m := range []*mta{busy, pausing} {
		m.send('Q', "")
		m.want("closed", m.hear())
	}
	d.noConnections()
}

// FuzzPackets plays any bytes at a connection: it ends, and says nothing but whole packets.
func FuzzPackets(f *testing.F) {
	negotiation := packet('O', "\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff")
	whole := packet('C', connect4("203.0.113.7")) + packet('H', "x\x00") + packet('D', "Mi\x001\x00") + packet('M', "<a@b.example>\x00SIZE=5\x00") +
		packet('R', "<c@d.example>\x00") + packet('L', "Subject\x00 x\n y\x00") + packet('N', "") + packet('B', "a\r\r\nb\nc") + packet('E', "z")
	f.Add([]byte(negotiation + whole + packet('Q', "")))
	f.Add([]byte(negotiation + packet('K', "") + packet('A', "") + packet('T', "") + packet('U', "x") + whole))
	f.Add([]byte(packet('O', "\x00\x00\x00\x02\x00\x00\x00\x11\x00\x00\x00\x00") + whole + whole))
	f.Add([]byte(negotiation + "\xff\xff\xff\xff"))
	f.Add([]byte(negotiation + packet('D', "") + packet('D', "Mi") + packet('D', "X\x00\x00\x00") + packet('C', "") + packet('L', "") + packet('L', "\x00\n\n\x00") + packet('M', "") + packet('L', "a:b\x00c\r\nd\x00") + packet('E', "")))
	d := start(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		c := &script{in: bytes.NewReader(in)}
		newSession(d.Server, c).serve()
		for b := c.out.Bytes(); len(b) > 0; {
			if len(b) < 5 || int(binary.BigEndian.Uint32(b)) > len(b)-4 {
				t.Fatalf("half a packet: %q", b)
			}
			b = b[4+binary.BigEndian.Uint32(b):]
		}
	})
}

// script is a connection whose other end says what is written down, and hangs up.
type script struct {
	net.Conn
	in  *bytes.Reader
	out bytes.Buffer
}

func (c *script) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *script) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *script) Close() error                     { return nil }
func (c *script) SetReadDeadline(time.Time) error  { return nil }
func (c *script) SetWriteDeadline(time.Time) error { return nil }
func (c *script) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
