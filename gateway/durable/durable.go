// Package durable writes files that are there whole, on the disk, or not at all: invariant I1 for mail that Weir itself
// keeps (the Maildir and the quarantine).
//
// A file is written under a temporary name, fsynced, renamed, and then its folder is fsynced: without the last step a
// power cut can take the name away although the content is safe. Names can't lead out of the folder (os.Root).
package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
)

// Dir is a folder. It is safe for use by many goroutines.
type Dir struct {
	fs   FS
	path string
}

// FS is what Dir needs of a file system; tests put faults in (see Faulty). Names are relative to the folder.
type FS interface {
	Create(name string) (File, error) // fails where the name exists
	Rename(from, to string) error
	Remove(name string) error
	SyncDir(name string) error
}

// File is a file being written.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// Open uses a folder, which is made where it is missing (for the owner only), together with subfolders.
func Open(path string, subfolders ...string) (*Dir, *os.Root, error) {
	if err := mkdir(path); err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, nil, err
	}
	for _, sub := range subfolders {
		if err := subfolder(root, sub); err != nil {
			root.Close()
			return nil, nil, err
		}
	}
	d := &Dir{rooted{root}, path}
	return d, root, d.fs.SyncDir(".")
}

// mkdir makes a folder if it is missing, for the owner of the one that it is in.
func mkdir(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return Adopt(path)
}

// subfolder makes a folder within another if it is missing, for the same owner.
func subfolder(root *os.Root, name string) error {
	if info, err := root.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := root.MkdirAll(name, 0o700); err != nil {
		return err
	}
	return own(root, name)
}

// On puts another file system under d: in tests, one with faults.
func (d *Dir) On(wrap func(FS) FS) { d.fs = wrap(d.fs) }

// Write makes a file at final, in folder, by way of tmp. After nil it survives a power cut. After an error nothing is
// left at either name, as far as the disk lets us.
func (d *Dir) Write(tmp, folder, final string, content func(io.Writer) error) error {
	if err := d.fill(tmp, content); err != nil {
		return d.undo(err, tmp)
	}
	if err := d.fs.Rename(tmp, final); err != nil {
		return d.undo(err, tmp)
	}
	if err := d.fs.SyncDir(folder); err != nil {
		return d.undo(err, final)
	}
	return nil
}

func (d *Dir) fill(tmp string, content func(io.Writer) error) error {
	f, err := d.fs.Create(tmp)
	if err != nil {
		return err
	}
	return errors.Join(write(f, content), f.Close())
}

func write(f File, content func(io.Writer) error) error {
	if err := content(f); err != nil {
		return err
	}
	return f.Sync()
}

func (d *Dir) undo(err error, name string) error {
	if gone := d.fs.Remove(name); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return fmt.Errorf("%s: %w", d.path, err)
}

// Remove deletes a file of a folder for good.
func (d *Dir) Remove(folder, name string) error {
	if err := d.fs.Remove(name); err != nil {
		return err
	}
	return d.fs.SyncDir(folder)
}

// Move takes a file from one folder to another, under the same name. After nil it survives a power cut; after an error it
// is in one of the two.
func (d *Dir) Move(from, to, name string) error {
	if err := d.fs.Rename(path.Join(from, name), path.Join(to, name)); err != nil {
		return err
	}
	return errors.Join(d.fs.SyncDir(to), d.fs.SyncDir(from))
}

// rooted is the real file system below a folder.
type rooted struct{ root *os.Root }

func (r rooted) Create(name string) (File, error) {
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := Own(r.root, f); err != nil {
		return nil, errors.Join(err, f.Close(), r.root.Remove(name))
	}
	return f, nil
}

func (r rooted) Rename(from, to string) error { return r.root.Rename(from, to) }
func (r rooted) Remove(name string) error     { return r.root.Remove(name) }

func (r rooted) SyncDir(name string) error {
	f, err := r.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
