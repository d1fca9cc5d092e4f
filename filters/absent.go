package filters

import (
	"errors"
	"net"
)

// Absent tells whether an error of the Resolver says for certain that there is nothing of the kind. Any other error means
// that nobody could tell. It is false for nil.
func Absent(err error) bool {
	d, bare := err.(*net.DNSError)
	if !bare {
		d = within(err)
	}
	return d != nil && d.IsNotFound && !d.IsTemporary
}

// within finds a wrapped error of the DNS; nil: there is none.
func within(err error) (d *net.DNSError) {
	errors.As(err, &d)
	return d
}
