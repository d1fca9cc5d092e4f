package reputation

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/link"
	"weir/scoring"
)

// Replay is the symbol for a signed mail that came to very many.
const Replay = "REPUTATION_REPLAY"

// A signed mail can be sent again by anybody to anybody, and its DKIM signature passes (RFC 6376 section 8.6). So that
// nobody can earn a good name for a domain, or spend one, with copies, each signature is counted. A domain that only
// DKIM proves is credited and charged for the first of its copies, not for the others.
var signed = &filters.Family{Name: "reputation-signature", TTL: 7 * 24 * time.Hour, Budget: 500_000, Slide: true}

const (
	signedHalfLife = 24 * time.Hour
	maxSigned      = 6    // signatures of one mail that are counted; one with more is taken for a copy
	maxSignature   = 1024 // bytes of a signature: 8192 bits
	seenBefore     = 0.01 // what is left of a recipient after a week counts as nothing
)

// copies counts the recipients of mail with the same signatures.
type copies struct {
	n       float64 // recipients of this mail
	crowded bool    // it has more signatures than are counted: an old one may be hidden among new ones
	counts  []*filters.Counter
}

// countCopies counts this mail's recipients under each of its signatures that may have passed. The answer tells how
// many there were before: of many copies that come at once, exactly one is the first.
func countCopies(m *message.Message, found filters.Findings, b *filters.Batch) (c copies) {
	c.n = float64(max(len(m.Rcpts), 1))
	names := signatures(m, found)
	if c.crowded = len(names) > maxSigned; c.crowded {
		names = names[:maxSigned]
	}
	for _, name := range names {
		c.counts = append(c.counts, b.Count(signed, name, signedHalfLife, c.n))
	}
	return c
}

// err tells whether the store could not be asked.
func (c *copies) err() error {
	for _, op := range c.counts {
		if op.Err != nil {
			return op.Err
		}
	}
	return nil
}

// all tells how many recipients got the mail of late, this one's included; 0: it is not signed.
func (c *copies) all() (n float64) {
	for _, op := range c.counts {
		if len(op.Values) > 0 {
			n = max(n, op.Values[0])
		}
	}
	return n
}

// again tells whether a mail with one of the signatures came before.
func (c *copies) again() bool { return c.crowded || c.all() > c.n+seenBefore }

// hit tells of a mail that came to many. It weighs 0.2 at the limit and all at ten times as many.
func (c *copies) hit(limit int) (scoring.Hit, bool) {
	n := c.all()
	if limit <= 0 || n < float64(limit) || !c.again() {
		return scoring.Hit{}, false
	}
	weight := min(1, 0.2+0.8*math.Log10(n/float64(limit)))
	return scoring.Hit{Name: Replay, Weight: scoring.Round(weight), Detail: fmt.Sprintf("%.0f recipients of late", n)}, true
}

// signatures names the signatures of the domains for which DKIM passed. A mail may have others of the same domain that
// did not: all are counted, so that nobody can hide an old one behind a new one.
func signatures(m *message.Message, found filters.Findings) (list []filters.Name) {
	passed := domainsOf(found, "dkim")
	if len(passed) == 0 || m.Root == nil {
		return nil
	}
	for f := range m.Fields("DKIM-Signature") {
		d, b := signature(f.Value())
		name := filters.Name{Who: d, What: string(b)}
		if len(b) > 0 && slices.Contains(passed, d) && !slices.Contains(list, name) {
			list = append(list, name)
		}
		if len(list) > maxSigned {
			break
		}
	}
	return list
}

// signature reads the domain and the bytes of a signature (RFC 6376 section 3.5). However it is folded and padded, it
// is the same.
func signature(value string) (domain string, b []byte) {
	for tag := range strings.SplitSeq(value, ";") {
		name, text, _ := strings.Cut(tag, "=")
		switch strings.TrimSpace(name) {
		case "d":
			domain = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), "."))
		case "b":
			b = decoded(text)
		}
	}
	return domain, b
}

func decoded(text string) []byte {
	text = strings.Map(func(r rune) rune {
		if r == '=' || r <= ' ' {
			return -1
		}
		return r
	}, text[:min(len(text), 4*maxSignature)])
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(b) > maxSignature {
		return nil
	}
	return b
}

// domainsOf lists the domains for which one method passed.
func domainsOf(found filters.Findings, method string) (list []string) {
	for _, a := range found.Auth() {
		if a.Method == method && a.Value == filters.Pass && a.Domain != "" {
			list = append(list, strings.ToLower(strings.TrimSuffix(a.Domain, ".")))
		}
	}
	return list
}

// byItself tells whether the client is one of the domain's own, as SPF says: then it is no copy that others send.
func byItself(found filters.Findings, domain string) bool {
	return slices.ContainsFunc(domainsOf(found, "spf"), func(d string) bool { return d == domain || link.RegisteredDomain(d) == domain })
}
