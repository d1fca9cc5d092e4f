package chain

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/message/address"
	"weir/message/header"
	"weir/message/signature"
)

// Signer seals chains for one station. It is safe for use by many goroutines.
type Signer struct {
	key      crypto.Signer
	domain   string
	selector string
	fields   map[string]bool // names to sign, in lower case
	order    []string
}

// ErrSigner is a Signer that can't be made.
var ErrSigner = errors.New("chain: can't seal")

// DefaultFields are the names of the fields that are signed: what people and their programs see, and what earlier
// stations signed with. Trace fields are not among them, since each station adds some.
var DefaultFields = []string{
	"From", "Reply-To", "Sender", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-Language",
	"Resent-From", "Resent-To", "Resent-Cc", "Resent-Date", "Resent-Message-ID",
	"List-Id", "List-Post", "List-Help", "List-Subscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Archive",
	"Auto-Submitted", "DKIM-Signature",
}

// NewSigner makes a Signer for a domain and the selector of its key's record. The key must be RSA: RFC 8617 section 4.1
// knows rsa-sha256 only. fields are names to sign; nil: DefaultFields.
func NewSigner(key crypto.Signer, domain, selector string, fields []string) (*Signer, error) {
	if _, ok := key.Public().(*rsa.PublicKey); !ok {
		return nil, fmt.Errorf("%w: ARC takes RSA keys only", ErrSigner)
	}
	if name := selector + "._domainkey." + domain; !address.IsName(selector) || !address.IsName(domain) || !address.IsName(name) {
		return nil, fmt.Errorf("%w: %q is no name of the DNS", ErrSigner, name)
	}
	if fields == nil {
		fields = DefaultFields
	}
	s := &Signer{key: key, domain: strings.ToLower(domain), selector: strings.ToLower(selector), fields: map[string]bool{}}
	for _, name := range fields {
		name = strings.ToLower(name)
		switch {
		case strings.HasPrefix(name, "arc-") || !isName(name):
			return nil, fmt.Errorf("%w: %q can't be among the signed fields", ErrSigner, name)
		case !s.fields[name]:
			s.fields[name], s.order = true, append(s.order, name)
		}
	}
	if !s.fields["from"] {
		return nil, fmt.Errorf("%w: From must be among the signed fields", ErrSigner)
	}
	return s, nil
}

// isName tells whether s can be the name of a field that h= lists.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' || r == ';' })
}

// Station is the domain and selector that the signer signs for.
func (s *Signer) Station() (domain, selector string) { return s.domain, s.selector }

// Field is a field to put on top of the header; the value's lines are folded with "\n\t".
type Field struct{ Name, Value string }

// Seal gives the fields of the next set, to be put on top in this order; none where a set can't be added: to a chain
// that was sealed as failed already, that has all the sets it may have, or of which nobody knows now whether it holds.
//
// fields and body are the mail as it is sent on, which may differ from what was verified; status is what verifying gave
// for it as it came; payload is our Authentication-Results value.
func (s *Signer) Seal(fields []header.Field, body *signature.Body, status Status, payload string, now time.Time) ([]Field, error) {
	c := Read(fields)
	if c.Ended || c.Last >= MaxSets || status == Unknown || (status == None) != c.Empty() || status == Pass && c.Broken != "" {
		return nil, nil
	}
	n := strconv.Itoa(c.Last + 1)
	results := Field{ResultsName, "i=" + n + "; " + payload}
	message, err := s.message(n, fields, body, now)
	if err != nil {
		return nil, err
	}
	seal, err := s.seal(n, c, status, results, message, now)
	if err != nil {
		return nil, err
	}
	return []Field{seal, message, results}, nil
}

// message makes the message signature (RFC 8617 section 5.1, step 4).
func (s *Signer) message(n string, fields []header.Field, body *signature.Body, now time.Time) (Field, error) {
	sum, _ := body.Sum(signature.Relaxed)
	var b strings.Builder
	fmt.Fprintf(&b, "i=%s; a=rsa-sha256; c=relaxed/relaxed; d=%s;\n\ts=%s; t=%d;\n\th=", n, s.domain, s.selector, now.Unix())
	foldNames(&b, s.signed(fields))
	b.WriteString(";\n\tbh=" + base64.StdEncoding.EncodeToString(sum[:]) + ";\n\tb=")
	return s.sign(Field{MessageName, b.String()}, func(own *signature.Signature) [32]byte { return own.FieldsSum(fields, -1) })
}

// signed lists the names for h=: each as often as there are such fields, and From once more, so that nobody adds another
// (RFC 6376 section 8.15). A name that comes more than maxTwins times is signed that often: the lowest of them.
func (s *Signer) signed(fields []header.Field) (list []string) {
	count := make(map[string]int, len(s.order))
	for i := range fields {
		if name := strings.ToLower(fields[i].Name); s.fields[name] {
			count[name]++
		}
	}
	for _, name := range s.order {
		n := min(count[name], maxTwins)
		if name == "from" {
			n = count[name] + 1
		}
		for range min(n, signature.MaxFields/2) {
			list = append(list, name)
		}
	}
	return list[:min(len(list), signature.MaxFields)]
}

const maxTwins = 10

// foldNames writes names with colons between them, in lines of about 76.
func foldNames(b *strings.Builder, names []string) {
	column := 10
	for i, name := range names {
		if i > 0 {
			b.WriteByte(':')
			column++
		}
		if column+len(name) > 76 && i > 0 {
			b.WriteString("\n\t ")
			column = 9
		}
		b.WriteString(name)
		column += len(name)
	}
}

// seal makes the seal (RFC 8617 section 5.1, step 5). That of a failed chain signs its own set only (section 5.1.2).
func (s *Signer) seal(n string, c *Chain, status Status, results, message Field, now time.Time) (Field, error) {
	before := c.Sets
	if status == Fail {
		before = nil
	}
	f := Field{SealName, fmt.Sprintf("i=%s; a=rsa-sha256; cv=%s; d=%s;\n\ts=%s; t=%d;\n\tb=", n, status, s.domain, s.selector, now.Unix())}
	return s.sign(f, func(own *signature.Signature) [32]byte { return sealed(before, results.raw(), message.raw(), own) })
}

// sign fills in b=, with which f ends.
func (s *Signer) sign(f Field, sum func(own *signature.Signature) [32]byte) (Field, error) {
	own, err := signature.Parse(f.raw())
	if err != nil {
		return f, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	value, err := signature.Sign(s.key, sum(own))
	if err != nil {
		return f, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	b64 := signature.AppendFolded(nil, 3, value)
	f.Value += strings.ReplaceAll(string(b64), "\r\n", "\n")
	return f, nil
}

// raw is the field as it is sent.
func (f Field) raw() []byte {
	return []byte(f.Name + ": " + strings.ReplaceAll(f.Value, "\n", "\r\n") + "\r\n")
}

// Header gives fields as they are in a header, in the same order.
func Header(list []Field) []header.Field {
	out := make([]header.Field, 0, len(list))
	for _, f := range list {
		out = append(out, header.Field{Raw: f.raw(), Name: f.Name, Colon: len(f.Name)})
	}
	return out
}
