package archive

import (
	"strings"
	"unicode/utf16"
)

// isoSector is the size of a sector of an ISO image (ECMA-119).
const isoSector = 2048

// iso goes through an ISO 9660 image: the directory tree with long names (Joliet) where there is one, else the plain one.
func iso(c *container) {
	root, joliet := isoRoot(c.data)
	if root == nil {
		c.whole(Broken)
		return
	}
	r := &isoReader{container: c, joliet: joliet, seen: map[uint32]bool{}}
	r.folder(root, "", 0)
}

// isoRoot finds the record of the root folder in the volume descriptors.
func isoRoot(data []byte) (root []byte, joliet bool) {
	for at := 16 * isoSector; at+isoSector <= len(data); at += isoSector {
		d := data[at : at+isoSector]
		if string(d[1:6]) != "CD001" || d[0] == 255 {
			break
		}
		switch {
		case d[0] == 1 && root == nil:
			root = d[156:190]
		case d[0] == 2 && string(d[88:90]) == "%/":
			root, joliet = d[156:190], true
		}
	}
	return root, joliet
}

// isoReader goes through the folders of an image.
type isoReader struct {
	*container
	joliet bool
	seen   map[uint32]bool // folders, so that a ring of them ends
}

// extent is the data of a record; whole is false where the image does not hold all of it.
func (r *isoReader) extent(record []byte) (data []byte, whole bool) {
	from, size := int64(little.Uint32(record[2:]))*isoSector, int64(little.Uint32(record[10:]))
	end := int64(len(r.data))
	return r.data[min(from, end):min(from+size, end)], from+size <= end
}

// folder shows the files of a folder. It returns false when the work is to end.
func (r *isoReader) folder(record []byte, path string, depth int) bool {
	data, whole := r.extent(record)
	if at := little.Uint32(record[2:]); r.seen[at] || depth > 16 {
		return true
	} else {
		r.seen[at] = true
	}
	for at := 0; at < len(data); {
		n := int(data[at])
		if n == 0 {
			at = (at/isoSector + 1) * isoSector
			continue
		}
		if n < 34 || at+n > len(data) || 33+int(data[at+32]) > n {
			r.whole(Broken)
			return true
		}
		if !r.record(data[at:at+n], path, depth) {
			return false
		}
		at += n
	}
	if !whole {
		r.whole(Broken)
	}
	return true
}

// record shows one file, or goes into a folder.
func (r *isoReader) record(b []byte, path string, depth int) bool {
	name := b[33 : 33+int(b[32])]
	if len(name) == 1 && name[0] <= 1 {
		return true // the folder itself, and the one above
	}
	full := path + r.name(name)
	if b[25]&2 != 0 {
		e := r.entry(full, Dir, 0)
		if e == nil {
			return false
		}
		e.Skipped = true
		r.show(e)
		return r.folder(b, full+"/", depth+1)
	}
	e := r.entry(full, File, int64(little.Uint32(b[10:])))
	if e == nil {
		return false
	}
	if r.want(e) {
		data, whole := r.extent(b)
		e.Data = data[:min(int64(len(data)), r.left)]
		r.left -= int64(len(e.Data))
		switch {
		case len(e.Data) < len(data):
			e.Problem = TooLarge
		case !whole:
			e.Problem = Broken
		}
	}
	r.show(e)
	return true
}

// name decodes a name, without its version.
func (r *isoReader) name(b []byte) string {
	text := string(b)
	if r.joliet {
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
		}
		text = string(utf16.Decode(units))
	}
	text, _, _ = strings.Cut(text, ";")
	return strings.TrimSuffix(text, ".")
}
