package dmarc

import (
	"context"
	"strings"
)

// aligned tells whether an authenticated domain stands for the author's (RFC 9989 section 4.4). With strict only the
// very same domain does; else both must have the same organisational domain.
func (a *assessment) aligned(ctx context.Context, other string, strict bool) (bool, error) {
	if other == a.Domain {
		return true, nil
	}
	if strict || hopeless(common(other, a.Domain)) || !validDomain(other) {
		return false, nil
	}
	mine, err := a.evidence.walk(ctx, a.Domain)
	if err != nil {
		return false, err
	}
	theirs, err := a.evidence.walk(ctx, other)
	if err != nil {
		return false, err
	}
	if organisation(a.Domain, mine) == organisation(other, theirs) {
		return true, nil
	}
	return !a.Record.Modern && !apart(mine) && !apart(theirs) && registered(a.Domain) == registered(other), nil
}

// apart tells whether somebody on the way said psd=n: what is below is to be an organisation of its own. A record
// without any tag of RFC 9989 was written for RFC 7489, and is aligned by the public suffix list as well, unless so.
func apart(found []place) bool {
	for i := range found {
		if found[i].record.PSD == PSDNo {
			return true
		}
	}
	return false
}

// common gives the longest name that two names are both below of, or equal to; "" none.
func common(a, b string) string {
	i, j, start := len(a), len(b), len(a)
	for i > 0 && j > 0 && a[i-1] == b[j-1] {
		if i--; a[i] == '.' {
			start = i + 1
		}
		j--
	}
	if (i == 0 || a[i-1] == '.') && (j == 0 || b[j-1] == '.') {
		start = i
	}
	return a[start:]
}

// hopeless tells whether two domains that share no more than this name can't be one organisation: nothing, a
// top-level domain, or a public suffix of a registry. Most mail of strangers ends here, without a question to the DNS.
func hopeless(shared string) bool {
	return !strings.Contains(shared, ".") || suffixed(shared, PSDNo) == PSDYes
}
