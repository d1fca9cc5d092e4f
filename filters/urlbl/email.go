package urlbl

import (
	"strings"
	"unicode/utf8"

	"weir/message/address"
)

// addressOf is a mailbox in two parts.
type addressOf struct{ local, domain string }

// people are the mailboxes of a field.
func people(list []address.Address) []addressOf {
	out := make([]addressOf, 0, min(len(list), maxPeople))
	for _, a := range list[:min(len(list), maxPeople)] {
		out = append(out, addressOf{a.Local, a.Domain})
	}
	return out
}

// maxPeople is how many mailboxes of one field are looked at.
const maxPeople = 20

// canonical writes an address as lists of hashes have it: in lower case, without a tag behind "+", and where Google
// pays no heed to dots, without them.
func canonical(local, domain string) string {
	local, domain = strings.ToLower(local), strings.ToLower(domain)
	if local == "" || !strings.Contains(domain, ".") {
		return ""
	}
	if user, _, ok := strings.Cut(local, "+"); ok && user != "" {
		local = user
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// masked shows of an address only the first letter and the domain, since reports are read by people whom it does not
// concern.
func masked(email string) string {
	at := strings.LastIndexByte(email, '@')
	_, n := utf8.DecodeRuneInString(email[:at])
	return email[:n] + "…" + email[at:]
}
