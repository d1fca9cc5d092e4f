package dkim

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"sync"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"weir/message/header"
	"weir/message/signature"
)

// library is what verifies: go-msgauth, or what a test puts in its place.
type library func(io.Reader, *msgauth.VerifyOptions) ([]*msgauth.Verification, error)

// verify asks the library about one signature, of which all that a hostile message can choose was checked before. It
// gets the mail with that signature on top and looks at that one alone: so it starts no goroutines, in which a panic
// could not be caught, and its results can't be taken for another signature's.
func (l library) verify(s *signature.Signature, key *signature.Key, mail net.Buffers) (err error) {
	r := readers.Get().(*bufio.Reader)
	r.Reset(&mail)
	defer func() {
		if recover() != nil {
			err = permanent("the verifier broke on it")
			return
		}
		r.Reset(nil)
		readers.Put(r)
	}()
	found, err := l(r, &msgauth.VerifyOptions{MaxVerifications: 1, LookupTXT: answer(s, key)})
	if len(found) != 1 || err != nil && err != msgauth.ErrTooManySignatures {
		return errDisagree
	}
	return opinion(s, found[0])
}

// readers have the size below which the library would put a reader of its own in front.
var readers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// errDisagree: a verdict is pass only where the library reads the same in a signature as we do.
var errDisagree = permanent("programs disagree what the signature says")

// opinion translates what the library found. Its own texts may hold anything of the sender's.
func opinion(s *signature.Signature, v *msgauth.Verification) error {
	switch {
	case v.Err == nil && canonical(v.Domain) == s.Domain:
		return nil
	case v.Err == nil, msgauth.IsPermFail(v.Err):
		return errDisagree
	case msgauth.IsTempFail(v.Err):
		return errTemporary
	case strings.Contains(v.Err.Error(), "body hash"):
		return wrong("the body was changed")
	}
	return wrong("the signature does not fit the header")
}

// answer gives the library the key that was fetched, if it asks for that one. Errors are bare *net.DNSError: it takes any
// other for a permanent one.
func answer(s *signature.Signature, key *signature.Key) func(string) ([]string, error) {
	return func(name string) ([]string, error) {
		if name != s.KeyName() && canonical(name) != s.KeyName() {
			return nil, &net.DNSError{Err: "not the key that was fetched", Name: name, IsNotFound: true}
		}
		return []string{key.Record()}, nil
	}
}

// onTop is a mail as the library gets it: one signature's field, then the fields that h= names in the message's order,
// then the body. Nothing is copied.
func onTop(own []byte, fields []header.Field, picked []int, body []byte) net.Buffers {
	order := slices.Clone(picked)
	slices.Sort(order)
	mail := make(net.Buffers, 0, 2*len(order)+4+len(body)/piece)
	mail = appendField(mail, own)
	for _, i := range order {
		if i >= 0 {
			mail = appendField(mail, fields[i].Raw)
		}
	}
	return appendBody(append(mail, lineEnd), body)
}

var lineEnd = []byte("\r\n")

func appendField(mail net.Buffers, raw []byte) net.Buffers {
	if bytes.HasSuffix(raw, lineEnd[1:]) {
		return append(mail, raw)
	}
	return append(mail, raw, lineEnd)
}

// piece is how much of a body the library gets at once: it makes two or three copies of each piece.
const piece = 1 << 20

// appendBody cuts a body in pieces, none of which ends in line ends: the library keeps those and goes through them again
// with each piece, which is quadratic.
func appendBody(mail net.Buffers, body []byte) net.Buffers {
	for len(body) > piece {
		n := piece
		for n < len(body) && (body[n-1] == '\r' || body[n-1] == '\n') {
			n++
		}
		mail, body = append(mail, body[:n]), body[n:]
	}
	return append(mail, body)
}
