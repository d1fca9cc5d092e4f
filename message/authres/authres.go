// Package authres writes and reads the value of Authentication-Results fields (RFC 8601), and of the ARC fields that
// carry the same text (RFC 8617 section 4.1.1).
//
// Such a field is read by programs that believe it, and much in it was chosen by the sender: the domain of a signature,
// the envelope's address, a HELO name. So writing is strict. What might end a line, a value or a result for any reader
// never gets into the field, though a quoted string could hold it by the RFC: there are readers that split at each
// semicolon, whether it is quoted or not. Reading is tolerant, since the fields of others are what they are, and linear.
package authres

import "strings"

// Field is one Authentication-Results value.
type Field struct {
	Serv    string   // authserv-id: who says so
	Results []Result // none: nothing was checked
}

// Result is one method's result: a resinfo of RFC 8601 section 2.2.
type Result struct {
	Method string // "spf", in lower case
	Value  string // "pass", in lower case
	Reason string // for a person; "" none
	Props  []Prop
}

// Prop is what a result is about, such as smtp.mailfrom=joe@example.org.
type Prop struct {
	Type  string // "smtp", in lower case
	Name  string // "mailfrom", in lower case
	Value string // without quotes
}

// Prop gives the value of the first property of that type and name, "" if there is none.
func (r *Result) Prop(kind, name string) string {
	for i := range r.Props {
		if p := &r.Props[i]; p.Type == kind && p.Name == name {
			return p.Value
		}
	}
	return ""
}

// All tells what all results of a method say, if they agree: "" where there is none, or where one says something else
// than another. It is for those who act upon a result: one more "dmarc=pass" in a field does not turn a fail.
func (f *Field) All(method string) string {
	all := ""
	for i := range f.Results {
		r := &f.Results[i]
		switch {
		case r.Method != method:
		case all != "" && all != r.Value:
			return ""
		default:
			all = r.Value
		}
	}
	return all
}

// Sane gives the field as Format writes it: without the characters that might be misread, in lower case where case has
// no meaning, cut where it is too long. Reading a written field gives exactly this.
//
// QUIRK: a property may be "" by the RFC, but there are readers that then refuse the whole field: it is left out.
func (f Field) Sane() Field {
	out := Field{Serv: clean(f.Serv, false)}
	left := maxField
	for i := range f.Results {
		r, ok := f.Results[i].sane()
		if left -= r.size(); left < 0 || len(out.Results) == MaxResults {
			break
		}
		if ok {
			out.Results = append(out.Results, r)
		}
	}
	return out
}

// size is about how many bytes a result takes in the field.
func (r *Result) size() int {
	n := len(r.Method) + len(r.Value) + len(r.Reason)
	for _, p := range r.Props {
		n += len(p.Type) + len(p.Name) + len(p.Value) + 6
	}
	return n + 20
}

func (r *Result) sane() (Result, bool) {
	out := Result{Method: keyword(r.Method), Value: keyword(r.Value), Reason: sentence(r.Reason)}
	for _, p := range r.Props {
		p.Type, p.Name = keyword(p.Type), keyword(p.Name)
		p.Value = clean(p.Value, p.Type == "smtp" && p.Name == "mailfrom")
		if p.Type == "" || p.Name == "" || p.Value == "" || len(p.Value) > MaxValue || len(out.Props) == maxProps {
			continue
		}
		out.Props = append(out.Props, p)
	}
	return out, out.Method != "" && out.Value != ""
}

// Bounds of what is written and read.
const (
	MaxResults = 50       // results in one field; others are left out
	MaxValue   = 320      // bytes of a property's value: an address of RFC 5321. A longer one is left out: cut, it would be another's
	maxField   = 16 << 10 // bytes of a written field, about; further results are left out
	maxReason  = 160      // bytes of a reason, which is cut
	maxProps   = 20
	maxWord    = 32 // bytes of a method, result, property type or name, which is cut
)

// keyword leaves the letters, digits and hyphens of a keyword (RFC 5321 section 4.1.2), in lower case.
func keyword(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, s)
	return s[:min(len(s), maxWord)]
}
