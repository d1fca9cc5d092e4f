package milter

import (
	"bytes"
	"strings"

	"github.com/emersion/go-milter"
)

// stages are the packets that macros come in front of, in the order of a session.
const stages = "CHMRTLNBE"

// firstOfMessage is the first stage whose macros belong to one message.
var firstOfMessage = strings.IndexByte(stages, byte(milter.CodeMail))

// macros are what the mail server has told of the connection and the message, as it came: names and values by turns, each
// ended by NUL. A later packet for the same stage replaces the earlier one; those of other stages stay.
type macros [len(stages)][]byte

// maxMacros bounds what is remembered of one stage, in bytes. What a certificate says of its owner is the most there is.
const maxMacros = 64 << 10

// set takes a packet of macros. One that is too large says nothing.
func (m *macros) set(data []byte) {
	if len(data) == 0 {
		return
	}
	if len(data) > maxMacros {
		data = data[:1]
	}
	if i := strings.IndexByte(stages, data[0]); i >= 0 {
		m[i] = append(m[i][:0], data[1:]...)
	}
}

// forget drops what belongs to the message, or to the connection too.
func (m *macros) forget(all bool) {
	from := firstOfMessage
	if all {
		from = 0
	}
	for i := from; i < len(m); i++ {
		m[i] = m[i][:0]
	}
}

// get gives a macro's value, of the latest stage that has it; "" where none has. name is without braces.
func (m *macros) get(name string) string {
	for i := len(m) - 1; i >= 0; i-- {
		for rest := m[i]; len(rest) > 0; {
			var key, value []byte
			key, rest = cString(rest)
			value, rest = cString(rest)
			if string(bare(key)) == name {
				return string(value)
			}
		}
	}
	return ""
}

// bare takes the braces off a long name.
func bare(key []byte) []byte {
	if n := len(key); n > 2 && key[0] == '{' && key[n-1] == '}' {
		return key[1 : n-1]
	}
	return key
}

// cString cuts a string that ends with NUL off data; one without it goes to the end.
func cString(data []byte) (s, rest []byte) {
	s, rest, _ = bytes.Cut(data, []byte{0})
	return s, rest
}
