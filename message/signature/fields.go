package signature

import (
	"bytes"
	"crypto/sha256"

	"weir/message/header"
)

// Pick chooses the fields that h= names: of each name the last in the message, then the one above it, and so on (RFC
// 6376 section 5.4.2). It gives an index into fields for each name, -1 where no field is left. own is the index of the
// signature's own field, which is never chosen; -1: none. Time is linear in both lists.
func Pick(fields []header.Field, names []string, own int) []int {
	picked := make([]int, len(names))
	wanted := newWanted(names, picked)
	for i := len(fields) - 1; i >= 0; i-- {
		if i != own && fields[i].Colon >= 0 {
			wanted.offer(fields[i].Name, i)
		}
	}
	return picked
}

// wanted knows for each name where in h= it stands next. next[i] is where the name of h= number i stands again.
type wanted struct {
	first  map[string]int // by name in lower case
	next   []int
	picked []int
	name   []byte
}

func newWanted(names []string, picked []int) *wanted {
	w := &wanted{first: make(map[string]int, len(names)), next: make([]int, len(names)), picked: picked}
	for i := len(names) - 1; i >= 0; i-- {
		picked[i], w.next[i] = -1, -1
		w.lower(names[i])
		if again, ok := w.first[string(w.name)]; ok {
			w.next[i] = again
		}
		w.first[string(w.name)] = i
	}
	return w
}

// offer gives a field to the next place in h= that asks for its name.
func (w *wanted) offer(name string, index int) {
	w.lower(name)
	if i, ok := w.first[string(w.name)]; ok && i >= 0 {
		w.picked[i] = index
		w.first[string(w.name)] = w.next[i]
	}
}

func (w *wanted) lower(name string) {
	w.name = w.name[:0]
	for i := 0; i < len(name); i++ {
		w.name = append(w.name, lower(name[i]))
	}
}

// FieldSum hashes fields in the order in which they are added. Make it with NewFieldSum, and end it with Sum.
type FieldSum struct {
	w     *hasher
	canon Canon
}

// NewFieldSum begins a sum of fields.
func NewFieldSum(c Canon) *FieldSum { return &FieldSum{newHasher(whole), c} }

// Add adds a field with its line end.
func (f *FieldSum) Add(raw []byte) {
	f.w.flush()
	f.w.buf = f.canon.AppendField(f.w.buf, raw)
	f.trim()
}

// AddOwn adds the signature's own field, which comes last: with nothing in b=, and without line end (RFC 6376 section
// 3.7).
func (f *FieldSum) AddOwn(s *Signature) {
	f.w.flush()
	bare := make([]byte, 0, len(s.Raw))
	bare = append(append(bare, s.Raw[:s.value.from]...), s.Raw[s.value.to:]...)
	f.w.buf = f.canon.AppendField(f.w.buf, bare)
	f.w.buf = bytes.TrimSuffix(f.w.buf, []byte("\r\n"))
	f.trim()
}

// trim hashes what is in the buffer; one that a huge field made huge is not kept.
func (f *FieldSum) trim() {
	f.w.flush()
	if cap(f.w.buf) > 64<<10 {
		f.w.buf = make([]byte, 0, 4096)
	}
}

// Sum gives the SHA-256. The FieldSum can't be used afterwards.
func (f *FieldSum) Sum() [sha256.Size]byte {
	sum, _ := f.w.done()
	f.w = nil
	return sum
}

// FieldsSum is the SHA-256 that b= signs: the fields that h= names, then the signature itself. own is the index of its
// field, -1 where it is not among them.
func (s *Signature) FieldsSum(fields []header.Field, own int) [sha256.Size]byte {
	f := NewFieldSum(s.Header)
	for _, i := range Pick(fields, s.Fields, own) {
		if i >= 0 {
			f.Add(fields[i].Raw)
		}
	}
	f.AddOwn(s)
	return f.Sum()
}

// CheckFields verifies b= over the fields that h= names. own is the index of the signature's field.
func (s *Signature) CheckFields(key *Key, fields []header.Field, own int) error {
	if err := key.Fits(s.Algorithm); err != nil {
		return err
	}
	return key.Verify(s.FieldsSum(fields, own), s.Value)
}
