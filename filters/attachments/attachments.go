// Package attachments looks into what is attached to a mail: names and true types, archives within archives, documents that
// run or load something, HTML that builds files, QR codes in pictures.
//
// It knows no signatures of viruses; that is the business of the scanners. It reports what honest files do not have, and what
// it could not open: "not scanned" has a symbol and is never clean. The work on one mail is bounded in bytes, files, depth
// and time. Nothing is written anywhere or run, and names are only text.
//
// Archives are package message/archive's; each kind of content has a folder of its own below this one, and knows nothing
// of mail. This package puts together what they say.
package attachments

import (
	"context"
	"fmt"
	"path"
	"strings"

	"weir/filters"
	"weir/message"
	"weir/message/archive"
	"weir/message/part"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "attachments",
	Text:    "looks into attachments: names, true types, archives, macros, scripts, QR codes",
	Stage:   filters.Data,
	Symbols: symbols,
	New:     newFilter,
}

type filter struct {
	config           Config
	forbidden, inner map[string]bool
	types            map[string]bool
	limits           archive.Limits
}

func newFilter(decode func(into any) error, _ filters.Env) (filters.Filter, error) {
	c := DefaultConfig()
	if err := decode(&c); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	f := &filter{config: c, forbidden: lowered(c.Forbidden), inner: lowered(c.ForbiddenInner), types: lowered(c.ForbiddenTypes)}
	f.limits = archive.Limits{Bytes: int64(c.Unpacked), Ratio: int64(c.Ratio), Entries: c.Entries, Depth: c.Depth, Time: c.Time.D()}
	for i, name := range c.ForbiddenNames {
		f.config.ForbiddenNames[i] = strings.ToLower(name)
		if _, err := path.Match(f.config.ForbiddenNames[i], ""); err != nil {
			return nil, fmt.Errorf("forbidden_names: %q: a bracket or backslash without its end: * and ? stand for any characters", name)
		}
	}
	return f, nil
}

func lowered(list []string) map[string]bool {
	return set(strings.ToLower(strings.Join(list, " ")))
}

// Check looks into all attachments of all readings.
func (f *filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	var x *examiner
	for i, p := range m.Parts() {
		if !attached(p) {
			continue
		}
		if x == nil {
			x = newExaminer(ctx, f)
		}
		x.attachment(i, p)
	}
	if x == nil {
		return filters.Result{}, nil
	}
	x.password(m)
	return x.result(), ctx.Err()
}

// attached tells whether a part is a file, and not a text that the reader sees or a container.
func attached(p *part.Part) bool {
	switch {
	case !p.IsLeaf():
		return false
	case p.FileName != "" || p.Disposition == "attachment":
		return true
	case p.Type == "application/pgp-encrypted" || p.Type == "application/pgp-signature" || p.Type == "application/pkcs7-signature",
		p.IsText() || p.Type == "message/delivery-status" || p.Type == "message/disposition-notification" || p.Type == "message/feedback-report":
		return isBinary(p)
	}
	return true
}

// isBinary tells whether what is declared as text begins like a file that is none.
func isBinary(p *part.Part) bool {
	b := p.Body()
	if len(b) < 8 {
		return false
	}
	switch b[0] {
	case 'P', 'M', 'R', '7', 0xd0, 0x1f, 0x7f, '%', '{':
		switch k := kindOf(b); k {
		case program, compound, richText, pdfFile:
			return true
		}
		_, n := archive.Detect(b[:min(len(b), 512)])
		return n > 0
	}
	return false
}
