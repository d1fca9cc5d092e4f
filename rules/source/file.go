// Package source reads rules files: which there are, what they include, and which of their lines hold (if, ifplugin,
// lang, require_version). What a line means is not its business.
package source

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds on what is read.
const (
	MaxFile     = 32 << 20 // bytes of one rules file
	maxIncludes = 10       // files that include each other, one within the other
)

// File is a rules file in memory.
type File struct {
	Name string // as in reports: a path, or stock:10_headers.cf
	Data []byte

	root *folder // where include may look; nil: nowhere
	rel  string  // the file's path within root
}

// folder is a rules folder on disk.
type folder struct{ path string }

// Read reads rules files: first every path's .pre files, then the .cf files, in the order of paths and of names
// within a folder. Folders are not searched below. A path that is a file is taken whatever its name.
func Read(paths ...string) ([]File, error) {
	var pre, cf []File
	for _, p := range paths {
		names, err := filesOf(p)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			f, err := readFile(name)
			if err != nil {
				return nil, err
			}
			if strings.HasSuffix(name, ".pre") {
				pre = append(pre, f)
			} else {
				cf = append(cf, f)
			}
		}
	}
	return append(pre, cf...), nil
}

// filesOf lists the rules files that a path stands for.
func filesOf(p string) ([]string, error) {
	info, err := os.Stat(p)
	if err != nil {
		return nil, fmt.Errorf("rules: %w: name a .cf file or a folder of them", err)
	}
	if info.Mode().IsRegular() {
		return []string{p}, nil
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("rules: %s is no plain file and no folder: name a .cf file or a folder of them", p)
	}
	entries, err := os.ReadDir(p)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	var names []string
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if (ext == ".cf" || ext == ".pre") && !strings.HasPrefix(e.Name(), ".") && isFile(filepath.Join(p, e.Name())) {
			names = append(names, filepath.Join(p, e.Name()))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(filepath.Base(a), filepath.Base(b)) })
	return names, nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular() // one that can't be looked at fails when it is read
}

func readFile(name string) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return File{}, fmt.Errorf("rules: %w", err)
	}
	defer f.Close()
	data, err := readAll(f, name)
	return File{Name: name, Data: data, root: &folder{path: filepath.Dir(name)}, rel: filepath.Base(name)}, err
}

func readAll(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = fmt.Errorf("the file is over %d MB", MaxFile>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("rules: %s: %w", name, err)
	}
	return data, nil
}

var errNoFile = errors.New("is no plain file")

var errOutside = errors.New("outside of the rules folder")

// include opens a file that this one names. It must lie in the same folder or below: os.Root follows no link out.
func (f *File) include(name string) (File, error) {
	rel := filepath.Join(filepath.Dir(f.rel), filepath.FromSlash(name))
	if f.root == nil || filepath.IsAbs(filepath.FromSlash(name)) || !filepath.IsLocal(rel) {
		return File{}, errOutside
	}
	root, err := os.OpenRoot(f.root.path)
	if err != nil {
		return File{}, err
	}
	defer root.Close()
	if info, err := root.Stat(rel); err != nil || !info.Mode().IsRegular() { // opening a FIFO would wait for ever
		return File{}, cmp.Or(err, errNoFile)
	}
	opened, err := root.Open(rel)
	if err != nil {
		return File{}, err
	}
	defer opened.Close()
	data, err := readAll(opened, rel)
	return File{Name: filepath.Join(f.root.path, rel), Data: data, root: f.root, rel: rel}, err
}
