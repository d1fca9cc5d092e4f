package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"weir/gateway"
)

// found is a file to scan, or why it can't be.
type found struct {
	path string
	size int64
	pipe bool // a named pipe: opening and reading it may wait for a writer
	err  error
}

// find lists the files of the arguments, folders with all below them in the order of names. Hidden files are left out,
// except in a Maildir, of which only new and cur are read. What is neither file nor folder (sockets, devices) is left
// out below a folder, and an error if it is an argument itself. Links to files are followed, links to folders are not.
func find(args []string) []found {
	var list []found
	for _, arg := range args {
		if arg == "-" {
			list = append(list, found{path: "-"})
			continue
		}
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			list = append(list, found{path: arg, err: err})
		case info.IsDir():
			list = append(list, folder(arg)...)
		case !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0:
			list = append(list, found{path: arg, err: fmt.Errorf("%s is neither a file nor a folder", arg)})
		default:
			list = append(list, found{path: arg, size: info.Size(), pipe: info.Mode()&fs.ModeNamedPipe != 0})
		}
	}
	return list
}

func folder(dir string) []found {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []found{{path: dir, err: err}}
	}
	maildir := isDir(dir, "cur") && isDir(dir, "new")
	var list []found
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		hidden := e.Name()[0] == '.'
		switch {
		case e.IsDir() && maildir && e.Name() != "cur" && e.Name() != "new" && !hidden: // tmp, and indexes of the server
		case e.IsDir() && (maildir || !hidden):
			list = append(list, folder(path)...)
		case maildir || hidden:
		default:
			if info, err := os.Stat(path); err != nil {
				list = append(list, found{path: path, err: err})
			} else if info.Mode().IsRegular() {
				list = append(list, found{path: path, size: info.Size()})
			}
		}
	}
	return list
}

func isDir(parts ...string) bool {
	info, err := os.Stat(filepath.Join(parts...))
	return err == nil && info.IsDir()
}

var errEmpty = errors.New("scan: there is no message in it")

// item is one message to judge, or why it can't be.
type item struct {
	name string // path, or path#n for the n-th message of an mbox
	raw  []byte
	size int64 // of what was read for it, for the progress
	err  error
}

// read hands the messages of a file to take, which returns false to stop.
func (o *Options) read(ctx context.Context, f found, take func(item) bool) bool {
	if f.err != nil {
		return take(item{name: f.path, err: f.err})
	}
	in, err := o.open(ctx, f)
	if err != nil {
		return take(item{name: f.path, err: err})
	}
	defer in.Close()
	box := newMbox(in, int(o.MaxSize), o.Format != "message")
	box.hint = int(min(f.size, o.MaxSize))
	if o.Format == "mbox" {
		box.many = true
	}
	for n := 1; ; n++ {
		raw, err := box.Next()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err == nil && len(raw) == 0 {
			err = errEmpty
		}
		name := f.path
		if n > 1 || box.many && !box.ended {
			name += "#" + strconv.Itoa(n)
		}
		if !take(item{name: name, raw: gateway.WireEnds(raw), size: int64(len(raw)), err: err}) {
			return false
		}
	}
}

func (o *Options) open(ctx context.Context, f found) (io.ReadCloser, error) {
	switch {
	case f.path == "-":
		return interruptible(ctx, func() (io.ReadCloser, error) { return io.NopCloser(o.In), nil }), nil
	case f.pipe:
		return interruptible(ctx, func() (io.ReadCloser, error) { return os.Open(f.path) }), nil
	}
	return os.Open(f.path)
}

// interruptible opens and reads what may keep us waiting for ever, a terminal or a named pipe, in a goroutine of its own:
// when ctx ends, reading ends, whatever the other side does.
func interruptible(ctx context.Context, open func() (io.ReadCloser, error)) io.ReadCloser {
	out, in := io.Pipe()
	forget := context.AfterFunc(ctx, func() { in.CloseWithError(ctx.Err()) })
	go func() {
		defer forget()
		from, err := open()
		if err == nil {
			_, err = io.Copy(in, from)
			_ = from.Close()
		}
		in.CloseWithError(err)
	}()
	return out
}
