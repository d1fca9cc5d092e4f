package chain

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"weir/message/signature"
)

// LookupTXT asks the DNS; errors are *net.DNSError.
type LookupTXT func(ctx context.Context, name string) ([]string, error)

// Verdict is what verifying a chain gave.
type Verdict struct {
	Status Status
	Why    string // for a person; "" where all is well
	// Oldest is the lowest i= from which on all message signatures hold: the mail was last changed before it. 0: all do
	// (RFC 8617 section 5.2, step 5). It means nothing unless Status is Pass.
	Oldest int
}

// atOnce is how many keys are asked for at the same time; maxOlder, how many message signatures before the newest are
// verified to find Oldest, each of which hashes the header.
const (
	atOnce   = 8
	maxOlder = 10
)

// Verify verifies the chain over the message's body (RFC 8617 section 5.2). A key that can't be had now makes it
// Unknown, unless it has failed for another reason.
func (c *Chain) Verify(ctx context.Context, body *signature.Body, lookup LookupTXT, now time.Time) Verdict {
	switch {
	case c.Broken != "":
		return Verdict{Status: Fail, Why: c.Broken}
	case len(c.Sets) == 0:
		return Verdict{Status: None}
	}
	newest := c.Newest()
	if err := fresh(newest.Message, body, now); err != nil {
		return Verdict{Status: Fail, Why: "set " + strconv.Itoa(len(c.Sets)) + ": " + text(MessageName, err)}
	}
	v := verifier{Chain: c, keys: fetch(ctx, lookup, c.needed(body, now))}
	if verdict := v.essential(); verdict.Status != Pass {
		return verdict
	}
	return Verdict{Status: Pass, Oldest: v.oldest(body, now)}
}

// fresh tells whether a message signature may still hold: the body is as it was, and its time is not over.
func fresh(s *signature.Signature, body *signature.Body, now time.Time) error {
	if s.Expired(now) {
		return errExpired
	}
	return either(s, func(s *signature.Signature) error { return s.CheckBody(body) })
}

// either checks a signature as it is, and one without c= also in the relaxed form.
//
// QUIRK: RFC 8617 leaves DKIM's default of simple/simple as it is, but its authors' own test suite has a signature
// without c= that is relaxed.
func either(s *signature.Signature, check func(*signature.Signature) error) error {
	err := check(s)
	if _, ok := s.Tags.Get("c"); err == nil || ok {
		return err
	}
	relaxed := *s
	relaxed.Header, relaxed.Body = signature.Relaxed, signature.Relaxed
	return check(&relaxed)
}

var errExpired = errors.New("expired")

// older tells the same of a signature that only Oldest asks for. One of a part of the body is not looked at: each would
// cost a hash of its own.
func older(s *signature.Signature, body *signature.Body, now time.Time) bool {
	return s.Length < 0 && fresh(s, body, now) == nil
}

// needed lists the names of the keys that verifying takes, each once.
func (c *Chain) needed(body *signature.Body, now time.Time) map[string]*found {
	keys := map[string]*found{}
	for i := range c.Sets {
		s := &c.Sets[i]
		keys[s.Seal.KeyName()] = &found{}
		if i == len(c.Sets)-1 || i >= len(c.Sets)-1-maxOlder && older(s.Message, body, now) {
			keys[s.Message.KeyName()] = &found{}
		}
	}
	return keys
}

// found is what the DNS said of a key.
type found struct {
	key   *signature.Key
	err   error
	panic any // of the lookup, which is the caller's
}

// fetch asks for keys, several at once. A lookup that panics does so on the caller's goroutine.
func fetch(ctx context.Context, lookup LookupTXT, keys map[string]*found) map[string]*found {
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	alone := len(keys) == 1
	for name, f := range keys {
		if alone {
			f.ask(ctx, lookup, name)
			continue
		}
		free <- struct{}{}
		wg.Go(func() {
			defer func() {
				f.panic = recover()
				<-free
			}()
			f.ask(ctx, lookup, name)
		})
	}
	wg.Wait()
	for _, f := range keys {
		if f.panic != nil {
			panic(f.panic)
		}
	}
	return keys
}

func (f *found) ask(ctx context.Context, lookup LookupTXT, name string) {
	records, err := lookup(ctx, name)
	if err == nil {
		f.key, f.err = signature.FindKey(records)
		return
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		err = errNoKey
	} else {
		err = errors.Join(errLater, err)
	}
	f.err = err
}

var (
	errNoKey = errors.New("there is no key record")
	errLater = errors.New("the key can't be had now")
)

type verifier struct {
	*Chain
	keys map[string]*found
}

// essential verifies the newest message signature and all seals, from the newest on. What has failed for good counts
// more than what could not be told.
func (v *verifier) essential() Verdict {
	verdict := Verdict{Status: Pass}
	for n := len(v.Sets); n >= 1; n-- {
		s := &v.Sets[n-1]
		if n == len(v.Sets) {
			verdict.note(n, MessageName, v.message(s))
		}
		if verdict.Status == Fail {
			return verdict
		}
		verdict.note(n, SealName, v.seal(n))
	}
	return verdict
}

// note takes an error of one field into the verdict.
func (v *Verdict) note(n int, name string, err error) {
	if err == nil || v.Status == Fail {
		return
	}
	later := errors.Is(err, errLater)
	if later {
		if v.Status == Unknown {
			return
		}
		v.Status, err = Unknown, errLater
	} else {
		v.Status = Fail
	}
	v.Why = "set " + strconv.Itoa(n) + ": " + text(name, err)
}

// message verifies a message signature whose body hash holds.
func (v *verifier) message(s *Set) error {
	f := v.keys[s.Message.KeyName()]
	if f.err != nil {
		return f.err
	}
	return either(s.Message, func(sig *signature.Signature) error { return sig.CheckFields(f.key, v.fields, s.message) })
}

// seal verifies the seal of set n, which signs all sets up to it.
func (v *verifier) seal(n int) error {
	own := v.Sets[n-1].Seal
	f := v.keys[own.KeyName()]
	if f.err != nil {
		return f.err
	}
	if err := f.key.Fits(own.Algorithm); err != nil {
		return err
	}
	return f.key.Verify(sealed(v.Sets[:n-1], v.Sets[n-1].Results.Raw, v.Sets[n-1].Message.Raw, own), own.Value)
}

// sealed is the SHA-256 that a seal signs (RFC 8617 section 5.1.1): the sets before it, then its own, each with the
// results first and the seal last; always in the relaxed form.
func sealed(before []Set, results, message []byte, own *signature.Signature) [32]byte {
	sum := signature.NewFieldSum(signature.Relaxed)
	for i := range before {
		sum.Add(before[i].Results.Raw)
		sum.Add(before[i].Message.Raw)
		sum.Add(before[i].Seal.Raw)
	}
	sum.Add(results)
	sum.Add(message)
	sum.AddOwn(own)
	return sum.Sum()
}

// oldest finds Verdict.Oldest: older message signatures are verified until one does not hold, or there were enough.
func (v *verifier) oldest(body *signature.Body, now time.Time) int {
	for n := len(v.Sets) - 1; n >= 1; n-- {
		s := &v.Sets[n-1]
		if n < len(v.Sets)-maxOlder || !older(s.Message, body, now) || v.message(s) != nil {
			return n + 1
		}
	}
	return 0
}
