//go:build !unix

package durable

import "os"

// Adopt does nothing here: files inherit from their folder who may read them.
func Adopt(string) error { return nil }

// Own does nothing here.
func Own(*os.Root, *os.File) error { return nil }

// own does nothing here.
func own(*os.Root, string) error { return nil }

// LockFile does nothing where there are no such locks; the file is closed by unlock.
func LockFile(f *os.File) (unlock func(), err error) { return func() { _ = f.Close() }, nil }

// Lock does nothing where there are no such locks.
func Lock(*os.Root) (unlock func(), err error) { return func() {}, nil }
