// Package chain reads, verifies and seals an Authenticated Received Chain (ARC, RFC 8617).
//
// A mailing list or forwarder breaks the signatures of the mail that it passes on. With ARC it writes down what it found
// before it did so, and seals that: each such station adds a set of three fields with the same number i=. The
// ARC-Authentication-Results say what it found, the ARC-Message-Signature signs the mail as it left the station, and the
// ARC-Seal signs all sets so far. A chain that is whole proves no more than who touched the mail and what each claims;
// whether to believe a claim is for whoever knows the station.
//
// The order of work keeps hostile mail cheap: first the form of all sets, in one pass and without any cryptography, then
// the newest signature of the body, then the keys, all at once, and last the seals.
package chain

import (
	"strconv"
	"strings"

	"weir/message/header"
	"weir/message/signature"
)

// MaxSets is how many sets a chain may have (RFC 8617 section 4.2.1).
const MaxSets = 50

// The names of the three fields of a set.
const (
	ResultsName = "ARC-Authentication-Results"
	MessageName = "ARC-Message-Signature"
	SealName    = "ARC-Seal"
)

// Status is what is known of a chain: the words of cv= and of RFC 8601, but for Unknown.
type Status string

// The states.
const (
	None    Status = "none"      // there is no chain
	Pass    Status = "pass"      // it is whole
	Fail    Status = "fail"      // it is broken, and stays so
	Unknown Status = "temperror" // a key could not be had now
)

// Set is one station's fields.
type Set struct {
	Results *header.Field        // what it found
	Message *signature.Signature // of the mail
	Seal    *signature.Signature // of the chain
	Claim   Status               // cv=: what it says of the chain before it

	message int // index of the signature's field
}

// Payload is the station's Authentication-Results value: its ARC-Authentication-Results without the number.
func (s *Set) Payload() string {
	_, payload, _ := instance(value(s.Results))
	return payload
}

// Chain is what a header says of its chain. The zero value is no chain.
type Chain struct {
	Sets   []Set  // from i=1 on; complete only where Broken is ""
	Broken string // what is wrong with the form, for a person; "" nothing
	Ended  bool   // some station sealed it as failed: nobody adds to it
	Last   int    // the highest number of any field; 0: none that can be read

	fields []header.Field
}

// Read finds the sets in a header and checks their form (RFC 8617 section 5.2, steps 1 to 3). Fields are looked at once;
// of a chain that is too long, none is read.
func Read(fields []header.Field) *Chain {
	c := &Chain{fields: fields}
	list, size := arcFields(fields)
	if size > maxSize {
		c.Broken, c.Last = "its fields are larger than "+strconv.Itoa(maxSize)+" bytes", MaxSets
		return c
	}
	if len(list) > 3*MaxSets {
		c.Broken, c.Last = "more than "+strconv.Itoa(MaxSets)+" sets", MaxSets
		return c
	}
	for _, i := range list {
		if err := c.add(i); err != "" && c.Broken == "" {
			c.Broken = err
		}
	}
	if c.Broken == "" {
		c.Broken = c.form()
	}
	return c
}

// Empty tells that there is no field of a chain at all.
func (c *Chain) Empty() bool { return len(c.Sets) == 0 && c.Broken == "" }

// Newest is the last set, nil where there is none.
func (c *Chain) Newest() *Set {
	if len(c.Sets) == 0 {
		return nil
	}
	return &c.Sets[len(c.Sets)-1]
}

// maxSize bounds the fields of a chain, in bytes: each seal is a hash of all fields below it. Those of real stations
// have 2 kB a set.
const maxSize = 256 << 10

// arcFields lists the fields of chains, one more than there may be at most, and their size.
func arcFields(fields []header.Field) (list []int, size int) {
	for i := range fields {
		f := &fields[i]
		if len(f.Name) < len(SealName) || f.Name[0]|0x20 != 'a' || f.Name[3] != '-' {
			continue
		}
		if f.Is(SealName) || f.Is(MessageName) || f.Is(ResultsName) {
			size += len(f.Raw)
			if list = append(list, i); len(list) > 3*MaxSets {
				break
			}
		}
	}
	return list, size
}

// add puts a field into its set.
func (c *Chain) add(i int) (broken string) {
	f := &c.fields[i]
	if f.Is(ResultsName) {
		n, _, ok := instance(value(f))
		if !ok {
			return "a set of results without a number"
		}
		s := c.set(n)
		if s.Results != nil {
			return twice(n, "results")
		}
		s.Results = f
		return ""
	}
	sig, err := signature.Parse(f.Raw)
	v, _ := sig.Tags.Get("i")
	n, ok := number(v)
	if ok {
		c.Last = max(c.Last, n)
	}
	if err != nil {
		return text(f.Name, err)
	}
	if !ok {
		return "a field without a number"
	}
	return c.sign(c.set(n), n, sig, i)
}

// sign puts a signature into its set.
func (c *Chain) sign(s *Set, n int, sig *signature.Signature, i int) (broken string) {
	if c.fields[i].Is(MessageName) {
		if s.Message != nil {
			return twice(n, "message signatures")
		}
		s.Message, s.message = sig, i
		return ""
	}
	if s.Seal != nil {
		return twice(n, "seals")
	}
	cv, _ := sig.Tags.Get("cv")
	s.Seal, s.Claim = sig, Status(strings.ToLower(cv))
	c.Ended = c.Ended || s.Claim == Fail
	return ""
}

// set gives the set of a number from 1 to MaxSets.
func (c *Chain) set(n int) *Set {
	c.Last = max(c.Last, n)
	for len(c.Sets) < n {
		c.Sets = append(c.Sets, Set{})
	}
	return &c.Sets[n-1]
}

// form tells what is wrong with the sets.
func (c *Chain) form() string {
	for i := range c.Sets {
		if s := &c.Sets[i]; s.Results == nil || s.Message == nil || s.Seal == nil {
			return "set " + strconv.Itoa(i+1) + " is not complete"
		}
	}
	for i := range c.Sets {
		if broken := c.Sets[i].form(i + 1); broken != "" {
			return "set " + strconv.Itoa(i+1) + ": " + broken
		}
	}
	return ""
}

// form tells what is wrong with a complete set.
func (s *Set) form(n int) string {
	switch {
	case s.Claim == Fail:
		return "the chain was sealed as failed"
	case n == 1 && s.Claim != None, n > 1 && s.Claim != Pass:
		return "the seal does not say of the chain before it what it should"
	}
	if _, ok := s.Seal.Tags.Get("h"); ok {
		return "the seal lists fields"
	}
	if err := s.Seal.Need("a", "b", "d", "s"); err != nil {
		return text(SealName, err)
	}
	if err := s.Message.Need("a", "b", "bh", "d", "h", "s"); err != nil {
		return text(MessageName, err)
	}
	return s.signed()
}

// signed tells what is wrong with the choice of signed fields: From must be among them (RFC 6376 section 5.4), or a set
// could be put on the mail of another author; a seal can't be (RFC 8617 section 4.1.2).
func (s *Set) signed() string {
	from := false
	for _, name := range s.Message.Fields {
		if strings.EqualFold(name, SealName) {
			return "the message signature signs a seal"
		}
		from = from || strings.EqualFold(name, "From")
	}
	if !from {
		return "the message signature does not sign From"
	}
	return ""
}

func twice(n int, what string) string { return "set " + strconv.Itoa(n) + " has two " + what }

func text(name string, err error) string {
	return strings.ToLower(name) + ": " + strings.TrimPrefix(err.Error(), "signature: ")
}

func value(f *header.Field) string { return f.Value() }

// instance splits "i=1; mx.example.org; spf=pass …" into the number and the rest (RFC 8617 section 4.1.1).
func instance(value string) (n int, payload string, ok bool) {
	first, payload, ok := strings.Cut(value, ";")
	name, digits, eq := strings.Cut(first, "=")
	if !ok || !eq || strings.Trim(name, space) != "i" {
		return 0, "", false
	}
	n, ok = number(strings.Trim(digits, space))
	return n, payload, ok
}

const space = " \t\r\n"

// number reads i=: one or two digits, from 1 to MaxSets.
func number(s string) (int, bool) {
	if len(s) == 0 || len(s) > 2 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, _ := strconv.Atoi(s)
	return n, n >= 1 && n <= MaxSets
}
