//go:build unix

package manual

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// lock holds a folder until unlock is called, so that of two commands at once none loses the other's entry. The file
// itself can't be held: it is replaced.
func lock(folder string) (unlock func(), err error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s can't be locked: %w", folder, err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// adopt gives a new file to the owner of what it stands in for: the old file, or the folder. Else root's weir block would
// leave a file that the gateway's own user can't read, and the gateway would not start any more.
func adopt(f *os.File, like fs.FileInfo) error {
	s, ok := like.Sys().(*syscall.Stat_t)
	if !ok || int(s.Uid) == os.Geteuid() {
		return nil
	}
	if err := f.Chown(int(s.Uid), int(s.Gid)); err != nil {
		return fmt.Errorf("it belongs to the user with number %d: run this as that user or as root", s.Uid)
	}
	return nil
}
