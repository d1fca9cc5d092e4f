package clamav

import (
	"slices"
	"strings"

	"weir/message/archive"
)

// foreign tells whether clamd may not see a file in an archive, since it does not open such archives, or not in every
// build and form. Debian's clamd is built without RAR; zstd and .lzma it does not know, and of 7z and ISO images it
// passes over those that are written in an unusual way, and calls them clean.
func foreign(e *archive.Entry) bool {
	switch e.Format {
	case archive.Zip:
		return e.Hidden || e.Kind == archive.File && !slices.Contains(zipMethods, e.Method)
	case archive.Gzip, archive.Bzip2, archive.XZ, archive.Tar:
		return false
	case archive.Other:
		return !slices.ContainsFunc(others, func(magic string) bool { return strings.HasPrefix(string(e.Data[:min(len(e.Data), 8)]), magic) })
	}
	return true
}

// zipMethods are those that clamd unpacks (APPNOTE 4.4.5): stored, shrunk, imploded, deflate, Deflate64, bzip2. With AES
// the method is 99: what lies there needs a password, and says so.
var zipMethods = []uint16{0, 1, 6, 8, 9, 12, 99}

// others are the first bytes of what clamd opens and we do not: CAB, ARJ, XAR, cpio.
var others = []string{"MSCF", "\x60\xea", "xar!", "070701", "070702", "070707"}
