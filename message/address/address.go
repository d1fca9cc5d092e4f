// Package address parses the address lists of header fields (RFC 5322 section 3.4) and SMTP paths (RFC 5321 section
// 4.1.2), tolerantly, in linear time.
package address

// Address is one mailbox.
type Address struct {
	Name   string // display name, decoded, "" none
	Local  string // local part, unquoted
	Domain string // lower case, A-labels where the domain is an IDN; "[…]" for a literal; "" none
}

// Author is what a reader takes for the sender of a mail, found so that a tricky From field can't hide it.
type Author struct {
	Addresses []Address // every address that some mail program might show, in order; includes those of all From fields
	Domains   []string  // distinct domains of Addresses
	Ambiguous bool      // mail programs may disagree on who wrote this (several fields or addresses, odd syntax)
	Why       string    // what is ambiguous, for a person
}
