// Package alias reads texts of a message as strings or bytes without copying them, and tells where one lies within another.
//
// A message is read once and never changes, and hundreds of rules look at the same text of it: a copy for each type would
// cost more than most rules. This is the one place where rules go round Go's types (unsafe): what it gives shares memory
// with what it was given, and neither may be written to as long as the other is in use.
package alias

import "unsafe"

// String gives bytes as a string. The bytes must not change afterwards.
func String(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Bytes gives a string's bytes, for reading only: a write would end the program.
func Bytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Offset tells where within whole a slice of it begins; -1 if it is none, or if whole is empty.
func Offset(whole, piece []byte) int {
	if len(whole) == 0 || cap(piece) == 0 {
		return -1
	}
	d := uintptr(unsafe.Pointer(unsafe.SliceData(piece))) - uintptr(unsafe.Pointer(unsafe.SliceData(whole)))
	if d > uintptr(len(whole)) {
		return -1
	}
	return int(d)
}
