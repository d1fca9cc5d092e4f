package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/gateway/store"
	"weir/gateway/store/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	fam = &filters.Family{Name: "fam", TTL: time.Hour, Budget: 1000}
	tab = &filters.Table{Name: "tab", Cells: 1000, Marks: filters.Family{TTL: time.Hour, Budget: 100_000}}
)

// serve runs a gateway's side.
func serve(t *testing.T, dir string) (store.State, *Server) {
	t.Helper()
	c := store.DefaultConfig()
	state, err := store.Open(c, dir, backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Listen(c.ControlPath(dir), state)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close(context.Background()) // closing twice is fine
		_ = state.Close()
	})
	return state, s
}

func command(t *testing.T, dir string) store.State {
	t.Helper()
	s, err := Open(store.DefaultConfig(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestACommandWorksBesideARunningGateway(t *testing.T) {
	dir := t.TempDir()
	gateway, _ := serve(t, dir)
	cmd := command(t, dir)
	if _, ok := cmd.(*remote); !ok {
		t.Fatalf("the command opened %T", cmd)
	}
	var b filters.Batch
	n := filters.Name{Who: "joe@example.org"}
	journal := &filters.Stream{Name: "journal", Max: 10, TTL: time.Hour, Of: tab}
	seen, count, take, set, keep, recall := b.Seen(fam, n), b.Count(fam, filters.Name{What: "c"}, time.Hour, 1, 2), b.Take(fam, filters.Name{What: "t"}, 1, 5, 2), b.Join(fam, filters.Name{What: "s"}, 1, 2), b.Keep(fam, filters.Name{What: "k"}, []byte("v")), b.Recall(fam, filters.Name{What: "k"})
	learn := b.Learn(tab, []filters.Mark{{Name: n, To: "spam"}}, []filters.Delta{{Index: 1, Add: 1}})
	learn.Journal, learn.Notes = journal, []filters.Note{{Data: []byte("note")}}
	again := b.Learn(tab, []filters.Mark{{Name: n, To: "spam"}}, []filters.Delta{{Index: 1, Add: 1}})
	marked, read, peek, bad := b.Marked(tab, []filters.Name{n}), b.Read(journal, filters.Position{}, 10), b.Peek(tab, 0, 10), b.Seen(nil, n)
	err := cmd.Do(context.Background(), &b)
	if !errors.Is(err, filters.ErrBadOperation) || !errors.Is(bad.Err, filters.ErrBadOperation) {
		t.Errorf("the bad operation: %v, %v", err, bad.Err)
	}
	for i, op := range b.Ops[:len(b.Ops)-1] {
		if op.Failure() != nil {
			t.Errorf("operation %d: %v", i, op.Failure())
		}
	}
	if !seen.New || seen.First.IsZero() || fmt.Sprint(count.Values) != "[1 2]" || !take.OK || take.Left != 3 || len(set.Members) != 2 || keep.Found || string(recall.Data) != "v" {
		t.Errorf("%+v %+v %+v %+v %+v %+v", seen, count, take, set, keep, recall)
	}
	if !learn.Applied || again.Applied || again.Present[0] != "spam" || marked.Present[0] != "spam" || len(read.Notes) != 1 || peek.Values[1] != 1 {
		t.Errorf("%+v %+v %+v %+v %+v", learn, again, marked, read, peek)
	}
	if got := gateway.Replica(*tab).View().At(1); got != 1 {
		t.Errorf("the gateway does not know what the command learned: %d", got)
	}
	replica := cmd.Replica(*tab)
	for end := time.Now().Add(10 * time.Second); replica.View().At(1) != 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the command's replica: %+v", replica.State())
		}
	}
}

func TestCommandsReachEverything(t *testing.T) {
	dir := t.TempDir()
	_, _ = serve(t, dir)
	cmd := command(t, dir)
	ctx := context.Background()
	var b filters.Batch
	b.Keep(fam, filters.Name{Who: "joe@example.org"}, []byte("joe"))
	b.Keep(fam, filters.Name{Who: "jim@example.org"}, []byte("jim"))
	if err := cmd.Do(ctx, &b); err != nil {
		t.Fatal(err)
	}
	stats, err := cmd.Stats(ctx)
	if err != nil || len(stats) != 1 || stats[0].Entries != 2 {
		t.Errorf("stats: %+v, %v", stats, err)
	}
	var out bytes.Buffer
	if err := cmd.Export(ctx, &out); err != nil || strings.Count(out.String(), "\n") != 1+1+2+1 {
		t.Errorf("export: %v\n%s", err, out.String())
	}
	if n, err := cmd.Forget(ctx, "joe@example.org"); n != 1 || err != nil {
		t.Errorf("forget: %d, %v", n, err)
	}
	if n, err := cmd.Import(ctx, bytes.NewReader(out.Bytes()), false); n != 3 || err != nil {
		t.Errorf("import: %d, %v", n, err)
	}
	if _, err := cmd.Import(ctx, strings.NewReader("nonsense"), false); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("import of nonsense: %v", err)
	}
	if n, err := cmd.Forget(ctx, "example.org"); n != 2 || err != nil {
		t.Errorf("forget: %d, %v", n, err)
	}
}

func TestTheSocketIsItsOwnersOnly(t *testing.T) {
	dir := t.TempDir()
	_, s := serve(t, dir)
	info, err := os.Stat(s.path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".c*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if _, err := Listen(s.path, nil); err == nil {
		t.Error("a second gateway took the socket of the first")
	}
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestASocketLeftBehindIsReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "control.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close() // as when a gateway is killed
	if Answers(path) {
		t.Fatal("a dead socket answers")
	}
	_, _ = serve(t, dir)
	if !Answers(path) {
		t.Error("the new one does not answer")
	}
}

func TestWithoutAGatewayACommandOpensTheFile(t *testing.T) {
	dir := t.TempDir()
	cmd := command(t, dir)
	if _, ok := cmd.(*remote); ok {
		t.Fatal("the command talks to nobody")
	}
	if _, err := Open(store.DefaultConfig(), dir); !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), "control socket") {
		t.Errorf("a second command beside the first: %v", err)
	}
}

func TestAGatewayThatEndsIsAnError(t *testing.T) {
	dir := t.TempDir()
	_, s := serve(t, dir)
	cmd := command(t, dir)
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	var b filters.Batch
	v := b.Recall(fam, filters.Name{What: "x"})
	if err := cmd.Do(context.Background(), &b); !errors.Is(err, filters.ErrStoreDown) || v.Err == nil {
		t.Errorf("%v, %v", err, v.Err)
	}
	if err := cmd.Export(context.Background(), &bytes.Buffer{}); err == nil {
		t.Error("an export of nothing is no error")
	}
}

// FuzzDo sends bytes that are no batch, or a damaged one.
func FuzzDo(f *testing.F) {
	dir := f.TempDir()
	c := store.DefaultConfig()
	state, err := store.Open(c, dir, backend.Hooks{})
	if err != nil {
		f.Fatal(err)
	}
	s, err := Listen(c.ControlPath(dir), state)
	if err != nil {
		f.Fatal(err)
	}
	cmd := Dial(s.path).(*remote)
	f.Cleanup(func() {
		_ = cmd.Close()
		_ = s.Close(context.Background())
		_ = state.Close()
	})
	f.Add([]byte("nonsense"))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := cmd.ask(context.Background(), "POST", "/do", bytes.NewReader(data))
		if err == nil {
			_ = body.Close()
		}
		if err := cmd.Do(context.Background(), &filters.Batch{}); err != nil {
			t.Fatalf("after %q: %v", data, err)
		}
	})
}

// TestHelperGateway is the other process of case F09: it learns until it is killed.
func TestHelperGateway(t *testing.T) {
	dir := os.Getenv("WEIR_TEST_STATE")
	if dir == "" {
		t.Skip("only as the other process of F09_killed_while_learning")
	}
	state, _ := serve(t, dir)
	for i := 0; ; i++ {
		var b filters.Batch
		deltas := make([]filters.Delta, 0, 300)
		for j := range 299 {
			deltas = append(deltas, filters.Delta{Index: uint32(1 + (i*31+j)%999), Add: 1})
		}
		l := b.Learn(tab, []filters.Mark{{Name: filters.Name{What: fmt.Sprint(i)}, To: "spam"}}, append(deltas, filters.Delta{Index: 0, Add: 1}))
		if err := state.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		if l.Applied {
			fmt.Println("learned", i)
		}
	}
}

func killedWhileLearning(t *testing.T) {
	dir := t.TempDir()
	acknowledged := -1
	for round := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHelperGateway$", "-test.v")
		cmd.Env = append(os.Environ(), "WEIR_TEST_STATE="+dir)
		out := &bytes.Buffer{}
		cmd.Stdout = out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(250+37*round) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		lines := strings.Split(out.String(), "\n")
		for _, line := range lines[:len(lines)-1] {
			var n int
			if _, err := fmt.Sscanf(line, "learned %d", &n); err == nil {
				acknowledged = max(acknowledged, n)
			}
		}
		whole(t, dir, acknowledged)
	}
	if acknowledged < 100 {
		t.Fatalf("only %d were learned", acknowledged)
	}
}

// whole sees that each message is learned wholly or not at all, and none that was acknowledged is missing.
func whole(t *testing.T, dir string, acknowledged int) {
	t.Helper()
	state, err := store.Open(store.DefaultConfig(), dir, backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	learned := 0
	for from := 0; ; from += 1000 {
		names := make([]filters.Name, 1000)
		for i := range names {
			names[i].What = fmt.Sprint(from + i)
		}
		var b filters.Batch
		m := b.Marked(tab, names)
		if err := state.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		for _, p := range m.Present {
			if p == "spam" {
				learned++
			}
		}
		if m.Present[999] == "" {
			break
		}
	}
	view := state.Replica(*tab).View()
	sum := 0
	for i := 1; i < 1000; i++ {
		sum += int(view.At(uint32(i)))
	}
	if got := int(view.At(0)); got <= acknowledged || got != sum/299 || sum%299 != 0 || learned != got {
		t.Fatalf("%d learned by their marks, %d by their count, %d cells (%d a message), %d acknowledged", learned, got, sum, sum/max(got, 1), acknowledged)
	}
}
