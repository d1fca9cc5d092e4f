package attachments

import (
	"context"
	"path"
	"strings"
	"time"

	"weir/filters"
	"weir/filters/attachments/office"
	"weir/message/archive"
	"weir/message/link"
	"weir/message/part"
	"weir/scoring"
)

// examiner goes through the attachments of one message.
type examiner struct {
	*filter
	ctx    context.Context
	until  time.Time
	walker *archive.Walker
	hits   map[string]*scoring.Hit
	links  link.Finder
	bad    []filters.Objection

	at     int        // the part that is being looked at, as an index into Message.Parts
	part   *part.Part // the same
	trail  []string   // what the present file lies in; nil: it is the part itself
	docs   []*document
	sealed *part.Part // the last part with an encrypted archive
	pixels int        // of pictures that may still be looked at
	locked bool       // an archive needs a password
	mails  int        // messages within messages that are being looked at
}

// document is an Office document whose parts are being shown.
type document struct {
	path   string
	trail  []string
	report office.Report
}

func newExaminer(ctx context.Context, f *filter) *examiner {
	x := &examiner{filter: f, ctx: ctx, until: time.Now().Add(f.config.Time.D()), hits: map[string]*scoring.Hit{}, pixels: f.config.QRPixels}
	x.walker = archive.New(ctx, f.limits, x)
	return x
}

// maxObjections bounds how many objections are kept of one message, beyond the first of each part, without which a forbidden
// part would stay in the mail.
const maxObjections = 100

// hit reports a symbol; the first detail is kept.
func (x *examiner) hit(symbol, name, why string) {
	if h := x.hits[symbol]; h != nil {
		h.Count++
		return
	}
	detail := x.where(name)
	if why != "" {
		detail += ": " + why
	}
	x.hits[symbol] = &scoring.Hit{Name: symbol, Count: 1, Detail: shown(detail)}
}

// object reports a symbol for which the part should not be let through.
func (x *examiner) object(symbol, name, why string) {
	x.hit(symbol, name, why)
	if n := len(x.bad); n >= maxObjections && x.bad[n-1].Part == x.at {
		return
	}
	o := filters.Objection{Part: x.at, Path: pathOf(x.part), Name: shown(x.part.FileName), Symbol: symbol, Why: shown(why)}
	if len(x.trail) > 0 {
		o.Inner = shown(x.where(name))
	}
	x.bad = append(x.bad, o)
}

// where names a file for a person: the archives around it, then its own name.
func (x *examiner) where(name string) string {
	if name == "" {
		name = x.part.Type
		if len(x.trail) > 0 {
			return strings.Join(x.trail, " > ")
		}
	}
	if len(x.trail) == 0 {
		return name
	}
	return strings.Join(x.trail, " > ") + " > " + name
}

// maxShown bounds a detail, in characters.
const maxShown = 160

// shown makes a text fit for reports: printable, and not too long.
func shown(text string) string {
	n := 0
	text = strings.Map(func(r rune) rune {
		if n++; n > maxShown {
			return -1
		}
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x2069 || r == 0xfeff {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if n > maxShown {
		text += "…"
	}
	return text
}

// pathOf is the way from the root down to a part. A part of another reading may hang on a parent that does not list it:
// then the way ends there.
func pathOf(p *part.Part) []int {
	way := []int{}
	for ; p != nil && p.Parent != nil; p = p.Parent {
		for i, c := range p.Parent.Children {
			if c == p {
				way = append([]int{i}, way...)
			}
		}
	}
	return way
}

// late tells whether time is up.
func (x *examiner) late() bool { return x.ctx.Err() != nil || time.Now().After(x.until) }

// attachment looks at one part.
func (x *examiner) attachment(i int, p *part.Part) {
	x.at, x.part, x.trail, x.links.Part = i, p, nil, i
	names := p.FileNames()
	if len(names) == 0 {
		names = []string{p.FileName}
	}
	for _, name := range names[1:] {
		x.named(takeApart(name), name)
	}
	x.file(names[0], p.Type, p.Body())
	x.flush()
}

// within looks at a file that lies in another one which is no archive.
func (x *examiner) within(outer, name string, data []byte) {
	before := x.trail
	ok := x.walker.Within(outer, func(trail []string) {
		x.trail = trail
		x.file(name, "", data)
	})
	if x.trail = before; !ok {
		x.hit(Unscanned, name, archive.TooDeep.String())
	}
}

// result puts the hits into the order of the table.
func (x *examiner) result() filters.Result {
	var r filters.Result
	for i := range symbols {
		if h := x.hits[symbols[i].Name]; h != nil {
			r.Hits = append(r.Hits, *h)
		}
	}
	r.Attached = filters.Attached{Links: x.links.Links, Objections: x.bad}
	return r
}

// named checks a name, and tells whether it is forbidden.
func (x *examiner) named(n fileName, name string) (forbidden bool) {
	if cut, _, ok := strings.Cut(name, "\x00"); ok && x.named(takeApart(cut), cut) {
		return true // programs in C see no more of it
	}
	list, symbol := x.forbidden, Forbidden
	if len(x.trail) > 0 {
		list, symbol = x.inner, ForbiddenInner
	}
	if n.odd != "" {
		x.hit(NameOdd, name, n.odd)
	}
	if n.inner != "" && (active[n.ending] || list[n.ending]) {
		x.hit(DoubleExtension, name, "")
	}
	if list[n.ending] {
		x.object(symbol, name, "files ."+n.ending+" are forbidden")
		return true
	}
	if isClass(n.ending) && len(list) > 0 {
		x.object(symbol, name, "its ending is the number of a class, which hides what it is")
		return true
	}
	lower := strings.ToLower(n.base)
	for _, pattern := range x.config.ForbiddenNames {
		if ok, _ := path.Match(pattern, lower); ok {
			x.object(symbol, name, "the name is forbidden")
			return true
		}
	}
	return false
}
