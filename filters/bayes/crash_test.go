package bayes

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/message"
)

// crashMails are what the tests of crashes learn, six at a time.
func crashMails() (pool []*message.Message) {
	for i := range 600 {
		pool = append(pool, mailOf(i%2 == 0, i))
	}
	return pool
}

const crashBatch = 6

// teachAll teaches portions of a pool, over and over in turns: as what they are, as the opposite, and not at all. It tells of
// each portion that is stored, and ends with an error.
func teachAll(t *Teacher, pool []*message.Message, stored func(n int)) error {
	for n := 0; ; n++ {
		from := n * crashBatch % len(pool)
		var list []Lesson
		for i, m := range pool[from : from+crashBatch] {
			list = append(list, Study(m, filters.Class((i+1+n/100)%3)))
		}
		if _, err := t.Teach(context.Background(), list); err != nil {
			return err
		}
		stored(n)
	}
}

// checkWhole looks whether a store holds messages wholly or not at all, and at least what was acknowledged: all it
// holds must be what a fresh one holds that learned the messages which are marked.
func checkWhole(t *testing.T, s, fresh *school, pool []*message.Message, acknowledged int) {
	t.Helper()
	list := lessonsOf(pool)
	marks, err := (&Teacher{Store: s.store}).marks(context.Background(), list)
	if err != nil {
		t.Fatal(err)
	}
	var learned []Lesson
	for i := range list {
		list[i].Class = classOfMark(marks[i])
		if list[i].Class != filters.Unlearned {
			learned = append(learned, list[i])
		}
		if n := min(acknowledged, 99); acknowledged < 100 && i < n*crashBatch && (i%crashBatch+1)%3 != int(list[i].Class) {
			t.Errorf("message %d was acknowledged as %d and is %s", i, (i%crashBatch+1)%3, list[i].Class)
		}
	}
	if len(learned) == 0 {
		t.Fatal("nothing is learned: the test tells nothing")
	}
	fresh.teach(learned...)
	if diff := gocmp.Diff(fresh.all(pool), s.all(pool)); diff != "" {
		t.Errorf("%d messages are learned (-at once +before the crash):\n%.3000s", len(learned), diff)
	}
}

func TestACrashInMidLearning(t *testing.T) {
	pool := crashMails()
	for i, after := range []time.Duration{150, 400, 900} {
		after *= time.Millisecond
		t.Run(fmt.Sprint("F09_of_Redis_leaves_each_mail_learned_or_not ", i), func(t *testing.T) {
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			s := &school{t, openRedis(t, server.Addr, "a")}
			killed := make(chan struct{})
			time.AfterFunc(after, func() { server.Kill(); close(killed) })
			acknowledged := 0
			if err := teachAll(&Teacher{Store: s.store, Who: "test"}, pool, func(n int) { acknowledged = n + 1 }); err == nil {
				t.Fatal("the server was not killed")
			}
			<-killed
			for server.Run(); ; time.Sleep(10 * time.Millisecond) { // it reads its file
				if _, err := server.Try("dbsize"); err == nil {
					break
				}
			}
			checkWhole(t, &school{t, openRedis(t, server.Addr, "a")}, &school{t, openRedis(t, server.Addr, "b")}, pool, acknowledged)
		})
		t.Run(fmt.Sprint("F09_of_Weir_leaves_each_mail_learned_or_not ", i), func(t *testing.T) {
			dir := t.TempDir()
			acknowledged := killedChild(t, dir, after)
			s, err := store.Open(store.DefaultConfig(), dir, backend.Hooks{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			checkWhole(t, &school{t, s}, newSchool(t), pool, acknowledged)
		})
	}
}

const childVariable = "WEIR_TEST_TEACHES_IN"

// killedChild runs TestChildThatIsKilled in a process of its own, kills it after its first lessons and a time, and tells
// how many portions it had acknowledged.
func killedChild(t *testing.T, dir string, after time.Duration) (acknowledged int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildThatIsKilled$")
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewScanner(out); in.Scan(); {
		if acknowledged++; acknowledged == 1 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child was not killed: %v", err)
	}
	return acknowledged
}

func TestChildThatIsKilled(t *testing.T) {
	dir := os.Getenv(childVariable)
	if dir == "" {
		t.Skip("it is run by TestACrashInMidLearning")
	}
	s, err := store.Open(store.DefaultConfig(), dir, backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	t.Fatal(teachAll(&Teacher{Store: s, Who: "test"}, crashMails(), func(n int) { fmt.Println(n) }))
}
