package scanner

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"weir/message"
	"weir/message/archive"
	"weir/message/part"
)

// The bounds of what is unpacked for a scanner. Small files go to it together, in a tar of our own: thousands of scans
// of a few bytes each would take minutes.
const (
	insideBytes = 64 << 20 // that come out of all archives of one mail
	smallFile   = 64 << 10 // larger ones are sent from where they are
	bundleBytes = 1 << 20  // of small files in one tar
	bundleFiles = 500
)

// unpacker has those files scanned that lie in archives which a scanner does not open.
type unpacker struct {
	ctx    context.Context
	pool   *Pool
	plan   *Plan
	report *Report
	walker *archive.Walker

	part   *part.Part
	bundle bytes.Buffer
	tar    *tar.Writer // into bundle
	files  int         // in it
	done   bool        // the rest does not matter
	err    error
}

// inside goes through all archives of a message. Unpacking is work of the processor and takes memory, so that only
// as many mails as there are processors are at it.
func (r *Report) inside(ctx context.Context, p *Pool, plan *Plan, m *message.Message) error {
	var u *unpacker
	for _, part := range m.Parts() {
		if !part.IsLeaf() || !isBinary(part) {
			continue
		}
		if _, n := archive.Detect(part.Body()); n == 0 {
			continue
		}
		if u == nil {
			select {
			case p.unpacking <- struct{}{}:
			case <-ctx.Done():
				return inTime(ctx, ctx.Err())
			}
			defer func() { <-p.unpacking }()
			u = &unpacker{ctx: ctx, pool: p, plan: plan, report: r}
			u.walker = archive.New(ctx, archive.Limits{Bytes: insideBytes}, u)
		}
		u.part = part
		u.walker.Walk(part.FileName, part.Body())
		if u.flush(); u.err != nil || u.done {
			return u.err
		}
	}
	return nil
}

// unpackers is how many mails are unpacked at once.
func unpackers() int { return max(2, runtime.GOMAXPROCS(0)) }

// Want leaves out the texts that Office documents are made of: they hold no archive.
func (u *unpacker) Want(e *archive.Entry) bool {
	if u.err != nil || u.done {
		return false
	}
	ending := strings.ToLower(path.Ext(e.Name))
	return !e.Office || e.Hidden || ending != ".xml" && ending != ".rels"
}

// Visit has a file scanned that the scanner may not see by itself.
func (u *unpacker) Visit(e *archive.Entry) (into bool) {
	if u.err != nil || u.done {
		return false
	}
	foreign := u.plan.Foreign(e)
	u.problem(e, foreign)
	if e.Kind == archive.Archive {
		return false
	}
	if foreign && len(e.Data) > 0 {
		u.send(e)
	}
	return true
}

// problem notes what could not be opened. A damaged archive that the scanner opens too is the scanner's business.
func (u *unpacker) problem(e *archive.Entry, foreign bool) {
	note := &u.report.Unseen
	switch e.Problem {
	case archive.None:
		return
	case archive.Encrypted:
		note = &u.report.Locked
	case archive.Broken, archive.Unsupported:
		if !foreign {
			return
		}
	}
	if *note == "" {
		*note = fmt.Sprintf("%s: %s", u.name(e), e.Problem)
	}
}

// name says where a file lies.
func (u *unpacker) name(e *archive.Entry) string {
	name := strings.Join(e.Trail, " > ")
	if e.Name != "" {
		name += " > " + e.Name
	}
	if len(e.Trail) > 0 && e.Trail[0] == "" {
		name = u.part.Type + name
	}
	return strconv.QuoteToGraphic(name[:min(len(name), 200)])
}

// send has a file scanned, at once or with others.
func (u *unpacker) send(e *archive.Entry) {
	if len(e.Data) > smallFile {
		u.scan(e.Data)
		return
	}
	if u.tar == nil {
		u.tar = tar.NewWriter(&u.bundle)
	}
	u.files++
	u.err = u.tar.WriteHeader(&tar.Header{Name: strconv.Itoa(u.files), Mode: 0o600, Size: int64(len(e.Data)), Format: tar.FormatUSTAR})
	if u.err == nil {
		_, u.err = u.tar.Write(e.Data)
	}
	if u.err == nil && (u.bundle.Len() >= bundleBytes || u.files >= bundleFiles) {
		u.flush()
	}
}

// flush has the small files scanned that wait.
func (u *unpacker) flush() {
	if u.tar == nil || u.err != nil || u.done {
		return
	}
	if u.err = u.tar.Close(); u.err == nil {
		u.scan(u.bundle.Bytes())
	}
	u.bundle.Reset()
	u.tar, u.files = nil, 0
}

// scan has bytes scanned. The time for that is not the archive's.
func (u *unpacker) scan(data []byte) {
	start := time.Now()
	u.done, u.err = u.report.scan(u.ctx, u.pool, u.plan, &Piece{Name: "what was unpacked of " + partName(u.part), Body: data})
	u.walker.Extend(time.Since(start))
}
