// Package soak sends many mails through a gateway that is killed again and again, and keeps the books.
//
// The rule it checks is invariant I1: a mail for which the client read 250 is at the next hop. A mail may be there more
// than once only where the client could not know (the connection ended after the dot) or was told 4xx after the dot,
// and so had to try again: RFC 1047 shows why no mail server can do better.
package soak

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"weir/gateway/realtest"
)

// Ledger is what the clients know of each mail. The zero value is empty; it is safe for use by many goroutines.
type Ledger struct {
	mu    sync.Mutex
	mails map[string]*entry
}

// entry counts the outcomes of one mail's attempts.
type entry struct {
	accepted int // 250 after the dot
	unknown  int // no reply after the dot
	deferred int // 4xx after the dot
	early    int // refused or broken off before the dot: no copy may come of it
}

// Record notes one attempt.
func (l *Ledger) Record(id string, o realtest.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mails == nil {
		l.mails = map[string]*entry{}
	}
	e := l.mails[id]
	if e == nil {
		e = &entry{}
		l.mails[id] = e
	}
	switch {
	case o.Accepted:
		e.accepted++
	case o.Unknown:
		e.unknown++
	case o.AfterDot && o.Code/100 == 4:
		e.deferred++
	default:
		e.early++
	}
}

// Balance is the ledger held against what arrived.
type Balance struct {
	Mails       int      // that were tried
	Accepted    int      // for which a client read 250
	Unknown     int      // attempts that ended after the dot without a reply
	Deferred    int      // attempts that were told 4xx after the dot
	Early       int      // attempts that ended before the dot
	Duplicates  int      // copies beyond the first of a mail
	Lost        []string // mails with fewer copies than 250s
	Unexplained []string // mails with more copies than 250s and attempts in doubt
	Strangers   []string // arrived, never sent
}

// Balance compares the ledger with the number of copies of each mail that arrived.
func (l *Ledger) Balance(copies map[string]int) Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := Balance{Mails: len(l.mails)}
	for id, e := range l.mails {
		b.Unknown += e.unknown
		b.Deferred += e.deferred
		b.Early += e.early
		if e.accepted > 0 {
			b.Accepted++
		}
		n := copies[id]
		b.Duplicates += max(0, n-1)
		if n < e.accepted {
			b.Lost = append(b.Lost, id)
		}
		if n > e.accepted+e.unknown+e.deferred {
			b.Unexplained = append(b.Unexplained, id)
		}
	}
	for id := range copies {
		if l.mails[id] == nil {
			b.Strangers = append(b.Strangers, id)
		}
	}
	slices.Sort(b.Lost)
	slices.Sort(b.Unexplained)
	return b
}

// Clean tells whether nothing was lost and every copy is explained.
func (b Balance) Clean() bool {
	return len(b.Lost) == 0 && len(b.Unexplained) == 0 && len(b.Strangers) == 0 && b.Accepted == b.Mails
}

// String is the balance in a line, and the mails that spoil it.
func (b Balance) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d mails, %d accepted, lost = %d, duplicates = %d (unexplained %d); attempts with unknown outcome %d, 4xx after the dot %d, ended before the dot %d",
		b.Mails, b.Accepted, len(b.Lost), b.Duplicates, len(b.Unexplained), b.Unknown, b.Deferred, b.Early)
	for _, list := range []struct {
		name string
		ids  []string
	}{{"lost", b.Lost}, {"unexplained", b.Unexplained}, {"strangers", b.Strangers}} {
		if len(list.ids) > 0 {
			fmt.Fprintf(&s, "\n%s: %q", list.name, list.ids[:min(len(list.ids), 20)])
		}
	}
	return s.String()
}
