// Package archive looks into archives and packed files: zip, tar, gzip, bzip2, xz, lzma, zstd, 7z, RAR and ISO images.
//
// A Walker goes through an archive and all archives inside of it, and shows each entry to its caller with what was
// unpacked of it. Everything is bounded: bytes that come out, their ratio to what went in, entries, depth and time, for
// all archives of one message together. Nothing is ever written anywhere, and names of entries are text and nothing
// else: no name is used as a path. What can't be opened, or not to its end, is an entry with a Problem: nothing is
// passed over in silence.
//
// The unpackers are written by others (and are caught when they panic), except where those believe what a header
// claims: a 7z or xz file of 40 bytes would make them allocate gigabytes. Zip is read by us as well, since what matters
// there is what programs read differently: files that only one of the two directories has, overlapping files, wrong sizes.
package archive

import (
	"context"
	"time"
)

// Limits bound the work on the archives of one message. A zero field means the value of DefaultLimits.
type Limits struct {
	Bytes   int64         // that come out of all archives together
	Ratio   int64         // of bytes that come out of an entry to its packed bytes, beyond the first megabyte
	Entries int           // of all archives together
	Depth   int           // archives inside of archives; 1 opens the outermost only
	Time    time.Duration // for all archives together
}

// DefaultLimits are the shipped limits. The ratio is above what honest documents reach (about 100) and below what
// bombs need (deflate's own limit is 1032).
var DefaultLimits = Limits{Bytes: 100 << 20, Ratio: 250, Entries: 5000, Depth: 6, Time: 1500 * time.Millisecond}

func (l Limits) orDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	if l.Ratio <= 0 {
		l.Ratio = DefaultLimits.Ratio
	}
	if l.Entries <= 0 {
		l.Entries = DefaultLimits.Entries
	}
	if l.Depth <= 0 {
		l.Depth = DefaultLimits.Depth
	}
	if l.Time <= 0 {
		l.Time = DefaultLimits.Time
	}
	return l
}

// Problem says why an entry, or a whole archive, was not unpacked to its end.
type Problem uint8

// The problems. None is the zero value.
const (
	None        Problem = iota
	Encrypted           // needs a password
	Broken              // malformed, or ends too early
	Unsupported         // a format or method that is not unpacked
	TooLarge            // Limits.Bytes
	Bomb                // Limits.Ratio, or files that overlap
	TooMany             // Limits.Entries
	TooDeep             // Limits.Depth
	TooSlow             // Limits.Time
)

var problemNames = [...]string{"", "encrypted", "broken", "not supported", "too large", "bomb", "too many files", "too deep", "takes too long"}

// String gives words for a person.
func (p Problem) String() string { return problemNames[p] }

// Kind is what an entry is.
type Kind uint8

// The kinds. Archive stands for the archive itself (Entry.Name is empty): its Problem concerns what it holds as a whole,
// as when its list of files is encrypted.
const (
	File Kind = iota
	Dir
	Link
	Device
	Archive
)

// Entry is a file in an archive.
type Entry struct {
	Name    string   // as in the archive, made valid UTF-8, at most 1 kB; may hold anything and is never a path
	Local   string   // zip: another name that the file has before its data; "" the same
	Trail   []string // the archives around it, the outermost first
	Format  Format   // of the archive that it is in
	Office  bool     // that archive is an Office document (OOXML or OpenDocument)
	Kind    Kind
	Size    int64   // as the archive claims, -1 unknown
	Data    []byte  // what was unpacked, of an Archive what it is; valid until the visitor returns
	Problem Problem // why Data is not all of it
	Skipped bool    // the visitor did not want it
	Method  uint16  // zip: how it is packed (APPNOTE 4.4.5)
	Hidden  bool    // zip: some programs see this file and others do not, or see another size
}

// Depth is 1 for what is in the outermost archive.
func (e *Entry) Depth() int { return len(e.Trail) }

// Visitor is shown entries as they are found. Data must not be kept.
type Visitor interface {
	// Want tells whether an entry is to be unpacked; else it is shown without Data, and Skipped.
	Want(e *Entry) bool
	// Visit is shown each entry. It tells whether to look into it where it is an archive itself.
	Visit(e *Entry) (into bool)
}

// Walker goes through the archives of one message. It is used by one goroutine.
type Walker struct {
	lim     Limits
	ctx     context.Context
	until   time.Time
	left    int64 // bytes
	entries int
	trail   []string
	buffers [][]byte // by depth: what is unpacked there now
	visitor Visitor
	calls   int
}

// New makes a Walker whose time runs from now, or from the first archive if that is later.
func New(ctx context.Context, lim Limits, v Visitor) *Walker {
	lim = lim.orDefaults()
	return &Walker{lim: lim, ctx: ctx, left: lim.Bytes, visitor: v}
}

// Walk goes through data if it is an archive, and through all archives inside. It tells whether it was one.
func (w *Walker) Walk(name string, data []byte) bool {
	formats, n := Detect(data)
	if n == 0 {
		return false
	}
	if w.until.IsZero() {
		w.until = time.Now().Add(w.lim.Time)
	}
	w.trail = append(w.trail, Name(name))
	defer func() { w.trail = w.trail[:len(w.trail)-1] }()
	for _, f := range formats[:n] {
		w.open(f, data)
	}
	return true
}

// Extend gives the Walker more time: what its visitor waited for others is not the archives' work.
func (w *Walker) Extend(d time.Duration) { w.until = w.until.Add(d) }

// Within calls do for something that lies in a file of another kind, as a file in a document. trail then ends with that
// file's name; memory lent to what is around it stays as it is. It returns false where that is too deep.
func (w *Walker) Within(name string, do func(trail []string)) bool {
	if len(w.trail) >= w.lim.Depth {
		return false
	}
	w.trail = append(w.trail, Name(name))
	do(w.trail)
	w.trail = w.trail[:len(w.trail)-1]
	return true
}

// open goes through one archive. Whatever an unpacker does, the mail goes on.
func (w *Walker) open(f Format, data []byte) {
	c := &container{Walker: w, format: f, data: data}
	if len(w.trail) > w.lim.Depth {
		c.whole(TooDeep)
		return
	}
	defer func() {
		if recover() != nil {
			c.whole(Broken)
		}
	}()
	c.read()
}

// read goes through the archive with what its format needs. Formats that are known and not opened report that.
func (c *container) read() {
	switch c.format {
	case Zip:
		zip(c)
	case Tar:
		tarball(c)
	case Gzip:
		gunzip(c)
	case Bzip2:
		bunzip(c)
	case XZ:
		unxz(c)
	case LZMA:
		unlzma(c)
	case Zstd:
		unzstd(c)
	case SevenZip:
		seven(c)
	case RAR:
		rar(c)
	case ISO:
		iso(c)
	default:
		c.whole(Unsupported)
	}
}

// container is an archive that is being gone through.
type container struct {
	*Walker
	format Format
	data   []byte
	office bool
}

// whole reports what is wrong with the archive as such.
func (c *container) whole(p Problem) {
	c.visitor.Visit(&Entry{Kind: Archive, Trail: c.trail, Format: c.format, Office: c.office, Size: -1, Data: c.data, Problem: p})
}

// entry makes an entry and counts it; nil: there are too many, or time is up, and that was reported.
func (c *container) entry(name string, kind Kind, size int64) *Entry {
	switch {
	case c.entries >= c.lim.Entries:
		c.whole(TooMany)
		return nil
	case c.late():
		c.whole(TooSlow)
		return nil
	}
	c.entries++
	return &Entry{Name: Name(name), Trail: c.trail, Format: c.format, Office: c.office, Kind: kind, Size: size}
}

// want asks the visitor whether to unpack e, and marks it if not.
func (c *container) want(e *Entry) bool {
	e.Skipped = e.Kind != File || !c.visitor.Want(e)
	return !e.Skipped
}

// show shows an entry, and goes on into it.
func (c *container) show(e *Entry) {
	into := c.visitor.Visit(e)
	if into && e.Kind == File && len(e.Data) > 0 {
		c.Walk(e.Name, e.Data)
	}
}

// late tells whether time is up.
func (w *Walker) late() bool {
	return w.ctx.Err() != nil || time.Now().After(w.until)
}
