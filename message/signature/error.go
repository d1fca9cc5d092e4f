package signature

// Kind says what kind of fault a signature or key has.
type Kind uint8

// The kinds.
const (
	Malformed Kind = iota // it breaks a rule of its RFC and can't be used: permerror of RFC 8601
	Refused               // it is in order, but we do not take it: policy of RFC 8601
	Wrong                 // it does not fit the message: fail of RFC 8601
)

// Error is why a signature does not count.
type Error struct {
	Kind Kind
	Text string // for a person; holds nothing of the sender's
}

// Error gives the text.
func (e *Error) Error() string { return "signature: " + e.Text }

func malformed(text string) error { return &Error{Malformed, text} }

func refused(text string) error { return &Error{Refused, text} }

func wrong(text string) error { return &Error{Wrong, text} }
