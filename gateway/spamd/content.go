package spamd

import (
	"bytes"
	"io"
)

// content is a mail as it is given back: with the edits, and the line ends that it came with.
type content struct {
	chunks [][]byte
	lf     bool // CRLF goes back to LF, which it was
}

// header cuts off what follows the empty line that ends the header.
func (c content) header() content {
	var kept [][]byte
	for _, chunk := range c.chunks {
		for rest := chunk; len(rest) > 0; {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				break
			}
			if i == 0 || i == 1 && rest[0] == '\r' {
				end := len(chunk) - len(rest) + i + 1
				return content{append(kept, chunk[:end]), c.lf}
			}
			rest = rest[i+1:]
		}
		kept = append(kept, chunk)
	}
	return content{kept, c.lf}
}

// size is what write will write.
func (c content) size() (n int) {
	for _, chunk := range c.chunks {
		n += len(chunk)
		if c.lf {
			n -= bytes.Count(chunk, crlf)
		}
	}
	return n
}

func (c content) write(w io.Writer) error {
	for _, chunk := range c.chunks {
		if err := writeChunk(w, chunk, c.lf); err != nil {
			return err
		}
	}
	return nil
}

func writeChunk(w io.Writer, chunk []byte, lf bool) error {
	for lf {
		i := bytes.Index(chunk, crlf)
		if i < 0 {
			break
		}
		if _, err := w.Write(chunk[:i]); err != nil {
			return err
		}
		if _, err := w.Write(crlf[1:]); err != nil {
			return err
		}
		chunk = chunk[i+2:]
	}
	_, err := w.Write(chunk)
	return err
}
