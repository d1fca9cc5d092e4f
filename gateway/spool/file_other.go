//go:build !unix

package spool

import "os"

// createUnlinked makes a file that is removed when it is closed, since an open file can't be removed here.
func createUnlinked(dir string) (file, error) {
	f, err := os.CreateTemp(dir, "weir-*.spool")
	if err != nil {
		return nil, err
	}
	return removing{f}, nil
}

type removing struct{ *os.File }

func (r removing) Close() error {
	err := r.File.Close()
	if e := os.Remove(r.Name()); err == nil {
		err = e
	}
	return err
}

// mapFile reads the file into memory.
func mapFile(f file, size int64) ([]byte, error) {
	m := make([]byte, size)
	_, err := f.ReadAt(m, 0)
	return m, err
}

func unmapFile([]byte) error { return nil }

// blankFile has nothing to do: the bytes are memory of Go.
func blankFile([]byte) error { return nil }
