// Package view shows one message as rules in SpamAssassin's language see it.
//
// A rule file says "body" and means: the text of all text parts, decoded to UTF-8, HTML rendered in one certain way,
// white space folded, cut into paragraphs. What rules hit depends on such details, so this package and those below it
// follow SpamAssassin's reading wherever it shows in the result (HTML.pm, Message.pm, Received.pm), and say where they
// do better on purpose. The package message stays neutral: it knows what a mail is, not how one filter language sees it.
//
// Everything is made when it is first asked for, once for each message. A Mail is used by one goroutine at a time.
package view

import (
	"time"

	"weir/message"
)

// Mail is a message in the eyes of rules.
type Mail struct {
	Message *message.Message
	Set     *Settings
	Facts   Facts
	Now     time.Time // the clock that rules about dates go by

	memo  map[any]any
	doubt bool // see Doubt
}

// New makes the view of a message. Nothing is read before it is asked for.
func New(m *message.Message, set *Settings, facts Facts, now time.Time) *Mail {
	return &Mail{Message: m, Set: set, Facts: facts, Now: now}
}

// Once gives what is stored for a message under a key, and makes it when it is first asked for: what several functions of
// a room need, such as the free-mail addresses of a message. Keys are types of their own, as with context.
func Once[T any](m *Mail, key any, make func() T) T {
	if v, ok := m.memo[key]; ok {
		return v.(T)
	}
	v := make()
	if m.memo == nil {
		m.memo = map[any]any{}
	}
	m.memo[key] = v
	return v
}

// Facts are what is known of a message beside its bytes. Each may be nil: nothing is known.
type Facts struct {
	Symbol func(name string) int                 // how often another filter's symbol was found
	Auth   func() []Auth                         // results of authentication, as the filters found them
	Spam   func() (probability float64, ok bool) // what the classifier says, 0 to 1; ok is false: it says nothing

	Resolver Resolver // asks the DNS; nil: there is no network, and nothing is asked
}

// Auth is a result of authentication.
type Auth struct {
	Method string // spf, dkim, dmarc, arc
	Value  string // RFC 8601: pass, fail, softfail, neutral, none, temperror, permerror, policy
	Domain string // the domain it speaks of: of MAIL FROM, the d= of the signature, of From
	Signer string // DKIM: the identity i=, if there is one
}
