package gateway

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
	Value string `json:"value,omitempty"` // without line end; may be folded with "\n\t"
	Index int    `json:"index,omitempty"` // Remove, Change: which field of that name, from 1 at the top (as milters count)
	Field int    `json:"-"`               // Remove, Change: index into message.Header.Fields
}
