//go:build unix

package spool

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// createUnlinked makes a file that only this process knows of.
func createUnlinked(dir string) (file, error) {
	f, err := os.CreateTemp(dir, "weir-*.spool")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, joinClose(err, f)
	}
	return f, nil
}

func joinClose(err error, f *os.File) error {
	_ = f.Close()
	return err
}

// mapFile maps size bytes. The file has no name and no other user, so nobody can cut it short under the mapping.
func mapFile(f file, size int64) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE)
}

func unmapFile(m []byte) error { return syscall.Munmap(m) }

// blankFile puts pages of zeros, which cost nothing, in the place of a mapping.
func blankFile(m []byte) error {
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(unsafe.SliceData(m)), uintptr(len(m)), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
	return err
}
