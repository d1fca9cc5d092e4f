package redis

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/filters"
)

func serverThatDoesNotWorkNow(t *testing.T) {
	for name, reply := range map[string]string{
		"C06_loading":     "-LOADING Redis is loading the dataset in memory\r\n",
		"C06_masterdown":  "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
		"C06_busy":        "-BUSY Redis is busy running a script.\r\n",
		"C06_clusterdown": "-CLUSTERDOWN The cluster is down\r\n",
		"C06_crossslot":   "-CROSSSLOT Keys in request don't hash to the same slot\r\n",
		"C06_noauth":      "-NOAUTH Authentication required.\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for how, greets := range map[string]bool{"at once": false, "after a good greeting": true} {
				t.Run(how, func(t *testing.T) {
					err := illServer(t, []byte(reply), greets)
					if word, _, _ := strings.Cut(reply[1:], " "); reply[0] == '-' && !strings.Contains(err.Error(), word) {
						t.Errorf("the error does not say why: %v", err)
					}
				})
			}
		})
	}
}

func garbageReplies(t *testing.T) {
	for name, reply := range map[string]string{
		"C07_not_RESP":           "HTTP/1.1 400 Bad Request\r\n\r\n",
		"C07_half_a_reply":       "$100\r\nabc",
		"C07_endless_bulk":       "$99999999999999\r\n",
		"C07_negative_length":    "*-7\r\n$-9\r\n",
		"C07_bytes":              "\x00\xff\x16\x03\x01\x02\x00",
		"C07_another_type":       ":5\r\n:5\r\n:5\r\n",
		"C07_deep_arrays":        strings.Repeat("*1\r\n", 5000),
		"C07_an_entry_too_short": "$2\r\nab\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for how, greets := range map[string]bool{"at once": false, "after a good greeting": true} {
				t.Run(how, func(t *testing.T) {
					err := illServer(t, []byte(reply), greets)
					if word, _, _ := strings.Cut(reply[1:], " "); reply[0] == '-' && !strings.Contains(err.Error(), word) {
						t.Errorf("the error does not say why: %v", err)
					}
				})
			}
		})
	}
}

func answersOfAnotherForm(t *testing.T) {
	for name, value := range map[string]any{
		"C07_a_number": int64(5), "C07_a_text": "OK", "C07_nothing": nil, "C07_an_empty_list": []any{}, "C07_a_long_list": []any{nil, nil, nil},
		"C07_a_short_value": []any{"abc", nil}, "C07_a_number_for_a_value": []any{int64(1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(context.Background(), "evalsha")
			cmd.SetVal(value)
			a := asked{op: &filters.Sight{Mark: true}, write: true, cmd: cmd}
			if stored, refused, err := a.before(); !errors.Is(err, filters.ErrStoreDown) {
				t.Errorf("an entry: %q, %q, %v", stored, refused, err)
			}
			list, _ := value.([]any)
			l := filters.Learning{Table: &filters.Table{}}
			if err := (&Store{}).learned(&l, append([]any{value}, list...)); !errors.Is(err, filters.ErrStoreDown) || l.Applied {
				t.Errorf("a learning: %+v, %v", l, err)
			}
		})
	}
}

// illServer answers each command with the same bytes. Nothing may be known from it, and nothing may crash.
func illServer(t *testing.T, reply []byte, greets bool) (said error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	defer conns.Wait()
	defer l.Close()
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { answerAll(c, reply, greets) })
		}
	})
	s := open(t, Server{Addresses: []string{l.Addr().String()}, Budget: 100 * time.Millisecond}, nil)
	defer s.Close()
	tab := &filters.Table{Name: "ill", Cells: 100, Marks: filters.Family{TTL: time.Hour, Budget: 100}}
	for range 3 {
		var b filters.Batch
		r, w, l, p := b.Look(fam, name(1)), b.Seen(fam, name(1)), b.Learn(tab, nil, nil), b.Peek(tab, 0, 10)
		err := s.Do(context.Background(), &b)
		if err == nil || w.Err == nil || l.Err == nil || l.Applied || p.Err == nil {
			t.Fatalf("batch %v; look %+v; seen %v; learn %+v, peek %v", err, r, w.Err, l, p.Err)
		}
		if r.Err == nil {
			t.Fatalf("a look: %+v", r)
		}
		if said == nil {
			said = r.Err
		}
	}
	if st := s.Replica(*tab).State(); st.Known {
		t.Errorf("the table is known: %+v", st)
	}
	return said
}

func answerAll(c net.Conn, reply []byte, greets bool) {
	defer c.Close()
	buf := make([]byte, 64<<10)
	for {
		_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		answer := reply
		switch asked := strings.ToLower(string(buf[:n])); {
		case greets && strings.Contains(asked, "hello"):
			answer = []byte("-ERR unknown command 'hello'\r\n")
		case greets && strings.Contains(asked, "setname"):
			answer = []byte("+OK\r\n")
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}
