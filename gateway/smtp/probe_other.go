//go:build !unix

package smtp

// peek can't look at a socket here: nothing waits, and the client is there.
func (c *conn) peek() (waiting int, gone bool) { return 0, false }
