package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/dump"
	"weir/gateway/store/redistest"
)

var (
	pairs  = &filters.Family{Name: "pairs", TTL: 24 * time.Hour, Budget: 10_000}
	model  = &filters.Table{Name: "model", Cells: 50_000, Marks: filters.Family{TTL: 24 * time.Hour, Budget: 10_000}}
	teach  = &filters.Stream{Name: "journal", Max: 1000, TTL: 24 * time.Hour, Of: model}
	report = &filters.Stream{Name: "reports", Max: 1000, TTL: 24 * time.Hour}
)

// fill puts some of everything into a store.
func fill(t *testing.T, s filters.Store) {
	t.Helper()
	var b filters.Batch
	for i := range 300 {
		b.Keep(pairs, filters.Name{Who: fmt.Sprintf("joe%d@example.org", i), With: "jim@example.net"}, fmt.Append(nil, i))
	}
	for i := range 50 {
		b.Append(report, filters.Name{Who: "example.org"}, fmt.Append(nil, "report ", i))
		l := b.Learn(model, []filters.Mark{{Name: filters.Name{What: fmt.Sprint(i)}, To: "ham"}}, []filters.Delta{{Index: uint32(i * 999), Add: int32(i - 25)}})
		l.Journal, l.Notes = teach, []filters.Note{{Data: fmt.Append(nil, "taught ", i)}}
	}
	if err := s.Do(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
}

// check sees that all that fill put in is there.
func check(t *testing.T, s filters.Store) {
	t.Helper()
	var b filters.Batch
	var values []*filters.Value
	for i := range 300 {
		values = append(values, b.Recall(pairs, filters.Name{Who: fmt.Sprintf("JOE%d@example.org", i), With: "jim@example.net"}))
	}
	notes, taught, cells := b.Read(report, filters.Position{}, 1000), b.Read(teach, filters.Position{}, 1000), b.Peek(model, 0, model.Cells)
	marks := b.Marked(model, []filters.Name{{What: "49"}, {What: "50"}})
	if err := s.Do(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if string(v.Data) != fmt.Sprint(i) {
			t.Fatalf("entry %d: %q", i, v.Data)
		}
	}
	if len(notes.Notes) != 50 || string(notes.Notes[49].Data) != "report 49" || len(taught.Notes) != 50 || fmt.Sprint(marks.Present) != "[ham ]" {
		t.Fatalf("%d reports, %d taught, marks %q", len(notes.Notes), len(taught.Notes), marks.Present)
	}
	for i := range 50 {
		if cells.Values[i*999] != int32(i-25) {
			t.Fatalf("cell %d: %d", i*999, cells.Values[i*999])
		}
	}
}

func export(t *testing.T, s store.State) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := s.Export(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func open(t *testing.T, dir string, change func(*store.Config)) store.State {
	t.Helper()
	c := store.DefaultConfig()
	if change != nil {
		change(&c)
	}
	s, err := store.Open(c, dir, backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStateMovesBetweenTheFileAndRedisAndBack(t *testing.T) {
	srv := redistest.Start(t)
	dir := t.TempDir()
	file := open(t, dir, nil)
	onRedis := open(t, dir, func(c *store.Config) { c.Redis = []string{srv.Addr} })
	back := open(t, dir, func(c *store.Config) { c.Path = "back.db" })
	fill(t, file)
	first := export(t, file)
	n, err := onRedis.Import(context.Background(), bytes.NewReader(first), false)
	if err != nil || n < 300+50+50+50+2 {
		t.Fatalf("%d records imported: %v", n, err)
	}
	check(t, onRedis)
	if n, err = back.Import(context.Background(), bytes.NewReader(export(t, onRedis)), false); err != nil || n < 452 {
		t.Fatalf("%d records imported: %v", n, err)
	}
	check(t, back)
	if n, err = back.Import(context.Background(), bytes.NewReader(first), false); err != nil {
		t.Fatalf("imported twice: %d, %v", n, err)
	}
	check(t, back)
	odd := filters.Name{What: "not in the dump"}
	keep := filters.Batch{}
	keep.Keep(pairs, odd, []byte("x"))
	if err := onRedis.Do(context.Background(), &keep); err != nil {
		t.Fatal(err)
	}
	for _, replace := range []bool{false, true} {
		if _, err := onRedis.Import(context.Background(), bytes.NewReader(first), replace); err != nil {
			t.Fatal(err)
		}
		var b filters.Batch
		v := b.Recall(pairs, odd)
		if err := onRedis.Do(context.Background(), &b); err != nil || v.Found == replace {
			t.Fatalf("replace %v: found %v, %v", replace, v.Found, err)
		}
		check(t, onRedis)
	}
	stats, err := onRedis.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stats {
		if s.Problem != "" {
			t.Errorf("%+v", s)
		}
	}
}

// otherDigit changes the digit behind the first place of a name.
func otherDigit(data []byte, name string) []byte {
	data = bytes.Clone(data)
	data[bytes.Index(data, []byte(name))+len(name)] ^= 1
	return data
}

func TestDamagedDumpsAreRefusedWhole(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	fill(t, s)
	whole := export(t, s)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	half := len(lines) / 2
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":               {nil, dump.ErrDamaged},
		"cut off in a line":     {whole[:len(whole)/2], dump.ErrDamaged},
		"cut off at a line":     {bytes.Join(lines[:half], nil), dump.ErrDamaged},
		"without its last line": {bytes.Join(lines[:len(lines)-2], nil), dump.ErrDamaged},
		"a line missing":        {bytes.Join(append(append([][]byte{}, lines[:half]...), lines[half+1:]...), nil), dump.ErrDamaged},
		"a digit changed":       {otherDigit(whole, `"end":`), dump.ErrDamaged},
		"another program's":     {[]byte("{\"hello\":1}\n"), dump.ErrDamaged},
		"a line without end":    {append(append([]byte{}, lines[0]...), bytes.Repeat([]byte("x"), 3<<20)...), dump.ErrDamaged},
		"of another secret":     {bytes.Replace(whole, []byte(`"secret":"`), []byte(`"secret":"00`), 1), dump.ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			other := open(t, dir, func(c *store.Config) { c.Path = strings.ReplaceAll(name, " ", "-") + ".db" })
			fill(t, other)
			if _, err := other.Import(context.Background(), bytes.NewReader(c.data), true); !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			check(t, other) // it would have been replaced
		})
	}
}

func FuzzImport(f *testing.F) {
	dir := f.TempDir()
	c := store.DefaultConfig()
	c.Secret = "0123456789abcdef"
	s, err := store.Open(c, dir, backend.Hooks{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	var out bytes.Buffer
	if err := s.Export(context.Background(), &out); err != nil {
		f.Fatal(err)
	}
	head, _, _ := strings.Cut(out.String(), "\n")
	for _, seed := range []string{
		`{"k":"family","name":"a","ttl":60,"budget":10}`, `{"k":"entry","name":"a","key":"` + strings.Repeat("0", 48) + `","end":99999999999,"v":"AAAA"}`,
		`{"k":"table","name":"t","cells":10,"budget":5,"mark_ttl":60,"version":{"epoch":1,"seq":2,"tip":3}}`, `{"k":"cells","name":"t","from":4294967295,"v":"AAAAAAAAAAA="}`,
		`{"k":"stream","name":"s","ttl":5,"budget":5}`, `{"k":"note","name":"s","at":{"t":1,"n":2},"v":"AAAA"}`, `{"end":true,"records":1,"crc32c":"00000000"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		// A pipe is stored as it comes, so each record reaches the store.
		_, err := s.Import(context.Background(), struct{ *bytes.Buffer }{bytes.NewBufferString(head + "\n" + strings.Repeat(body+"\n", 501))}, false)
		if err == nil {
			t.Fatal("a dump without its last line was taken")
		}
		var b filters.Batch
		b.Look(pairs, filters.Name{What: body})
		if err := s.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
	})
}

func TestForgetTakesAPersonAndNothingElse(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	fill(t, s)
	if n, err := s.Forget(context.Background(), ""); err == nil || n != 0 {
		t.Fatalf("forgetting nobody: %d, %v", n, err)
	}
	if n, err := s.Forget(context.Background(), "stranger@example.com"); err != nil || n != 0 {
		t.Fatalf("forgetting a stranger: %d, %v", n, err)
	}
	check(t, s)
	if n, err := s.Forget(context.Background(), "Joe7@example.org"); err != nil || n != 1 {
		t.Fatalf("forgetting joe7: %d, %v", n, err)
	}
	if n, err := s.Forget(context.Background(), "example.org"); err != nil || n != 299+50 {
		t.Fatalf("forgetting the domain: %d, %v", n, err)
	}
	if n, err := s.Forget(context.Background(), "example.org"); err != nil || n != 0 {
		t.Fatalf("forgetting it again: %d, %v", n, err)
	}
}

func TestNothingOfANameIsInTheFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	fill(t, s)
	all := export(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"example", "joe", "jim"} {
		if bytes.Contains(file, []byte(name)) || bytes.Contains(all, []byte(name)) {
			t.Errorf("%q is in the file or its dump", name)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "state.db"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
}

func TestTheSecretIsMadeOnceAndKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	fill(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "secret")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	s = open(t, dir, nil)
	check(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	refused := func(want string) {
		t.Helper()
		if _, err := store.Open(store.DefaultConfig(), dir, backend.Hooks{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	refused("chmod 600")
	_ = os.Remove(path)
	refused("belongs to another secret")
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("less than 16")
}

func TestConfigProblemsNameTheirKeys(t *testing.T) {
	for want, change := range map[string]func(*store.Config){
		"store.cluster":      func(c *store.Config) { c.Redis, c.Cluster, c.SentinelMaster = []string{"a:1"}, true, "m" },
		"store.redis":        func(c *store.Config) { c.Redis = []string{"a:1", "b:1"} },
		"store.redis is":     func(c *store.Config) { c.Cluster = true },
		"store.redis[1]":     func(c *store.Config) { c.Redis, c.Cluster = []string{"[::1]:6379", "10.0.0.5"}, true },
		"store.redis[0]":     func(c *store.Config) { c.Redis = []string{"10.0.0.5:"} },
		"store.db":           func(c *store.Config) { c.DB = -1 },
		"store.connections":  func(c *store.Config) { c.Connections = 0 },
		"store.budget ":      func(c *store.Config) { c.Budget = setting.Duration(time.Hour) },
		"store.prefix":       func(c *store.Config) { c.Prefix = "a{b" },
		"store.path":         func(c *store.Config) { c.Path = "" },
		"store.secret_file":  func(c *store.Config) { c.SecretFile = "" },
		"store.secret ":      func(c *store.Config) { c.Secret = "short" },
		"store.tls_cert":     func(c *store.Config) { c.TLS, c.TLSCert = true, "x" },
		"store.tls is false": func(c *store.Config) { c.TLSCA = "x" },
		"store.budgets.x":    func(c *store.Config) { c.Budgets = map[string]int{"x": 0} },
	} {
		c := store.DefaultConfig()
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	c := store.DefaultConfig()
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}
