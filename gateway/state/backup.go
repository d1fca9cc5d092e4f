package state

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"weir/gateway/scan"
	"weir/gateway/store/dump"
)

// ExportCommand is the command line of weir state export.
type ExportCommand struct {
	Place
	File string `arg:"" optional:"" placeholder:"FILE" help:"Where to write it; - or nothing is standard output."`
}

// Run writes a backup. A file is complete or not there: it gets its name when it has been read again and found whole.
func (c *ExportCommand) Run(ctx context.Context, h House) int {
	return c.with(h, false, func(s *opened) int {
		show := progress(h, "exporting", -1)
		defer show.Finish()
		if c.File == "" || c.File == "-" {
			out := bufio.NewWriterSize(h.Out, 1<<16)
			if err := errors.Join(s.Export(ctx, &passing{show: show, w: out}), out.Flush()); err != nil {
				return complain(h.Err, ExitPartial, fmt.Errorf("the export is not whole: %w", err))
			}
			return ExitDone
		}
		n, err := c.file(ctx, s, show)
		if err != nil {
			return complain(h.Err, ExitPartial, fmt.Errorf("%s was not written: %w", c.File, err))
		}
		show.Finish()
		fmt.Fprintf(h.Err, "%s: %d records\n", c.File, n)
		return ExitDone
	})
}

// file writes the backup under another name first, and reads it again.
func (c *ExportCommand) file(ctx context.Context, s *opened, show scan.Progress) (int, error) {
	f, err := os.CreateTemp(filepath.Dir(c.File), ".export-") // with mode 0600
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := s.Export(ctx, &passing{show: show, w: f}); err != nil {
		return 0, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := dump.Verify(ctx, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(f.Name(), c.File)
}

// ImportCommand is the command line of weir state import.
type ImportCommand struct {
	Place
	File    string `arg:"" optional:"" placeholder:"FILE" help:"What weir state export wrote; - or nothing is standard input."`
	Replace bool   `help:"Remove what is stored first. Without it only an empty state is filled."`
}

// errFull says that an import would mix two states.
var errFull = errors.New("the state is not empty")

// Run reads a backup into the store, when all of it has been read once and found whole.
func (c *ImportCommand) Run(ctx context.Context, h House) int {
	in, length, err := c.open(h)
	if err != nil {
		return complain(h.Err, ExitUsage, err)
	}
	defer in.Close()
	want, err := dump.Verify(ctx, in)
	if err == nil {
		_, err = in.Seek(0, io.SeekStart)
	}
	if err != nil {
		return complain(h.Err, ExitUsage, fmt.Errorf("nothing was imported: %w", err))
	}
	return c.with(h, true, func(s *opened) int {
		if code, err := c.room(ctx, s); err != nil {
			return complain(h.Err, code, fmt.Errorf("nothing was imported: %w", err))
		}
		show := progress(h, "importing", length)
		n, err := s.Import(ctx, &passing{show: show, r: in}, c.Replace)
		show.Finish()
		if errors.Is(err, dump.ErrForeign) || n == 0 && err != nil {
			return complain(h.Err, ExitPartial, fmt.Errorf("nothing was imported: %w", err))
		}
		if err != nil {
			return complain(h.Err, ExitPartial, fmt.Errorf("stopped after %d of %d records; import once more, with --replace: %w", n, want, err))
		}
		fmt.Fprintf(h.Out, "%d records imported\n", n)
		return ExitDone
	})
}

// open gives the backup as a file. What comes through a pipe is put into one, so that it can be read twice.
func (c *ImportCommand) open(h House) (*os.File, int64, error) {
	if c.File != "" && c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, 0, err
		}
		info, err := f.Stat()
		if err == nil && info.Mode().IsRegular() {
			return f, info.Size(), nil
		}
		defer f.Close()
		return spooled(f)
	}
	return spooled(h.In)
}

func spooled(r io.Reader) (*os.File, int64, error) {
	f, err := os.CreateTemp("", "weir-import-") // with mode 0600
	if err != nil {
		return nil, 0, err
	}
	defer os.Remove(f.Name()) // it lives on while it is open
	n, err := io.Copy(f, r)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, n, nil
}

// room sees that the state is empty, or may be replaced.
func (c *ImportCommand) room(ctx context.Context, s *opened) (int, error) {
	if c.Replace {
		return ExitDone, nil
	}
	n, err := entries(ctx, s)
	switch {
	case err != nil:
		return ExitPartial, err
	case n > 0:
		return ExitUsage, fmt.Errorf("%w, it has %d entries; with --replace they are removed first (weir state export keeps a copy)", errFull, n)
	}
	return ExitDone, nil
}

// passing counts what is written or read for the progress.
type passing struct {
	show scan.Progress
	w    io.Writer
	r    io.Reader
}

func (p *passing) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.show.Add(int64(n))
	return n, err
}

func (p *passing) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.show.Add(int64(n))
	return n, err
}

// progress shows a bar on a terminal.
func progress(h House, what string, bytes int64) scan.Progress {
	if !isTerminal(h.Err) {
		return quiet{}
	}
	bar := scan.NamedProgress(h.Err, isTerminal(h.Out), what)
	bar.Start(bytes)
	return bar
}

type quiet struct{}

func (quiet) Start(int64)        {}
func (quiet) Add(int64)          {}
func (quiet) Aside(write func()) { write() }
func (quiet) Finish()            {}
