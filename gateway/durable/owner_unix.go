//go:build unix

package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Adopt gives a file that root's command has made to the owner of its folder. Else the gateway, which runs as a user of
// its own, could not read it, and would not start.
func Adopt(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || s.Uid == 0 {
		return nil
	}
	if err := os.Lchown(path, int(s.Uid), int(s.Gid)); err != nil {
		return fmt.Errorf("the owner of the folder (user number %d) can't get the new file: %w", s.Uid, err)
	}
	return nil
}

// Own gives an open file of a root's folder, which root's command may have made, to the folder's owner. It goes by the open file
// and the open folder, never by a path: whoever owns the folder could put a link there meanwhile, and be given a file of
// root's. For the same reason it leaves a file with a second name alone.
func Own(root *os.Root, f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := owner(root)
	if err != nil || uid == 0 {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != 0 || s.Nlink != 1 || !info.Mode().IsRegular() {
		return nil
	}
	return f.Chown(uid, gid)
}

// own gives a folder that was just made within a root to the owner of the root's.
func own(root *os.Root, folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := owner(root)
	if err != nil || uid == 0 {
		return err
	}
	return root.Lchown(folder, uid, gid)
}

func owner(root *os.Root) (uid, gid int, err error) {
	info, err := root.Stat(".")
	if err != nil {
		return 0, 0, err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, nil
	}
	return int(s.Uid), int(s.Gid), nil
}

// Lock waits until nobody else has locked the folder, and locks it. A file in it could not be held: files are replaced.
func Lock(root *os.Root) (unlock func(), err error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	return LockFile(f)
}

// LockFile waits until nobody else has locked a file, and locks it. unlock closes it.
func LockFile(f *os.File) (unlock func(), err error) {
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s can't be locked: %w", f.Name(), err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}
