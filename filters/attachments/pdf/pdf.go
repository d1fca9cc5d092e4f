// Package pdf looks into PDF files (ISO 32000) for what runs, starts or loads something, and for the addresses they link to.
//
// It does not build the document: it goes over the bytes once and reads every name and string wherever it stands, so that a
// broken cross-reference table hides nothing. Compressed object streams are unpacked and read the same way; names written
// with #xx are decoded. Embedded files are handed out to be looked at themselves.
package pdf

import (
	"bytes"
	"strings"
)

// Report is what was found. The zero value: nothing.
type Report struct {
	Script     bool     // JavaScript
	Launch     bool     // starts a program, or opens another file
	Submit     bool     // sends a form
	Auto       bool     // does something when opened
	Embedded   int      // files within
	Encrypted  bool     // needs a password, at least to change it; strings and streams can't be read
	Obfuscated bool     // names of actions are written in a way that no program writes
	Broken     bool     // object streams that could not be unpacked, or not all
	Links      []string // addresses, at most 500
	Names      []string // of embedded files, at most 50
	Files      [][]byte // embedded files, at most 20
	Images     [][]byte // JPEG images, at most 20
}

// The bounds of one file.
const (
	maxLinks    = 500
	maxNames    = 50
	maxFiles    = 20
	maxUnpacked = 16 << 20 // of object streams and embedded files together
	maxStreams  = 5000
)

// Is tells whether data is a PDF: readers look for its mark in the first kilobyte.
func Is(data []byte) bool {
	return bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-"))
}

// Scan looks through a file.
func Scan(data []byte) *Report {
	s := &scanner{Report: &Report{}, left: maxUnpacked}
	for n := 0; ; n++ {
		i := nextStream(data)
		if i < 0 || n >= maxStreams {
			s.Broken = s.Broken || i >= 0
			break
		}
		s.text(data[:i])
		data = s.stream(dictionary(data[:i]), data[i:])
	}
	s.text(data)
	return s.Report
}

// scanner goes over one file.
type scanner struct {
	*Report
	left int // bytes that may still be unpacked
}

// nextStream finds the keyword that begins a stream, -1 none.
func nextStream(data []byte) int {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("stream"))
		if i < 0 {
			return -1
		}
		i += at
		end := i + len("stream")
		if end < len(data) && (data[end] == '\n' || data[end] == '\r') && !bytes.HasSuffix(data[:i], []byte("end")) {
			return i
		}
		at = end
	}
}

// dictionary is the object's text in front of a stream.
func dictionary(before []byte) []byte {
	before = before[max(0, len(before)-8192):]
	if i := bytes.LastIndex(before, []byte(" obj")); i >= 0 {
		return before[i:]
	}
	return before
}

// stream looks at a stream and gives what follows it.
func (s *scanner) stream(dict, data []byte) (rest []byte) {
	data = bytes.TrimPrefix(bytes.TrimPrefix(data[len("stream"):], []byte("\r")), []byte("\n"))
	end := bytes.Index(data, []byte("endstream"))
	if end < 0 {
		end = len(data)
	}
	body, rest := data[:end], data[end:]
	d := describe(dict)
	switch {
	case d.has("ObjStm"):
		if text, ok := s.unpack(d, body); ok {
			s.text(text)
		} else {
			s.Broken = true
		}
	case d.has("EmbeddedFile"):
		s.Embedded++
		if file, ok := s.unpack(d, body); !ok || len(s.Files) >= maxFiles {
			s.Broken = true
		} else {
			s.Files = append(s.Files, file)
		}
	case d.has("DCTDecode") && d.filters == 1 && len(s.Images) < maxFiles:
		s.Images = append(s.Images, body)
	}
	return rest
}

// act notes what a name means.
func (s *scanner) act(name string, plain bool) {
	switch name {
	case "JavaScript", "JS":
		s.Script = true
	case "Launch", "GoToE", "RichMedia":
		s.Launch = true
	case "SubmitForm", "ImportData":
		s.Submit = true
	case "OpenAction", "AA":
		s.Auto = true
	case "Encrypt":
		s.Encrypted = true
	case "EmbeddedFile", "EmbeddedFiles", "URI", "ObjStm":
	default:
		return
	}
	s.Obfuscated = s.Obfuscated || !plain
}

// embeddedName keeps the name of a file.
func (s *scanner) embeddedName(name string) {
	if len(s.Names) < maxNames && strings.IndexByte(name, '.') >= 0 && len(name) < 1024 {
		s.Names = append(s.Names, name)
	}
}
