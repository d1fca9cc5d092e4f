package relay

import (
	"regexp"
	"strings"

	"weir/rules/ascii"
	"weir/rules/view/ip"
)

// webmail reads lines of web mailers, which note the browser's address.
func (l *line) webmail() outcome {
	if strings.Contains(l.s, " (SquirrelMail authenticated user ") || strings.Contains(l.s, " (NaSMail authenticated user ") {
		if l.fromBrowser() {
			return handed
		}
	}
	if strings.Contains(l.s, "aol.com") && strings.Contains(l.s, "with HTTP (WebMailUI)") && l.anywhere(overAOL) {
		return l.take(0)
	}
	return unread
}

var (
	overAOL     = compile("%i by %b (%I) with HTTP (WebMailUI)")
	withHTTP    = compile("by %b with HTTP")
	squirrelEnd = 80 // bytes between the address and "by", at most; 10 at least
)

// anywhere tells whether a pattern that begins with an address fits some part of the line.
func (l *line) anywhere(p pattern) bool {
	whole := l.s
	for at := 0; at < len(whole); {
		_, i := ip.Find(whole[at:])
		if i < 0 {
			break
		}
		if ip.At(whole, at+i) > 0 {
			if l.s = whole[at+i:]; l.match(p) {
				l.keepTexts()
				l.s = whole
				return true
			}
		}
		at += i + 1
	}
	l.s = whole
	return false
}

// keepTexts takes over at once what was found in a part of the line.
func (l *line) keepTexts() {
	l.set(&l.IP, client)
	l.set(&l.By, by)
	l.found = [slots]piece{}
}

// fromBrowser reads the address, and not far behind it the host, of a web mailer's line.
func (l *line) fromBrowser() bool {
	whole := l.s
	defer func() { l.s = whole }()
	for at := 0; ; {
		address, i := ip.Find(whole[at:])
		if i < 0 {
			return false
		}
		end := at + i + len(address)
		if next := end; next < len(whole) && whole[next] != '.' && whole[next] != '-' && ascii.Edge(whole, next) {
			for j := min(end+squirrelEnd, len(whole)); j >= end+10; j-- {
				if l.s = whole[j:]; strings.HasPrefix(l.s, "by ") && l.match(withHTTP) {
					l.IP = address
					l.set(&l.By, by)
					return true
				}
			}
		}
		at += i + 1
	}
}

var exchange = regexp.MustCompile(` with (?:Microsoft SMTP Server|mapi id) (?:\([^)]+\) )?\d+\.\d+\.\d+\.\d+(?:$| )`)

func isExchange(l *line) bool {
	return (strings.Contains(l.s, " with Microsoft SMTP Server ") || strings.Contains(l.s, " with mapi id ")) && exchange.MatchString(l.s)
}

// fromExchange leaves out the identifier: what Exchange writes there is its version.
func (l *line) fromExchange() bool {
	l.ID = ""
	return true
}

// fromXMail takes identifier and sender, which XMail writes in <>.
func (l *line) fromXMail() bool {
	if v := inAngles(l.s, " id <"); v != "" {
		l.ID = v
	}
	if v := inAngles(l.s, " from <"); v != "" {
		l.Sender, l.HasSender = v, true
	}
	return true
}

// inAngles gives the word behind a label up to its last >.
func inAngles(s, label string) string {
	_, rest, ok := strings.Cut(s, label)
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(rest, " ")
	return word[:max(strings.LastIndexByte(word, '>'), 0)]
}

// withinExim leaves out what a program on the same host handed over.
func (l *line) withinExim() outcome {
	_, rest, _ := strings.Cut(l.s, "with local")
	word, _, more := strings.Cut(rest, " ")
	if more && (word == "" || word[0] == '-' && len(word) > 1) {
		return ignored
	}
	return unread
}

// fromExim takes what is there of the many other forms of Exim.
func (l *line) fromExim() outcome {
	if word, _, ok := strings.Cut(l.s, " "); ok && word != "" {
		l.RDNS = word
	}
	for rest := l.s; ; {
		_, after, ok := strings.Cut(rest, " (")
		if !ok {
			break
		}
		if word, _, _ := strings.Cut(after, " "); len(word) > 1 && word[len(word)-1] == ')' && len(word) < len(after) {
			l.Helo = word[:len(word)-1]
			break
		}
		rest = after
	}
	for rest := l.s; ; {
		_, after, ok := strings.Cut(rest, " [")
		if !ok {
			break
		}
		m := matcher{s: after}
		if m.match(numbered) {
			l.IP, _ = m.text(client)
			break
		}
		rest = after
	}
	if _, after, ok := strings.Cut(l.s, "by "); ok {
		if word, _, more := strings.Cut(after, " "); more && word != "" {
			if l.By = word; l.IP != "" {
				return handed
			}
		}
	}
	return unread
}

var numbered = compile("%i%(.%#%)] ")

// overHTTP tells whether the words with HTTP stand alone.
func (l *line) overHTTP() bool {
	i := strings.Index(l.s, "with HTTP")
	return ascii.Edge(l.s, i) && ascii.Edge(l.s, i+len("with HTTP"))
}

var qmailLDAP = compile("%. by %w (qmail-%w) with ")

// fromSendmail sorts out qmail-ldap, whose lines look alike, and takes the user out of the name.
func (l *line) fromSendmail() bool {
	if m := (matcher{s: l.s}); strings.Contains(l.s, "(qmail-") && m.match(qmailLDAP) {
		return false
	}
	name, _ := l.text(rdns)
	if user, _, ok := strings.Cut(name, "@"); ok {
		f := &l.found[rdns]
		f.from += len(user) + 1
		l.Ident = strings.TrimPrefix(user, "IDENT:")
	}
	return true
}

// dotted tells whether the reverse name has a dot within.
func (l *line) dotted() bool {
	name, _ := l.text(rdns)
	return len(name) > 2 && strings.IndexByte(name[1:len(name)-1], '.') >= 0
}

// fromHotmail takes the host, and the address if there is one.
func (l *line) fromHotmail() outcome {
	for rest := l.s; ; {
		_, after, ok := strings.Cut(rest, "by ")
		if !ok {
			return unread
		}
		word, _, more := strings.Cut(after, " ")
		if more && strings.HasSuffix(word, ".hotmail.msn.com") && len(word) > len(".hotmail.msn.com") {
			l.By = word
			break
		}
		rest = after
	}
	if n := ip.At(l.s, 0); n > 0 && n < len(l.s) && l.s[n] == ' ' {
		l.IP = l.s[:n]
	}
	return handed
}

// remarked tells whether the remark begins with a letter.
func (l *line) remarked() bool {
	s, _ := l.text(remark)
	return len(s) > 1 && (s[0]|0x20) >= 'a' && (s[0]|0x20) <= 'z'
}

// fromObtuse takes the HELO name from the line alone.
func (l *line) fromObtuse() bool {
	l.Helo = ""
	if name, _ := l.text(rdns); name != "UNKNOWN" {
		l.looked = true
	}
	return true
}

// byYahoo tells whether the host is one of Yahoo's.
func (l *line) byYahoo() bool {
	host, _ := l.text(by)
	return strings.HasSuffix(host, ".yahoo.com") && len(host) > len(".yahoo.com")
}

// fromSimta leaves out a name that was not verified, and the <> of the identifier.
func (l *line) fromSimta() bool {
	if name, _ := l.text(rdns); name == "unverified" {
		l.found[rdns] = piece{}
	}
	return true
}

// fromScanner keeps the sender that qmail-scanner notes, for the next line: that one has the rest of this hand-over.
func (l *line) fromScanner() outcome {
	for _, p := range scannerForms {
		if !l.match(p) {
			continue
		}
		if s, _ := l.text(remark); len(s) <= 100 {
			l.scanner, l.scans = plainSender(l.Sender), l.HasSender
			return ignored
		}
	}
	return unread
}

var scannerForms = []pattern{compile("%w by %w (%z) with qmail-scanner")}

// The forms of qmail: the reverse name, the HELO name if it is another, and the user that the client says it is. Some patches
// put brackets around the address, and the sender behind it.
var qmailForms = [...]pattern{
	compile("%r (%H %q) (%*n@%([%)%i%(]%))%( (envelope-sender <%w>)%) by %b"),
	compile("%r (%H %q) (%([%)%i%(]%))%( (envelope-sender <%w>)%) by %b"),
	compile("%r (%*n@%([%)%i%(]%))%( (envelope-sender <%w>)%) by %b"),
	compile("%r (%([%)%i%(]%))%( (envelope-sender <%w>)%) by %b"),
}

var qmailGate = compile("%w%( (%H %*w)%) (%(%w@%)%([%)%I%(]%))%( (envelope-sender <%w>)%) by %b")

// fromQmail reads qmail's lines.
func (l *line) fromQmail() outcome {
	if !l.match(qmailGate) || !qmailProtocol(l.s[l.found[by].to:]) {
		return unread
	}
	for i, p := range qmailForms {
		if l.match(p) {
			l.set(&l.RDNS, rdns)
			l.set(&l.IP, client)
			l.set(&l.Ident, ident)
			l.set(&l.By, by)
			if l.set(&l.Helo, helo); i > 1 {
				l.Helo = l.RDNS
			}
			break
		}
	}
	if l.RDNS != "unknown" {
		l.looked = true
	} else {
		l.RDNS = ""
	}
	return handed
}

// qmailProtocol tells whether what follows the host names the protocol as qmail does, and no identifier behind it.
func qmailProtocol(s string) bool {
	named := lastProtocol(s)
	for at := 0; ; {
		i := strings.Index(s[at:], " with ")
		if i < 0 {
			return false
		}
		if i += at; i == 0 || i > 3 && s[i-1] == ')' && strings.HasPrefix(s, " (") {
			return i+len(" with") <= named
		}
		at = i + 1
	}
}

// lastProtocol gives the index of the blank before the last SMTP or QMQP that no identifier follows; -1 there is none.
func lastProtocol(s string) int {
	for i := len(s) - 5; i >= 0; i-- {
		if s[i] == ' ' && (s[i+1:i+5] == "SMTP" || s[i+1:i+5] == "QMQP") && !strings.HasPrefix(s[i+5:], " id ") {
			return i
		}
	}
	return -1
}
