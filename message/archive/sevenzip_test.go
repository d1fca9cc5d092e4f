package archive

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/gateway/realtest"
)

// packer runs Debian's 7-Zip.
type packer struct {
	t    testing.TB
	tree realtest.Tree
	bin  string
}

func newPacker(t testing.TB) *packer {
	tree := realtest.Need(t, "7zip")
	return &packer{t, tree, tree.Path("usr/bin/7zz")}
}

// pack makes an archive of all files of a folder, or of those named behind the switches.
func (p *packer) pack(dir, name string, args ...string) []byte {
	p.t.Helper()
	out := filepath.Join(p.t.TempDir(), name)
	cmd := exec.Command(p.bin, append([]string{"a", "-bd", out}, args...)...)
	cmd.Dir, cmd.Env = dir, p.tree.Env()
	if text, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("7zz %v: %v\n%s", args, err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		p.t.Fatal(err)
	}
	return data
}

// keeper keeps what comes out, by name.
type keeper struct {
	lister
	data map[string][]byte
}

func (k *keeper) Visit(e *Entry) bool {
	if e.Kind == File {
		k.data[e.Name] = slices.Clone(e.Data)
	}
	return k.lister.Visit(e)
}

// TestEveryMethodOf7Zip packs a text and a program with every method of 7-Zip, and compares what comes out byte for byte.
func TestEveryMethodOf7Zip(t *testing.T) {
	p := newPacker(t)
	dir := t.TempDir()
	program, err := os.ReadFile(p.bin)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{
		"a.txt":   []byte(marker + "\n" + strings.Repeat("all work and no play ", 5000)),
		"b.exe":   append(slices.Clone(program[:min(len(program), 1<<18)]), marker...),
		"empty":   {},
		"ünï.txt": []byte("a name beyond ASCII"),
	}
	for name, data := range want {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ switches, problem string }{
		{"-m0=lzma2", ""}, {"-m0=lzma", ""}, {"-m0=copy", ""}, {"-m0=bzip2", ""}, {"-m0=deflate", ""}, {"-mf=bcj", ""}, {"-mf=bcj2", ""}, {"-ms=off", ""},
		{"-m0=delta:4 -m1=lzma2", ""}, {"-m0=bcj -m1=lzma", ""}, {"-mf=bcj2 -m0=lzma2:d=1m", ""}, {"-mhc=off", ""}, {"-m0=lzma:lc=0:lp=2:pb=0", ""}, {"-m0=lzma:eos=on", ""},
		{"-m0=bcj -m1=copy", ""}, {"-m0=ppmd", "not supported"}, {"-psecret", "encrypted"}, {"-psecret -mhe=on", "encrypted"},
		{"-tzip", ""}, {"-tzip -mm=lzma", ""}, {"-tzip -mm=bzip2", ""}, {"-tzip -mm=xz", ""}, {"-tzip -mm=copy", ""}, {"-tzip -mm=ppmd", "not supported"},
		{"-tzip -mm=deflate64", "not supported"}, {"-tzip -psecret", "encrypted"}, {"-tzip -psecret -mem=AES256", "encrypted"}, {"-ttar", ""},
	} {
		t.Run(c.switches, func(t *testing.T) {
			data := p.pack(dir, "x.arc", append(strings.Fields(c.switches), "a.txt", "b.exe", "empty", "sub", "ünï.txt")...)
			k := &keeper{data: map[string][]byte{}}
			New(t.Context(), Limits{}, k).Walk("x.arc", data)
			if c.problem != "" {
				if !k.has("["+c.problem+"]") || len(k.found) > 0 {
					t.Errorf("want every file %s:\n%s", c.problem, strings.Join(k.lines, "\n"))
				}
				return
			}
			for name, data := range want {
				if got, ok := k.data[name]; !ok || !bytes.Equal(got, data) {
					t.Errorf("%s: %d bytes, want %d; seen:\n%s", name, len(got), len(data), strings.Join(k.lines, "\n"))
				}
			}
			if k.broken || k.has("[hidden]") {
				t.Errorf("something is said to be wrong:\n%s", strings.Join(k.lines, "\n"))
			}
		})
	}
}
