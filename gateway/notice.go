package gateway

import (
	"bytes"
	"fmt"
	"mime/quotedprintable"
	"slices"
	"strings"
	"unicode"

	"weir/filters"
	"weir/message"
	"weir/message/part"
)

// notice stands in a mail in the place of a part that was taken out.
type notice struct {
	eol  string
	body []byte // quoted-printable (RFC 2045 section 6.7)
}

// newNotice tells the reader what was taken out, by whom, why, and what to quote when he asks for it.
func newNotice(host string, m *message.Message, p *part.Part, list []filters.Objection) notice {
	var text strings.Builder
	fmt.Fprintf(&text, "%s took an attachment out of this mail.\n\n", host)
	all := m.Parts()
	for _, o := range list {
		if o.Part >= 0 && o.Part < len(all) && standing(all[o.Part]) == p {
			fmt.Fprintf(&text, "Name: %s\nReason: %s\n", legible(unlinked.Replace(name(&o))), legible(o.Why))
		}
	}
	fmt.Fprintf(&text, "\nThe mail as it came is kept for a while. Who needs it can ask the postmaster; the reference is %s.\n", m.ID)
	n := notice{eol: lineEnd(m.Raw)}
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(strings.ReplaceAll(text.String(), "\n", "\r\n"))) // a bytes.Buffer takes all
	_ = w.Close()
	n.body = bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte(n.eol))
	return n
}

func name(o *filters.Objection) string {
	switch {
	case o.Inner != "":
		return o.Inner
	case o.Name != "":
		return o.Name
	}
	return "(none)"
}

// unlinked takes out of a name what mail programs make links of: the sender chose it, and the notice comes from us.
var unlinked = strings.NewReplacer("/", "_", `\`, "_", ":", "_", "@", "_", "www.", "www_", "WWW.", "WWW_")

// legible is what a sender wrote, in one line, without what could turn a reader's text around.
func legible(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, s)
	return s[:min(len(s), 500)]
}

// fields describe the notice.
var fields = []Edit{
	{Op: Add, Name: "Content-Type", Value: "text/plain; charset=utf-8"},
	{Op: Add, Name: "Content-Transfer-Encoding", Value: "quoted-printable"},
	{Op: Add, Name: "Content-Disposition", Value: "inline"},
}

// entity is a whole MIME part.
func (n notice) entity() (text []byte) {
	for _, f := range fields {
		text = appendField(text, f, n.eol)
	}
	return append(append(text, n.eol...), n.body...)
}

// header gives a message whose body becomes the notice the fields of one.
func (n notice) header(m *message.Message) (edits []Edit) {
	seen, mime := map[string]int{}, false
	for i := range m.Header.Fields {
		f := &m.Header.Fields[i]
		name := strings.ToLower(f.Name)
		seen[name]++
		mime = mime || name == "mime-version"
		if strings.HasPrefix(name, "content-") && !m.IsStripped(i) {
			edits = append(edits, Edit{Op: Remove, Name: f.Name, Index: seen[name], Field: i})
		}
	}
	edits = append(edits, slices.Clone(fields)...)
	if !mime {
		edits = append(edits, Edit{Op: Add, Name: "MIME-Version", Value: "1.0"})
	}
	return edits
}
