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
}

// edits are those of one decision: forged fields go, ours come, and the subject of tagged mail is marked.
func (s *Snapshot) edits(m *message.Message, r *Report, d *scoring.Decision) []Edit {
	var list []Edit
	for _, i := range m.Stripped() {
		list = append(list, Edit{Op: Remove, Name: m.Header.Fields[i].Name, Index: occurrence(m, i), Field: i})
	}
	if !d.Action.Delivers() {
		return list
	}
	list = append(list, s.Settings.Headers.fields(r, d)...)
	if prefix := s.Settings.Headers.SubjectPrefix; prefix != "" && d.Action == scoring.Tag {
		list = append(list, markSubject(m, prefix))
	}
	return list
}

// occurrence counts which field of its name the i-th field is, from 1.
func occurrence(m *message.Message, i int) int {
	n := 1
	for k := range m.Header.Fields[:i] {
		if strings.EqualFold(m.Header.Fields[k].Name, m.Header.Fields[i].Name) {
			n++
		}
	}
	return n
}

// markSubject puts the prefix before the first Subject, whose own bytes stay, or adds one.
func markSubject(m *message.Message, prefix string) Edit {
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
	chunks := make([][]byte, 0, 2+2*len(g.Edits))
	var top bytes.Buffer
	var inner []Edit
	for _, e := range g.Edits {
		if e.Op == Add {
			writeField(&top, e, eol)
		} else {
			inner = append(inner, e)
		}
	}
	if top.Len() > 0 {
		chunks = append(chunks, top.Bytes())
	}
	slices.SortFunc(inner, func(a, b Edit) int { return a.Field - b.Field })
	at := 0
	for _, e := range inner {
		start, end := o.span(e.Field)
		chunks = append(chunks, raw[at:start])
		if e.Op == Change {
			var b bytes.Buffer
			writeField(&b, e, eol)
			chunks = append(chunks, b.Bytes())
		}
		at = end
	}
	return append(chunks, raw[at:])
}

// span is where a field's bytes are in the message: the fields lie behind each other from its start.
func (o *Outcome) span(field int) (start, end int) {
	fields := o.Message.Header.Fields
	for i := range fields[:field] {
		start += len(fields[i].Raw)
	}
	return start, start + len(fields[field].Raw)
}

// writeField writes a field with the message's own line ends. Bare CR and LF in a value can't leave it.
func writeField(b *bytes.Buffer, e Edit, eol string) {
	b.WriteString(e.Name)
	b.WriteString(": ")
	for i, line := range strings.Split(strings.ReplaceAll(e.Value, "\r", ""), "\n") {
		if i > 0 {
			if strings.Trim(line, " \t") == "" {
				continue // a line of white space alone ends the header for some readers
			}
			b.WriteString(eol)
			if line[0] != ' ' && line[0] != '\t' {
				b.WriteByte('\t')
			}
		}
		b.WriteString(line)
	}
	b.WriteString(eol)
}

// lineEnd tells how the message ends its lines, by the first one.
func lineEnd(raw []byte) string {
	if i := bytes.IndexByte(raw, '\n'); i > 0 && raw[i-1] != '\r' {
		return "\n"
	}
	return "\r\n"
}
