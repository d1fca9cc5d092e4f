// Package dkim verifies who signed a message: DKIM-Signature fields, RFC 6376, RFC 8301, RFC 8463.
//
// A domain signs the body and some header fields, and publishes the key in the DNS. What passes proves that the mail
// left that domain as it is, whoever brought it here; it says nothing of whether the domain is any good, nor that it is
// the author's: that is for DMARC to compare. A signature that does not verify means no more than none (section 6.1):
// mailing lists break them every day.
//
// Results follow one line: what breaks a MUST of the RFCs is permerror, what the RFCs let us refuse is policy (the end of
// the body unsigned, expired, from the future, a header of which programs see different things), what does not fit the
// message is fail.
//
// The library go-msgauth verifies. Before that, all that a hostile message can ask for is bounded: our own checks refuse
// first, and what they refuse the library never sees. What it does not read though RFC 6376 allows it (isUnread) is
// verified by package signature, as ARC's signatures are.
package dkim

import (
	"context"
	"fmt"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"weir/filters"
	"weir/message"
	"weir/message/signature"
	"weir/scoring"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "dkim",
	Text:    "verifies DKIM signatures (RFC 6376)",
	Stage:   filters.Data,
	Network: true,
	Inbound: true, // our own users' mail is signed behind us, if at all
	Timeout: 8 * time.Second,
	Symbols: []scoring.Symbol{
		{Name: "DKIM_PASS", Text: "A signature verifies."},
		{Name: "DKIM_AUTHOR", Text: "A signature of the author's own domain verifies."},
		{Name: "DKIM_FAIL", Score: 0.2, Text: "No signature verifies: the message was changed, or a signature forged."},
		{Name: "DKIM_POLICY", Score: 0.5, Text: "No signature verifies: one is expired or not to be believed."},
		{Name: "DKIM_PERMERROR", Score: 0.3, Text: "No signature verifies: one is malformed, or its key is missing, revoked or too weak."},
		{Name: "DKIM_TEMPERROR", Text: "No signature verifies: the DNS did not give a key."},
		{Name: "DKIM_NONE", Text: "The message is not signed."},
		{Name: "DKIM_PARTIAL", Score: 1, Text: "A signature leaves the end of the body out, and there is one."},
		{Name: "DKIM_ADDED", Score: 1.5, Text: "A field that people see was added after the message was signed."},
		{Name: "DKIM_MANY", Score: 0.5, Text: "More signatures than are looked at."},
		{Name: "DKIM_SHORT_KEY", Text: "A signature verifies with a key of less than 2048 bits."},
		{Name: "DKIM_TESTING", Text: "A signing domain says that it is only trying."},
	},
	New: newFilter,
}

// Config is the table [filters.dkim].
type Config struct {
	Signatures int `toml:"signatures" comment:"signatures of one message that are verified; the rest is permerror"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config { return Config{Signatures: 8} }

type filter struct {
	Config
	env     filters.Env
	library library
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{DefaultConfig(), env, msgauth.VerifyWithOptions}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if f.Signatures < 1 || f.Signatures > 50 {
		return nil, fmt.Errorf("signatures must be from 1 to 50")
	}
	return f, nil
}

// Prefetch asks for all keys at once.
func (f *filter) Prefetch(stage filters.Stage, m *message.Message) (list []filters.Question) {
	if stage != filters.Header || m.Header.Get(field) == nil || doubts(m) != nil {
		return nil
	}
	for _, own := range m.Header.All(field) {
		if len(list) == f.Signatures {
			break
		}
		if s, err := read(own.Raw); err == nil && acceptable(s, f.now(m)) == nil {
			list = append(list, filters.Question{Type: filters.TXT, Name: s.KeyName()})
		}
	}
	return list
}

// field is the name of the signatures' field.
const field = "DKIM-Signature"

// now is the time by which signatures are judged.
func (f *filter) now(m *message.Message) time.Time {
	if !m.Time.IsZero() {
		return m.Time
	}
	return f.env.Clock()
}

// Check verifies the signatures from the top.
func (f *filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	if f.env.Offline || m.Root == nil {
		return filters.Result{}, nil
	}
	ctx, cancel := filters.Early(ctx)
	defer cancel()
	r := report{m: m, body: signature.NewBody(m.Root.Raw), budget: budget}
	for i, own := range m.Header.All(field) {
		if r.seen++; r.seen <= f.Signatures {
			r.add(f.verify(ctx, &r, i, own.Raw))
		}
	}
	return r.result(f.Signatures), nil
}
