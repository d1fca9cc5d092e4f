package relay

import (
	"regexp"
	"strings"
)

// sign is how a server notes that a client authenticated.
type sign struct {
	marks []string // all of which the line holds
	re    *regexp.Regexp
	says  func(found []string) string // what is noted of it
}

func first(found []string) string { return found[1] }

func fixed(s string) func([]string) string { return func([]string) string { return s } }

// signs: the first that a line shows counts, if its protocol says nothing.
var signs = []sign{
	{[]string{" by mx.google.com with ESMTPS id ", "(version="}, regexp.MustCompile(` by mx\.google\.com with ESMTPS id [a-z0-9]{1,4}sm[0-9]{2,9}[a-z]{3}` +
		`\.[0-9]{1,3}\.[0-9]{4}\.(?:[0-6][0-9]\.){4}[0-6][0-9]`), nil},
	{[]string{" (AUTH: "}, regexp.MustCompile(`^from .*?(?:\]\)|\)\]) \(AUTH: (LOGIN|PLAIN|DIGEST-MD5|CRAM-MD5) \S+(?:, .*?)?\) by `), first},
	{[]string{"authenticated"}, regexp.MustCompile(`^from .*?(?:\](?: \([^)]*\))?\)|\)\]) .*?\(.*?authenticated.*?\).*? by`), fixed("Sendmail")},
	{[]string{"] by mail.gmx."}, regexp.MustCompile(`from \S* \((?:HELO|EHLO) \S*\) \[[0-9a-fA-F.:]+\] by (mail\.gmx\.(?:net|com)) \([^)]+\) with (ESMTP|SMTP)`),
		func(f []string) string { return "GMX (" + f[2] + " / " + f[1] + ")" }},
	{[]string{" (authenticated as "}, regexp.MustCompile(`\) by .+ \(\d{1,2}\.\d\.\d{3}(?:\.\d{1,3})?\) \(authenticated as .+\) id `), fixed("CriticalPath")},
	{[]string{") (Authenticated sender: "}, regexp.MustCompile(`\) \(Authenticated sender: \S+\) by \S+ \(([^)]+)\) with `), postfix},
	{[]string{"CommuniGate Pro ", " (account "}, regexp.MustCompile(`CommuniGate Pro (?:HTTP|SMTP|XIMSS|IMAP)`), fixed("Communigate")},
	{[]string{" with Microsoft Exchange Server HTTP-DAV"}, regexp.MustCompile(` with Microsoft Exchange Server HTTP-DAV\b`), fixed("HTTP-DAV")},
	{[]string{" by ", "TTP"}, regexp.MustCompile(`(?i)\(via (HTTP.?)\)(?: |;|$)`), first},
}

func postfix(found []string) string {
	if found[1] == "Postfix" {
		return "Postfix"
	}
	return "Postfix (" + found[1] + ")"
}

var transport = regexp.MustCompile(`\(version=([^ ]+) cipher=([^)]+)\)`)

// authenticated tells how the client of a line authenticated; "" it did not.
func (l *line) authenticated() string {
	if strings.Contains(l.s, " by ") {
		if p := byProtocol(l.s); p != "" {
			return p
		}
	}
	for i := range signs {
		s := &signs[i]
		if !holds(l.s, s.marks) {
			continue
		}
		found := s.re.FindStringSubmatch(l.s)
		if found == nil {
			continue
		}
		if s.says != nil {
			return s.says(found)
		}
		if t := transport.FindStringSubmatch(l.s); t != nil {
			return "GMail - transport=" + t[1] + " cipher=" + t[2]
		}
	}
	return ""
}

func holds(s string, marks []string) bool {
	for _, m := range marks {
		if !strings.Contains(s, m) {
			return false
		}
	}
	return true
}

// protocols are those of clients that have authenticated: RFC 3848, RFC 6531, and what web mailers write.
var protocols = map[string]bool{"ESMTPA": true, "ESMTPSA": true, "LMTPA": true, "LMTPSA": true, "UTF8SMTPA": true, "UTF8SMTPSA": true,
	"UTF8LMTPA": true, "UTF8LMTPSA": true, "ASMTP": true, "HTTP": true, "HTTPS": true, "HTTPU": true}

// byProtocol gives the protocol of a line if it is one of those.
func byProtocol(s string) string {
	for i := 0; i+6 < len(s); i++ {
		if s[i] != ' ' || !strings.EqualFold(s[i:i+6], " with ") {
			continue
		}
		word := s[i+6:]
		if n := strings.IndexAny(word, " ;"); n >= 0 {
			word = word[:n]
		}
		if len(word) < 11 && protocols[strings.ToUpper(word)] {
			return word
		}
	}
	return ""
}
