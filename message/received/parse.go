package received

import (
	"net/netip"
	"strings"

	"weir/message/date"
)

// maxValue bounds the bytes of a field that are looked at.
const maxValue = 16 << 10

// Parse reads the value of a Received field, folded or not. It never fails: what it can't read stays empty.
func Parse(value string) Relay {
	p := parser{s: value[:min(len(value), maxValue)]}
	p.run()
	return p.relay
}

// clause is the part of the field that is being read.
type clause uint8

const (
	start clause = iota
	from
	by
	with
	via
	id
	forWhom
	elsewhere
)

// parser walks over a field once, clause by clause.
type parser struct {
	s     string
	i     int
	relay Relay
	in    clause
	words int    // in this clause so far
	seen  uint16 // clauses that were there, as bits

	outer    string // what stands behind "from"
	rdns     string // a name in its comments
	helo     string // a name that is marked as HELO
	notes    int    // comments behind "from"
	exim     bool
	byItself bool // a program's note, no hand-over
}

func (p *parser) run() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c <= ' ':
			p.i++
		case c == '(':
			p.comment()
		case c == ';':
			p.date()
		default:
			p.word()
		}
	}
	p.resolve()
}

// date reads what follows a semicolon. Only the last one counts, as others stand in odd places.
func (p *parser) date() {
	p.i++
	if t, problems := date.Parse(p.s[p.i:]); problems&date.Unreadable == 0 {
		p.relay.Time = t
		p.i = len(p.s)
	}
}

// word reads up to the next space, bracket or semicolon.
func (p *parser) word() {
	start := p.i
	for p.i < len(p.s) && p.s[p.i] > ' ' && p.s[p.i] != '(' && p.s[p.i] != ';' {
		p.i++
	}
	w := p.s[start:p.i]
	if next, ok := p.keyword(w); ok {
		p.in, p.words = next, 0
		p.seen |= 1 << next
		return
	}
	p.words++
	p.take(w)
}

// keyword tells whether a word begins another clause. Each does so once, and "from" only in front.
func (p *parser) keyword(w string) (clause, bool) {
	var next clause
	switch {
	case len(w) > 4:
		return 0, false
	case strings.EqualFold(w, "from"):
		next = from
		if p.in != start {
			return 0, false
		}
	case strings.EqualFold(w, "by"):
		next = by
	case strings.EqualFold(w, "with"):
		next = with
	case strings.EqualFold(w, "via"):
		next = via
	case strings.EqualFold(w, "id"):
		next = id
	case strings.EqualFold(w, "for"):
		next = forWhom
	default:
		return 0, false
	}
	return next, p.seen&(1<<next) == 0 && (p.words > 0 || p.in == start || p.in == from && next == by)
}

// take files a word under its clause.
func (p *parser) take(w string) {
	r := &p.relay
	switch {
	case p.in == from && p.words == 1:
		p.outer = w
	case p.in == from:
		p.fromWord(w)
	case p.words > 2:
	case p.in == by && p.words == 1:
		r.By = strings.Trim(w, "[].,")
	case p.in == with:
		p.protocol(w)
	case p.in == id && p.words == 1:
		r.ID = strings.Trim(w, "<>")
	case p.in == forWhom && p.words == 1:
		r.For = strings.Trim(w, "<>,")
	}
}

// fromWord takes a further word behind "from name": an address, as fetchmail and Ipswitch write it.
func (p *parser) fromWord(w string) {
	if len(w) > 2 && w[0] == '[' && w[len(w)-1] == ']' && !p.relay.Addr.IsValid() {
		p.address(w[1 : len(w)-1])
	}
}

// protocol takes what follows "with": one word, but "Microsoft SMTP Server".
func (p *parser) protocol(w string) {
	if p.words == 1 || strings.EqualFold(p.relay.With, "Microsoft") {
		p.relay.With = strings.Trim(w, ",.")
	}
	p.relay.Auth = p.relay.Auth || authProtocol(p.relay.With)
}

// authProtocol knows the protocol names of RFC 3848 and RFC 6531 that tell of authentication.
func authProtocol(w string) bool {
	switch strings.ToUpper(w) {
	case "ESMTPA", "ESMTPSA", "LMTPA", "LMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "UTF8LMTPA", "UTF8LMTPSA", "ASMTP":
		return true
	}
	return false
}

// address notes the client's address if s is one, with or without its decorations.
func (p *parser) address(s string) bool {
	s = strings.Trim(s, "[]")
	if len(s) > 5 && strings.EqualFold(s[:5], "IPv6:") {
		s = s[5:]
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		port, portErr := netip.ParseAddrPort(s)
		if portErr != nil {
			return false
		}
		addr = port.Addr()
	}
	if !p.relay.Addr.IsValid() {
		p.relay.setAddr(addr)
	}
	return true
}

// resolve decides which name is which, when all has been read.
func (p *parser) resolve() {
	r := &p.relay
	outer := strings.TrimSuffix(p.outer, ".")
	if end := strings.Index(outer, "]:"); end > 0 {
		outer = outer[:end+1] // [ip]:port
	}
	bare := strings.Trim(outer, "[]")
	isAddr := bare != "" && p.isAddress(bare)
	if isAddr && !r.Addr.IsValid() {
		p.address(bare)
	}
	switch {
	case p.helo != "":
		r.Helo, r.Name = p.helo, p.rdns
		if r.Name == "" && !isAddr && known(outer) {
			r.Name = outer
		}
	default:
		r.Helo, r.Name = outer, p.rdns
		if p.exim && p.rdns == "" && !isAddr && p.notes > 0 {
			r.Name = outer
		}
	}
	if r.Helo == "unknown" && p.helo == "" {
		r.Helo = ""
	}
	r.By = strings.TrimSuffix(r.By, ".")
	p.local()
}

// local tells of fields that a program on the receiving host wrote without any hand-over from another.
func (p *parser) local() {
	r := &p.relay
	noFrom := p.seen&(1<<from) == 0
	r.Local = !r.Addr.IsValid() && (p.byItself || noFrom && isLocalProtocol(r.With) || isLocalProtocol(r.With) && r.With != "")
}

func isLocalProtocol(w string) bool { return strings.EqualFold(w, "local") }

func (p *parser) isAddress(s string) bool {
	if len(s) > 5 && strings.EqualFold(s[:5], "IPv6:") {
		s = s[5:]
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// known tells whether a name says something.
func known(name string) bool {
	switch strings.ToLower(name) {
	case "", "unknown", "unverified", "local", "no":
		return false
	}
	return true
}
