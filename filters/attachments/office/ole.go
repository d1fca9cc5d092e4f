package office

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/richardlehane/mscfb"
)

// Magic begins every compound file (MS-CFB section 2.2).
const Magic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// OLE looks into a compound file.
func OLE(data []byte) (r Report) {
	defer func() {
		if recover() != nil {
			r.Broken = true
		}
	}()
	o := oleFile{Report: &r, size: len(data), left: 2*len(data) + 1<<20, modules: map[string][]byte{}}
	if doc, err := mscfb.New(bytes.NewReader(data)); err != nil {
		r.Broken = true
	} else {
		o.streams(doc)
	}
	if source := o.source(data); len(source) > 0 {
		r.Macros = true
		r.judge(source)
	}
	return r
}

// oleFile is a compound file that is being read.
type oleFile struct {
	*Report
	size    int // of the file: no stream is larger
	left    int // bytes that streams may still have together: several may claim the same sectors
	dir     []byte
	modules map[string][]byte // streams with macros, by name
}

// streams goes through all streams.
func (o *oleFile) streams(doc *mscfb.Reader) {
	n := 0
	for f, err := doc.Next(); err == nil; f, err = doc.Next() {
		if n++; n > maxItems {
			o.Broken = true
			return
		}
		o.stream(f)
	}
}

// stream looks at one stream.
func (o *oleFile) stream(f *mscfb.File) {
	parent := ""
	if len(f.Path) > 0 {
		parent = f.Path[len(f.Path)-1]
	}
	switch f.Name {
	case "EncryptedPackage", "EncryptionInfo":
		o.Encrypted = true
	case "WordDocument":
		o.word(o.read(f))
	case "Workbook", "Book":
		o.workbook(o.read(f))
	case "Current User":
		b := o.read(f)
		o.Encrypted = o.Encrypted || len(b) >= 16 && little.Uint32(b[12:]) == 0xf3d1c4df // MS-PPT section 2.3.2
	case "Ole10Native", "\x01Ole10Native":
		o.Objects++
		o.native(o.read(f))
	case "Equation Native":
		o.Equation = true
	case "_VBA_PROJECT", "_VBA_PROJECT_CUR":
		o.Macros = true
	default:
		o.other(f, parent)
	}
}

func (o *oleFile) other(f *mscfb.File, parent string) {
	switch {
	case f.Size == 0:
	case strings.EqualFold(parent, "VBA") && strings.EqualFold(f.Name, "dir"):
		o.dir, _ = Decompress(o.read(f))
	case strings.EqualFold(parent, "VBA") && !strings.HasPrefix(f.Name, "__SRP_"):
		if o.Macros = true; len(o.modules) < 500 {
			o.modules[strings.ToLower(f.Name)] = o.read(f)
		}
	case strings.HasSuffix(f.Name, "Ole10Native"):
		o.Objects++
		o.native(o.read(f))
	case f.Name == "\x01Ole" || f.Name == "Ole":
		o.monikers(o.read(f))
	}
}

// read gives a stream, as far as the bounds allow.
func (o *oleFile) read(f *mscfb.File) []byte {
	size := min(f.Size, int64(o.size), int64(o.left))
	if size < f.Size {
		o.Broken = true
	}
	b := make([]byte, max(size, 0))
	n, err := io.ReadFull(f, b)
	if err != nil {
		o.Broken = true
	}
	o.left -= len(b)
	return b[:n]
}

// source is the source of all macros. Where the directory of modules is of no use, packed source is looked for in the
// streams, and in a broken file anywhere.
func (o *oleFile) source(data []byte) (all []byte) {
	for _, m := range modules(o.dir) {
		stream := o.modules[strings.ToLower(m.stream)]
		if m.offset > 0 && m.offset < len(stream) || m.offset == 0 && len(stream) > 0 {
			text, _ := Decompress(stream[m.offset:])
			all = append(all, text...)
		}
	}
	if len(all) > 0 {
		return all
	}
	for _, name := range slices.Sorted(keysOf(o.modules)) {
		all = append(all, sources(o.modules[name])...)
	}
	if len(all) == 0 && o.Broken {
		all = sources(data)
	}
	return all
}

// native reads an object of the packager: a file with its name (MS-OLEDS section 2.3.6).
func (o *oleFile) native(b []byte) {
	if len(b) < 6 {
		return
	}
	if little.Uint16(b[4:]) != 2 {
		o.file("", b[4:])
		return
	}
	rest := b[6:]
	label, rest, ok := bytes.Cut(rest, []byte{0})
	path, rest, ok2 := bytes.Cut(rest, []byte{0})
	if !ok || !ok2 || len(rest) < 8 {
		o.Broken = true
		return
	}
	n := int64(little.Uint32(rest[4:]))
	if rest = rest[8:]; n < 0 || n+4 > int64(len(rest)) {
		o.Broken = true
		return
	}
	rest = rest[n:]
	size := min(int64(little.Uint32(rest)), int64(len(rest)-4))
	name := string(label)
	if name == "" {
		name = string(path)
	}
	o.file(name, rest[4:4+size])
}

// monikers finds the address of a linked object (MS-OLEDS section 2.3.3): a URL moniker has it in UTF-16.
func (o *oleFile) monikers(b []byte) {
	if i := bytes.Index(b, []byte("h\x00t\x00t\x00p\x00")); i >= 0 {
		if o.Template = utf16Text(b[i:], 300); o.Template != "" {
			o.link(o.Template)
		}
	}
}

// utf16Text reads ASCII in UTF-16 up to what is none.
func utf16Text(b []byte, most int) string {
	var text []byte
	for i := 0; i+1 < len(b) && len(text) < most && b[i+1] == 0 && b[i] > ' ' && b[i] < 0x7f; i += 2 {
		text = append(text, b[i])
	}
	return string(text)
}

// word looks at the text of an old Word document: whether it is encrypted (MS-DOC section 2.5.2), and fields of DDE.
func (o *oleFile) word(b []byte) {
	if len(b) >= 12 && little.Uint16(b[10:])&0x0100 != 0 {
		o.Encrypted = true
		return
	}
	if i := bytes.Index(b, []byte("\x13 DDE")); i >= 0 {
		o.DDE = printable(b[i+1:])
	} else if i := bytes.Index(b, []byte("DDEAUTO ")); i >= 0 {
		o.DDE = printable(b[i:])
	} else if i := bytes.Index(b, []byte("D\x00D\x00E\x00A\x00U\x00T\x00O\x00")); i >= 0 {
		o.DDE = utf16Text(b[i:], 60)
	}
}

// printable is the beginning of a text, up to what is none.
func printable(b []byte) string {
	b = b[:min(len(b), 60)]
	if i := bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
		b = b[:i]
	}
	return strings.TrimSpace(string(b))
}

// Package looks into the data of a packed object that stands alone, as in RTF.
func Package(data []byte) (r Report) {
	o := oleFile{Report: &r, size: len(data)}
	r.Objects++
	head := make([]byte, 4, 4+len(data)) // the length that a stream of its own has in front
	o.native(append(head, data...))
	return r
}
