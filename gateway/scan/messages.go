package scan

import (
	"context"
	"io"
)

// Message is one message of what Each goes over, or why it can't be read.
type Message struct {
	Name string // path, or path#n for the n-th message of an mbox
	Raw  []byte // with CRLF line ends, as mailed
	Size int64  // bytes read for it
	Err  error
}

// Source says what to go over.
type Source struct {
	Paths   []string  // files, folders, Maildirs, mailboxes; "-" for In
	Format  string    // "auto" or "", "message", "mbox"
	MaxSize int64     // of one message; 0: DefaultMaxSize
	In      io.Reader // standard input
}

// Each hands all messages to take, one after another, until it returns false or ctx ends. begin, which may be nil, is
// told how many bytes the files hold, -1 where nobody knows.
func (s Source) Each(ctx context.Context, begin func(bytes int64), take func(Message) bool) {
	o := Options{Paths: s.Paths, Format: s.Format, MaxSize: s.MaxSize, In: s.In}
	if o.MaxSize <= 0 {
		o.MaxSize = DefaultMaxSize
	}
	files := find(o.Paths)
	if begin != nil {
		begin(bytesOf(files))
	}
	for _, f := range files {
		ok := o.read(ctx, f, func(i item) bool {
			return ctx.Err() == nil && take(Message{Name: i.name, Raw: i.raw, Size: i.size, Err: i.err})
		})
		if !ok {
			return
		}
	}
}

// bytesOf adds up the sizes of files; -1 if one is not known.
func bytesOf(files []found) (n int64) {
	for _, f := range files {
		if f.path == "-" || f.pipe {
			return -1
		}
		n += f.size
	}
	return n
}
