package gateway

import (
	"bytes"
	"slices"
	"strings"

	"weir/message"
	"weir/scoring"
)

// Op is a kind of header edit.
type Op string

// The edits. Add puts a field on top; Remove and Change name a field by name and occurrence.
const (
	Add    Op = "add"
	Remove Op = "remove"
	Change Op = "change"
)

// Edit is one change of the header on the way to the next hop. All else stays byte-identical (invariant I4).
type Edit struct {
	Op    Op     `json:"op"`
	Name  string `json:"name"`
	Value string `json:"value,omitempty"` // without line end; folded with "\n\t"
	Index int    `json:"index,omitempty"` // Remove, Change: which field of that name, from 1 at the top (as milters count)
	Field int    `json:"-"`               // Remove, Change: index into message.Header.Fields
	at    int    // Remove, of a field that was not read since the header is too long: where it begins
	size  int    // and its length; 0: Field tells
}

// changes are what becomes of parts that a filter objects to.
type changes struct {
	edits []Edit
	cuts  []Cut
}

// edits are those of one decision: forged fields go, ours come, the subject of tagged mail is marked, and all is sealed.
func (s *Snapshot) edits(m *message.Message, r *Report, d *scoring.Decision, parts changes) []Edit {
	list := append(removals(m), s.strip.beyond(m)...)
	if !d.Action.Delivers() {
		return list
	}
	list = append(list, parts.edits...)
	if s.Settings.Headers.Results && !m.Outgoing {
		list = append(list, Edit{Op: Add, Name: ResultsName, Value: s.results(r).Format()})
	}
	list = append(list, s.Settings.Headers.fields(r, d)...)
	if prefix := s.Settings.Headers.SubjectPrefix; prefix != "" && d.Action == scoring.Tag {
		list = append(list, markSubject(m, prefix))
	}
	list = append(list, fence(m)...)
	return append(s.seal(m, r, list, parts.cuts), list...)
}

// FenceName is the field between ours and a message whose first line begins with white space. Without it that line would
// continue the last of our fields, and the sender could write its end: "X-Spam-Flag: YES" and, folded, "NO".
const FenceName = "X-Weir-Folded"

func fence(m *message.Message) []Edit {
	removed := len(m.Header.Fields) > 0 && m.IsStripped(0)
	if len(m.Raw) == 0 || m.Raw[0] != ' ' && m.Raw[0] != '\t' || removed {
		return nil
	}
	return []Edit{{Op: Add, Name: FenceName, Value: "the message begins with white space"}}
}

// removals take the forged fields out. One pass counts which field of its name each of them is.
func removals(m *message.Message) []Edit {
	forged := m.Stripped()
	if len(forged) == 0 {
		return nil
	}
	list := make([]Edit, 0, len(forged))
	seen := map[string]int{}
	for i := range m.Header.Fields[:forged[len(forged)-1]+1] {
		f := &m.Header.Fields[i]
		name := strings.ToLower(f.Name)
		seen[name]++
		if len(list) < len(forged) && forged[len(list)] == i {
			list = append(list, Edit{Op: Remove, Name: f.Name, Index: seen[name], Field: i})
		}
	}
	return list
}

// markSubject puts the prefix before the first Subject, whose own bytes stay, or adds one.
func markSubject(m *message.Message, prefix string) Edit {
	prefix = strings.TrimRight(prefix, " ") // one space follows, whether or not the admin wrote it
	for i := range m.Header.Fields {
		f := &m.Header.Fields[i]
		if f.Colon < 0 || !strings.EqualFold(f.Name, "Subject") {
			continue
		}
		old := strings.TrimLeft(strings.TrimRight(string(f.Raw[f.Colon+1:]), "\r\n"), " \t")
		old = strings.ReplaceAll(old, "\r\n", "\n")
		return Edit{Op: Change, Name: f.Name, Value: prefix + " " + old, Index: 1, Field: i}
	}
	return Edit{Op: Add, Name: "Subject", Value: prefix}
}

// Chunks gives the content to send on for a group: slices of the original bytes with the edits spliced in.
func (o *Outcome) Chunks(g *Group) [][]byte {
	raw, eol := o.Message.Raw, lineEnd(o.Message.Raw)
	top, inner := added(g.Edits, eol)
	chunks := make([][]byte, 0, 2+2*len(inner))
	if len(top) > 0 {
		chunks = append(chunks, top)
	}
	kept, at, field := 0, 0, 0 // bytes handed on; where the field begins; its index
	for _, e := range inner {
		size := e.size
		if size > 0 {
			at = e.at
		} else {
			for ; field < e.Field; field++ {
				at += len(o.Message.Header.Fields[field].Raw)
			}
			size = len(o.Message.Header.Fields[field].Raw)
		}
		chunks = append(chunks, raw[kept:at])
		if e.Op == Change {
			chunks = append(chunks, appendField(nil, e, eol))
		}
		kept = at + size
	}
	return append(chunks, spliced(raw, kept, g.Cuts)...)
}

// added gives the text of the fields that go on top, and the other edits in the order of the fields.
func added(edits []Edit, eol string) (top []byte, inner []Edit) {
	for _, e := range edits {
		if e.Op == Add {
			top = appendField(top, e, eol)
		} else {
			inner = append(inner, e)
		}
	}
	slices.SortFunc(inner, func(a, b Edit) int { return a.Field - b.Field })
	return top, inner
}

// appendField writes a field with the message's own line ends. Bare CR and LF in a value can't leave it, and a line of
// white space alone, which ends the header for some readers, is left out.
func appendField(b []byte, e Edit, eol string) []byte {
	b = append(append(b, e.Name...), ": "...)
	first := true
	for line := range strings.SplitSeq(strings.ReplaceAll(e.Value, "\r", ""), "\n") {
		if !first && strings.Trim(line, " \t") == "" {
			continue
		}
		if !first {
			b = append(b, eol...)
			if line[0] != ' ' && line[0] != '\t' {
				b = append(b, '\t')
			}
		}
		b, first = append(b, line...), false
	}
	return append(b, eol...)
}

// lineEnd tells how the message ends its lines, by the first one.
func lineEnd(raw []byte) string {
	if i := bytes.IndexByte(raw, '\n'); i > 0 && raw[i-1] != '\r' {
		return "\n"
	}
	return "\r\n"
}
