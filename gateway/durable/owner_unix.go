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

// Lock waits until nobody else has locked the folder, and locks it. A file in it could not be held: files are replaced.
func Lock(root *os.Root) (unlock func(), err error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s can't be locked: %w", root.Name(), err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}
