package realtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// ErrUnavailable says that a package can't be fetched on this machine.
var ErrUnavailable = errors.New("realtest: package not available")

// Tree is where a package's files are: an unpacked copy in the cache, or "/" where the machine has it installed.
type Tree struct {
	Package string
	Dir     string
}

// Path gives a file of the package: tree.Path("usr/sbin/exim4").
func (t Tree) Path(elem ...string) string { return filepath.Join(append([]string{t.Dir}, elem...)...) }

// LibraryPath is the LD_LIBRARY_PATH with which the tree's programs find their libraries.
func (t Tree) LibraryPath() string {
	dirs := []string{t.Path("usr/lib/postfix"), t.Path("usr/lib"), t.Path("lib")}
	for _, base := range []string{"usr/lib", "lib"} {
		found, _ := filepath.Glob(t.Path(base, "*-linux-gnu*"))
		dirs = append(dirs, found...)
	}
	return strings.Join(dirs, ":")
}

// Env is the environment for the tree's programs.
func (t Tree) Env() []string { return append(os.Environ(), "LD_LIBRARY_PATH="+t.LibraryPath()) }

// Need fetches a Debian package for a test, or skips the test.
func Need(t testing.TB, name string) Tree {
	t.Helper()
	tree, err := Fetch(context.Background(), name)
	if err != nil {
		Skip(t, err)
	}
	return tree
}

// Binary gives a program of a Debian package, ready to be run from any folder: Binary(t, "redis-server",
// "usr/bin/redis-server"). It is a small script that execs the program with its libraries, so its process id is the
// program's.
func Binary(t testing.TB, name, path string) string {
	t.Helper()
	tree := Need(t, name)
	program, err := tree.Program(path)
	if err != nil {
		Skip(t, err)
	}
	return program
}

// Program is Binary for programs that are no tests.
func (t Tree) Program(path string) (string, error) {
	if _, err := os.Stat(t.Path(path)); err != nil {
		return "", fmt.Errorf("%w: %s holds no %s", ErrUnavailable, t.Package, path)
	}
	if t.Dir == "/" {
		return t.Path(path), nil
	}
	script := filepath.Join(t.Dir, "run-"+filepath.Base(path))
	text := fmt.Sprintf("#!/bin/sh\nLD_LIBRARY_PATH='%s' exec '%s' \"$@\"\n", t.LibraryPath(), t.Path(path))
	return script, replaceFile(script, []byte(text), 0o755)
}

// replaceFile writes a file so that whoever runs it meanwhile sees the old one or the new one, whole.
func replaceFile(name string, data []byte, mode os.FileMode) error {
	old, err := os.ReadFile(name)
	if err == nil && string(old) == string(data) {
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Close())
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return os.Rename(tmp.Name(), name)
}

// Fetch returns the files of a Debian package, fetching it once per cache. It tries the network three times.
func Fetch(ctx context.Context, name string) (Tree, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return Tree{}, fmt.Errorf("%w: %s: there is no apt-get here; run the tests on Debian or Ubuntu", ErrUnavailable, name)
	}
	cache, err := cacheDir()
	if err != nil {
		return Tree{}, err
	}
	unlock, err := lock(filepath.Join(cache, name+".lock"))
	if err != nil {
		return Tree{}, err
	}
	defer unlock()
	tree := Tree{Package: name, Dir: filepath.Join(cache, name)}
	if _, err := os.Stat(tree.Dir); err == nil {
		return tree, nil
	}
	return fetchRetrying(ctx, cache, tree)
}

func fetchRetrying(ctx context.Context, cache string, tree Tree) (Tree, error) {
	a := apt{cache: cache}
	var err error
	for try := range 3 {
		if try > 0 && !pause(ctx, time.Duration(try)*2*time.Second) {
			break
		}
		a.private = try > 0
		var wanted []string
		if wanted, err = a.wanted(ctx, tree.Package); err == nil && len(wanted) == 0 {
			return Tree{Package: tree.Package, Dir: "/"}, nil // installed already
		}
		if err == nil {
			err = a.unpack(ctx, wanted, tree.Dir)
		}
		if err == nil {
			return tree, nil
		}
	}
	return Tree{}, fmt.Errorf("%w: %s: %w; with a network, `make deps` fetches it", ErrUnavailable, tree.Package, err)
}

// pause tells whether the time passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// cacheDir is $WEIR_CACHE, else weir/debian-12-amd64 in the user's cache folder.
func cacheDir() (string, error) {
	dir := os.Getenv("WEIR_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			root, err := ModuleRoot()
			if err != nil {
				return "", err
			}
			base = filepath.Join(root, ".cache")
		}
		dir = filepath.Join(base, "weir", "packages-"+release()+"-"+runtime.GOARCH)
	}
	return dir, os.MkdirAll(dir, 0o755)
}

var releaseField = regexp.MustCompile(`(?m)^(ID|VERSION_ID)="?([\w.]+)"?$`)

// release names the distribution, so that a machine that is upgraded does not run the old one's programs.
func release() string {
	text, _ := os.ReadFile("/etc/os-release")
	name := "unknown"
	for _, m := range releaseField.FindAllSubmatch(text, -1) {
		if name == "unknown" {
			name = string(m[2])
		} else {
			name += "-" + string(m[2])
		}
	}
	return name
}
