package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/gateway/realtest"
	"weir/gateway/store/redistest"
)

// serving is a running gateway that delivers into a Maildir, and a client's connection to it.
type serving struct {
	*realtest.Weir
	t      *testing.T
	binary string
	sent   int
}

// serveWith starts one with a [store] of the test's.
func serveWith(t *testing.T, binary, store string) *serving {
	t.Helper()
	dir, addr := t.TempDir(), realtest.FreeAddr(t)
	config := fmt.Sprintf(`stock_rules = false
[smtp]
listen = [%q]
[metrics]
listen = ""
[log]
format = "json"
[resolver]
servers = ["127.0.0.1:9"]
[filters.dnsbl]
enabled = false
[filters.urlbl]
enabled = false
[filters.greylist]
enabled = true
%s`, addr, store)
	if err := os.WriteFile(filepath.Join(dir, "weir.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := realtest.StartWeir(dir, binary, addr, "--config", "weir.toml", "--domain", "house.example")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return &serving{Weir: w, t: t, binary: binary}
}

// mail sends one mail, which must be taken, and gives the symbols of its verdict.
func (s *serving) mail() []string {
	s.t.Helper()
	s.sent++
	c, err := realtest.Dial(s.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	_, _, _ = c.Say("EHLO client.example")
	text := fmt.Sprintf("From: Ann <ann@shop.example>\r\nTo: bob@house.example\r\nDate: %s\r\nMessage-ID: <%d@shop.example>\r\nSubject: Lunch\r\n\r\nAt noon, at the old place by the river? See http://shop.example/%d\r\n",
		time.Now().Format(time.RFC1123Z), s.sent, s.sent)
	if o := c.Send("ann@shop.example", []string{"bob@house.example"}, text); !o.Accepted {
		s.t.Fatalf("mail %d: %d %s %v", s.sent, o.Code, o.Text, o.Err)
	}
	return s.verdict()
}

// verdict waits for the log line of the last mail.
func (s *serving) verdict() []string {
	s.t.Helper()
	id := fmt.Sprintf("%d@shop.example", s.sent)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for line := range strings.Lines(s.Log()) {
			var v struct {
				Msg     string          `json:"msg"`
				Message string          `json:"message_id"`
				Symbols json.RawMessage `json:"symbols"`
			}
			if strings.Contains(line, id) && json.Unmarshal([]byte(line), &v) == nil && strings.Trim(v.Message, "<>") == id {
				return strings.FieldsFunc(string(v.Symbols), func(r rune) bool { return strings.ContainsRune(`[]",:={} `, r) })
			}
		}
	}
	s.t.Fatalf("mail %d has no verdict in the log", s.sent)
	return nil
}

// unknown lists the filters of the symbols that say that something was not known.
func unknown(symbols []string) (list []string) {
	for _, name := range symbols {
		if f, ok := strings.CutSuffix(name, "_FAILED"); ok {
			list = append(list, f)
		}
	}
	return list
}

// recovers waits until nothing is unknown any more: ten seconds at most (CASES C01 to C07).
func (s *serving) recovers() {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		list := unknown(s.mail())
		if len(list) == 0 {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("ten seconds later %v can't ask yet", list)
		}
	}
}

// settle waits until the last mail is noted: a second later, if no further mail comes.
func (s *serving) settle() { time.Sleep(1500 * time.Millisecond) }

// noted wants that many mails to have been noted.
func (s *serving) noted(mails int) {
	s.t.Helper()
	s.settle()
	s.must(fmt.Sprintf("%d.0 good", mails), "reputation", "show", "--config", "weir.toml", "127.0.0.1")
}

// weir runs a command in the gateway's folder.
func (s *serving) weir(args ...string) (string, error) {
	cmd := exec.Command(s.binary, args...)
	cmd.Dir = s.Dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must is weir for commands that have to go well, and say something.
func (s *serving) must(want string, args ...string) string {
	s.t.Helper()
	out, err := s.weir(args...)
	if err != nil || !strings.Contains(out, want) {
		s.t.Fatalf("weir %s: %v; want %q in\n%s", strings.Join(args, " "), err, want, out)
	}
	return out
}

// TestRedisFailsBehindServe does to a real Redis what happens to one, while mail goes through `weir serve`.
func TestRedisFailsBehindServe(t *testing.T) {
	redis := redistest.Start(t)
	s := serveWith(t, realtest.Build(t), fmt.Sprintf("[store]\nredis = [%q]\n", redis.Addr))
	if list := unknown(s.mail()); len(list) > 0 {
		t.Fatalf("%v can't ask a Redis that works", list)
	}
	for _, c := range []struct {
		name         string
		begin, end   func()
		told, silent bool // what is unknown must be told; or need not be, since reading goes on
	}{
		{"C01_redis_is_killed", redis.Kill, redis.Run, true, false},
		{"C02_redis_takes_connections_and_hangs", redis.Hang, redis.Resume, true, false},
		{"C03_redis_became_a_replica", func() { redis.Do("replicaof", "127.0.0.1", "1") }, func() { redis.Do("replicaof", "no", "one") }, false, true},
		{"C04_redis_is_full", func() { redis.Do("config", "set", "maxmemory", "1") }, func() { redis.Do("config", "set", "maxmemory", "0") }, false, true},
		{"C07_all_is_flushed", func() { redis.Do("flushall") }, func() {}, false, false},
		{"C05_its_scripts_are_flushed", func() { s.settle(); redis.Do("flushall"); redis.Do("script", "flush") }, func() { s.noted(10) }, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			c.begin()
			var seen []string
			for range 10 {
				began := time.Now()
				for _, f := range unknown(s.mail()) {
					if !slices.Contains(seen, f) {
						seen = append(seen, f)
					}
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("a mail took %s", took)
				}
			}
			switch {
			case c.told && !slices.Contains(seen, "REPUTATION"):
				t.Errorf("nobody was told that nothing is known; failed: %v", seen)
			case !c.told && !c.silent && len(seen) > 0:
				t.Errorf("%v failed", seen)
			}
			c.end()
			s.recovers()
		})
	}
}

// TestStateBesideARunningGateway looks at, copies and replaces what a running gateway remembers, in a file and on Redis.
func TestStateBesideARunningGateway(t *testing.T) {
	binary := realtest.Build(t)
	redis := redistest.Start(t)
	onRedis := fmt.Sprintf("[store]\nredis = [%q]\n", redis.Addr)
	for _, c := range []struct{ name, store, other string }{
		{"the file, and over to Redis", "", onRedis},
		{"Redis, and over to the file", onRedis, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			redis.Do("flushall")
			s := serveWith(t, binary, c.store)
			for range 5 {
				s.mail()
			}
			time.Sleep(1500 * time.Millisecond) // what was seen is noted a second later, if no mail comes
			s.must("family reputation-address", "state", "--config", "weir.toml")
			s.must("5.0 good", "reputation", "show", "--config", "weir.toml", "127.0.0.1")
			s.must("backup.json: ", "state", "export", "--config", "weir.toml", "backup.json")
			s.mail()
			time.Sleep(1500 * time.Millisecond)
			s.must("6.0 good", "reputation", "show", "--config", "weir.toml", "127.0.0.1")
			if out, err := s.weir("state", "import", "--config", "weir.toml", "backup.json"); err == nil || !strings.Contains(out, "not empty") {
				t.Fatalf("an import over what is there: %v\n%s", err, out)
			}
			s.must("records imported", "state", "import", "--config", "weir.toml", "--replace", "backup.json")
			s.must("5.0 good", "reputation", "show", "--config", "weir.toml", "127.0.0.1")
			if list := unknown(s.mail()); len(list) > 0 {
				t.Errorf("after the import %v can't ask", list)
			}
			s.move(c.other)
		})
	}
}

// move brings the backup into the other kind of store, and looks for it there.
func (s *serving) move(store string) {
	s.t.Helper()
	text := "data_dir = \"other\"\n" + store
	secret, err := os.ReadFile(filepath.Join(s.Dir, "weir-data", "secret"))
	for name, data := range map[string][]byte{"other.toml": []byte(text), "other/secret": secret} {
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(s.Dir, name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(s.Dir, name), data, 0o600)
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.must("records imported", "state", "import", "--config", "other.toml", "backup.json")
	s.must("5.0 good", "reputation", "show", "--config", "other.toml", "127.0.0.1")
	s.must("family reputation-address", "state", "--config", "other.toml")
}

// TestF07_a_key_without_an_end_is_named puts what must not be there into a Redis.
func TestF07_a_key_without_an_end_is_named(t *testing.T) {
	redis := redistest.Start(t)
	s := serveWith(t, realtest.Build(t), fmt.Sprintf("[store]\nredis = [%q]\n", redis.Addr))
	s.mail()
	time.Sleep(1500 * time.Millisecond)
	s.must("family reputation-address", "state", "--config", "weir.toml")
	redis.Do("set", "weir:strange", "x")
	s.fails("key weir:strange: no key of Weir's")
	redis.Do("del", "weir:strange")
	keys, _ := redis.Do("keys", "weir:e:reputation-address:*").([]any)
	if len(keys) == 0 {
		t.Fatal("nothing was noted")
	}
	redis.Do("persist", keys[0])
	s.fails("family reputation-address: a key without a TTL")
}

// fails wants `weir state` to end with code 1 and name a problem.
func (s *serving) fails(want string) {
	s.t.Helper()
	out, err := s.weir("state", "--config", "weir.toml")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, want) {
		s.t.Fatalf("%v; want exit code 1 and %q in\n%s", err, want, out)
	}
}

// TestForgetTakesWhatIsStillToBeNoted: a gateway notes what became of a mail a second later, when somebody was forgotten
// already.
func TestForgetTakesWhatIsStillToBeNoted(t *testing.T) {
	s := serveWith(t, realtest.Build(t), "")
	s.mail()
	if out, err := s.weir("forget", "--config", "weir.toml", "shop.example"); err != nil || strings.HasPrefix(out, "0 entries") {
		t.Fatalf("weir forget: %v, %s", err, out)
	}
	s.settle()
	s.must("0 entries", "forget", "--config", "weir.toml", "shop.example")
}
