package message

import (
	"iter"
	"net/mail"
	"slices"
	"strings"
	"time"

	"weir/message/header"
)

// Fields yields the top header's fields of a name, from the top, without those that the gateway removes (Stripped).
// Filters use it rather than Header.All.
func (m *Message) Fields(name string) iter.Seq[*header.Field] {
	return func(yield func(*header.Field) bool) {
		for i, f := range m.Header.All(name) {
			if !m.IsStripped(i) && !yield(f) {
				return
			}
		}
	}
}

// Field returns the first field of a name that is not stripped, nil if there is none.
func (m *Message) Field(name string) *header.Field {
	for f := range m.Fields(name) {
		return f
	}
	return nil
}

// Value returns the unfolded value of the first field of a name that is not stripped, "" if there is none.
func (m *Message) Value(name string) string {
	if f := m.Field(name); f != nil {
		return f.Value()
	}
	return ""
}

// IsStripped tells whether the field with this index into Header.Fields is one that the gateway removes.
func (m *Message) IsStripped(i int) bool {
	if len(m.stripped) == 0 {
		return false
	}
	_, found := slices.BinarySearch(m.stripped, i)
	return found
}

// Subject returns the decoded Subject: UTF-8, one line; "" if there is none.
func (m *Message) Subject() string {
	m.lazy.subject.Do(func() {
		if f := m.Field("Subject"); f != nil {
			m.lazy.subj = f.Text()
		}
	})
	return m.lazy.subj
}

// MessageID returns the Message-ID without <>, "" if there is none.
func (m *Message) MessageID() string {
	v := m.Value("Message-ID")
	if i := strings.IndexByte(v, '<'); i >= 0 {
		if n := strings.IndexByte(v[i:], '>'); n > 0 {
			return v[i+1 : i+n]
		}
	}
	return strings.Trim(v, "<> ")
}

// maxDate bounds the Date field that is parsed, in bytes: net/mail's parser is superlinear in comments.
const maxDate = 200

// Date returns the Date field's time, the zero time if it is absent or unreadable.
func (m *Message) Date() time.Time {
	v := m.Value("Date")
	if v == "" || len(v) > maxDate {
		return time.Time{}
	}
	t, err := mail.ParseDate(v)
	if err != nil {
		return time.Time{}
	}
	return t
}
