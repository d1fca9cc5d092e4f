package scan

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// NewProgress shows a bar on a terminal. shared says that reports go to the same terminal, so that the bar must make
// room for each.
func NewProgress(terminal io.Writer, shared bool) Progress {
	return NamedProgress(terminal, shared, "scanning")
}

// NamedProgress is NewProgress for other work than scanning.
func NamedProgress(terminal io.Writer, shared bool, what string) Progress {
	return &bar{to: terminal, shared: shared, what: what}
}

type bar struct {
	to     io.Writer
	shared bool
	what   string
	bar    *progressbar.ProgressBar
}

func (b *bar) Start(bytes int64) {
	b.bar = progressbar.NewOptions64(max(bytes, -1), progressbar.OptionSetWriter(b.to), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(b.what), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
}

func (b *bar) Add(bytes int64) { _ = b.bar.Add64(bytes) }

func (b *bar) Aside(write func()) {
	if b.shared {
		_ = b.bar.Clear()
	}
	write()
}

func (b *bar) Finish() {
	_ = b.bar.Clear()
	_ = b.bar.Exit()
}

type noProgress struct{}

func (noProgress) Start(int64)        {}
func (noProgress) Add(int64)          {}
func (noProgress) Aside(write func()) { write() }
func (noProgress) Finish()            {}
