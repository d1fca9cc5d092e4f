//go:build !unix

package durable

import "os"

// Adopt does nothing here: files inherit from their folder who may read them.
func Adopt(string) error { return nil }

// Lock does nothing where there are no such locks.
func Lock(*os.Root) (unlock func(), err error) { return func() {}, nil }
