// Package mime is the part tree of a message as SpamAssassin reads it (Message.pm, Message/Node.pm), since rules about
// parts, boundaries and text hit by its reading.
//
// It is a second, simpler reader beside message/part: that one takes a broken message in every way that a mail program
// may, this one takes it in the one way that rules were written for. It works on slices of the message; what is copied
// is what changes: line ends, lines of more than 2,048 bytes, encoded bodies when they are asked for.
package mime

// The bounds that show in what rules hit; they are SpamAssassin's.
const (
	maxLine   = 2048  // bytes of a line in a multipart; a longer one is cut
	maxParts  = 1000  // parts of one multipart
	maxDepth  = 20    // multiparts and messages within each other
	maxKey    = 256   // bytes of a field's name
	maxValue  = 8192  // bytes of a field's value
	maxHeader = 65536 // bytes of a header
	maxBlank  = 20    // empty lines that follow each other in a body; the others are left out
)

// Flag is something odd about a message's form.
type Flag uint16

// The flags, as rules ask for them.
const (
	NoSeparator     Flag     = 1 << iota // no empty line between the message's header and its body
	NoPartSeparator                      // no empty line between a part's header and its body
	NoPartHeader                         // a part begins with something that is no field
	TruncatedHeader                      // a name, a value or the header is longer than what is looked at
	TooManyParts                         // a multipart has 1,000 parts
	Epilogue                             // text behind the last boundary
	UnbalancedParts                      // a boundary was opened and never closed, or closed twice
	maxMessageParts = 10_000             // parts of all multiparts; a bound of ours: nobody sends that many
)

// Tree is a message's parts.
type Tree struct {
	Root  *Part
	Parts []*Part // all, each before its children, in the order of the message
	Flags Flag

	open  map[string]int // by boundary: opened, not closed
	count int
	queue []job
}

// job is a part whose body is still to be read.
type job struct {
	part     *Part
	boundary string
	bounded  bool // there is a boundary
	body     []byte
	lead     bool // an empty line is thought in front of the body
	depth    int  // what is left
}

// Parse reads a message. It never fails. The tree refers to raw, which must not change.
func Parse(raw []byte) *Tree {
	t := &Tree{}
	t.Root = &Part{}
	t.message(t.Root, raw, maxDepth, true)
	for len(t.queue) > 0 {
		j := t.queue[0]
		t.queue = t.queue[1:]
		t.read(j)
	}
	for _, n := range t.open {
		if n != 0 {
			t.Flags |= UnbalancedParts
		}
	}
	t.list(t.Root)
	t.open, t.queue = nil, nil
	return t
}

// list puts a part and those below it into the list. The depth is bounded by maxDepth and a nested message for each.
func (t *Tree) list(p *Part) {
	if p.Type != "" {
		t.Parts = append(t.Parts, p)
	}
	for _, c := range p.Children {
		t.list(c)
	}
}

// message reads the header of a message, or of one within a part.
func (t *Tree) message(p *Part, raw []byte, depth int, top bool) {
	h := readHeader(raw)
	p.Fields = h.fields
	if top {
		t.Flags |= h.flags
	}
	body := fewerBlanks(h.body)
	ct := p.contentType()
	p.Type = ct.Type
	t.queue = append(t.queue, job{part: p, boundary: ct.Boundary, bounded: ct.HasBoundary, body: body, depth: depth,
		lead: hasPrefix(ct.Type, "multipart/") && leadNeeded(body, *ct)})
}

// read reads a part's body.
func (t *Tree) read(j job) {
	if hasPrefix(j.part.Type, "multipart/") && j.bounded && j.depth > 0 {
		t.multipart(j)
		return
	}
	p := j.part
	p.settle(j)
	if (p.Type == "message/rfc822" || p.Type == "message/global") && j.depth > 0 && t.count < maxMessageParts {
		if inner := p.Decoded(); len(inner) > 0 {
			child := &Part{}
			t.count++
			t.message(child, inner, j.depth-1, false)
			p.Children, p.parent = []*Part{child}, true
			p.body, p.decoded, p.isDecoded = nil, nil, true
		}
	}
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }
