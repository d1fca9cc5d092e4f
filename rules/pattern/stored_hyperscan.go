//go:build hyperscan

package pattern

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Compiling takes seconds, reading what was compiled a few thousandths of one. So databases are kept in a folder, each in a file
// that is named by what it was made of: the expressions, the library's version, the processor's features. Other rules, another
// library or another machine never meet an old database: they look for another name.
//
// A database is as good as code: the library does what it says. So a file is read only if it belongs to this user or to root
// and nobody else may write it, and only if it is whole. Any other is as good as none, and is replaced.

// stored is the file of one database; the zero value is nowhere.
type stored struct {
	folder string
	key    [sha256.Size]byte
}

const (
	storedSuffix = ".hyperscan"
	storedMagic  = "weir hyperscan 1\n"
	storedMost   = maxDatabase + 1<<20 // bytes of a file
	maxStored    = 200                 // files that are kept
	storedAge    = 30 * 24 * time.Hour // after which a file that nobody reads is removed
)

// storedAt gives the place of a database.
func storedAt(folder string, list []expression) stored {
	if folder == "" {
		return stored{}
	}
	s, h := stored{folder: folder}, sha256.New()
	fmt.Fprintln(h, storedMagic, platform())
	for _, e := range list {
		fmt.Fprintf(h, "%d %v %q\n", e.id, e.exact, e.text)
	}
	h.Sum(s.key[:0])
	return s
}

func (s *stored) path() string {
	return filepath.Join(s.folder, hex.EncodeToString(s.key[:16])+storedSuffix)
}

// read gives the database and what of the list is in it; nil: there is no file that can be trusted.
func (s *stored) read(list []expression) (d *database, taken []expression) {
	if s.folder == "" {
		return nil, nil
	}
	content := s.content()
	flags, ok := s.flags(content, len(list))
	if !ok {
		return nil, nil
	}
	for i, e := range list {
		if flags[i] == 1 {
			taken = append(taken, e)
		}
	}
	if d = deserialized(content[s.header(len(list)):len(content)-sha256.Size], len(taken)); d == nil {
		return nil, nil
	}
	now := time.Now()
	_ = os.Chtimes(s.path(), now, now) // it is in use; where that fails, it is removed one day and made again
	return d, taken
}

// header is the number of bytes in front of the database.
func (s *stored) header(expressions int) int { return len(storedMagic) + len(s.key) + expressions }

// flags gives, for each expression, 1 if it is in the database. ok is false for a file that is not whole, or another's.
func (s *stored) flags(content []byte, expressions int) (flags []byte, ok bool) {
	end := len(content) - sha256.Size
	if end <= s.header(expressions) {
		return nil, false
	}
	sum := sha256.Sum256(content[:end])
	head := append([]byte(storedMagic), s.key[:]...)
	return content[len(head):s.header(expressions)], bytes.Equal(sum[:], content[end:]) && bytes.HasPrefix(content, head)
}

// content gives the file; nil: there is none, or one that others may have written.
func (s *stored) content() []byte {
	fd, err := unix.Open(s.path(), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	file := os.NewFile(uintptr(fd), s.path())
	defer file.Close()
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || !isOurs(&st, os.Geteuid()) {
		return nil
	}
	content, err := io.ReadAll(io.LimitReader(file, storedMost))
	if err != nil {
		return nil
	}
	return content
}

// isOurs tells whether a file is a plain one that only a user, or root, can have written.
func isOurs(st *unix.Stat_t, user int) bool {
	owned := int(st.Uid) == user || st.Uid == 0
	return st.Mode&unix.S_IFMT == unix.S_IFREG && owned && st.Mode&(unix.S_IWGRP|unix.S_IWOTH) == 0 && st.Size <= storedMost
}

// write keeps a database. Where that fails it is compiled again at the next start, that is all.
func (s *stored) write(d *database, list, taken []expression) {
	if s.folder == "" {
		return
	}
	code, err := d.serialized()
	if err != nil || os.MkdirAll(s.folder, 0o700) != nil {
		return
	}
	content := append([]byte(storedMagic), s.key[:]...)
	for _, e := range list {
		has := byte(0)
		if slices.ContainsFunc(taken, func(t expression) bool { return t.id == e.id }) {
			has = 1
		}
		content = append(content, has)
	}
	content = append(content, code...)
	sum := sha256.Sum256(content)
	if s.put(append(content, sum[:]...)) == nil {
		s.tidy(time.Now())
	}
}

// put writes the file in one step: others see the old one, or the new one.
func (s *stored) put(content []byte) error {
	file, err := os.CreateTemp(s.folder, "*"+storedSuffix+".new") // for this user alone
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), s.path())
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// tidy removes databases that have not been read for long, the oldest of too many, and what a crash left behind.
func (s *stored) tidy(now time.Time) {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return
	}
	var files []os.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch age := now.Sub(info.ModTime()); {
		case strings.HasSuffix(e.Name(), storedSuffix+".new"):
			if age > time.Hour {
				_ = os.Remove(filepath.Join(s.folder, e.Name()))
			}
		case strings.HasSuffix(e.Name(), storedSuffix):
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for i, f := range files {
		if i >= maxStored || now.Sub(f.ModTime()) > storedAge {
			_ = os.Remove(filepath.Join(s.folder, f.Name()))
		}
	}
}
