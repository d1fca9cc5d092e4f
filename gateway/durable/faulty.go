package durable

// Faulty is a file system with faults, for tests: each function that is set is asked first, and its error is given.
type Faulty struct {
	FS
	OnCreate  func(name string) error
	OnWrite   func(n int) error // n: bytes written to the file before; half of the piece is then written all the same
	OnSync    func() error
	OnClose   func() error
	OnRename  func() error
	OnSyncDir func(name string) error
}

// Create opens a file whose writing may fail.
func (f *Faulty) Create(name string) (File, error) {
	if f.OnCreate != nil {
		if err := f.OnCreate(name); err != nil {
			return nil, err
		}
	}
	file, err := f.FS.Create(name)
	return &faultyFile{File: file, fs: f}, err
}

// Rename may fail.
func (f *Faulty) Rename(from, to string) error {
	if f.OnRename != nil {
		if err := f.OnRename(); err != nil {
			return err
		}
	}
	return f.FS.Rename(from, to)
}

// SyncDir may fail.
func (f *Faulty) SyncDir(name string) error {
	if f.OnSyncDir != nil {
		if err := f.OnSyncDir(name); err != nil {
			return err
		}
	}
	return f.FS.SyncDir(name)
}

type faultyFile struct {
	File
	fs *Faulty
	n  int
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if f.fs.OnWrite != nil {
		if err := f.fs.OnWrite(f.n); err != nil {
			n, _ := f.File.Write(p[:len(p)/2])
			return n, err
		}
	}
	n, err := f.File.Write(p)
	f.n += n
	return n, err
}

func (f *faultyFile) Sync() error {
	if f.fs.OnSync != nil {
		if err := f.fs.OnSync(); err != nil {
			return err
		}
	}
	return f.File.Sync()
}

func (f *faultyFile) Close() error {
	err := f.File.Close()
	if f.fs.OnClose != nil {
		if failed := f.fs.OnClose(); failed != nil {
			return failed
		}
	}
	return err
}
