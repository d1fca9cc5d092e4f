package archive

import (
	"archive/tar"
	"errors"
	"io"
)

// tarball goes through a tar archive (POSIX pax, ustar, GNU).
func tarball(c *container) {
	in := &input{w: c.Walker, data: c.data}
	r := tar.NewReader(in)
	for {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil && !(h != nil && errors.Is(err, tar.ErrInsecurePath)) {
			c.whole(problemOr(err))
			return
		}
		if !c.tarFile(r, h) {
			return
		}
	}
}

func problemOr(err error) Problem {
	if p := problem(err); p != None {
		return p
	}
	return Broken
}

func (c *container) tarFile(r *tar.Reader, h *tar.Header) bool {
	e := c.entry(h.Name, tarKind(h.Typeflag), h.Size)
	if e == nil {
		return false
	}
	if c.want(e) {
		// A sparse file is mostly holes that cost nothing in the archive: the ratio counts from what is left of it.
		e.Data, e.Problem = c.unpack(r, h.Size, min(h.Size, int64(len(c.data))))
	}
	c.show(e)
	return e.Problem == None || e.Problem == Bomb
}

func tarKind(flag byte) Kind {
	switch flag {
	case tar.TypeDir:
		return Dir
	case tar.TypeLink, tar.TypeSymlink:
		return Link
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return Device
	}
	return File
}
