//go:build linux || darwin || freebsd

package doctor

import "golang.org/x/sys/unix"

// freeSpace tells how many bytes this user may still write in a folder.
func freeSpace(dir string) (uint64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}
