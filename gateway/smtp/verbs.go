package smtp

import "strings"

// maxVerb is the length of the longest verb that we compare.
const maxVerb = 12

// verb is one SMTP command.
type verb struct {
	do   func(s *session, arg string)
	junk bool // moves no mail: counted
	last bool // must be the last of a pipelined group (RFC 2920 section 3.1, RFC 3207 section 4)
}

var verbs = map[string]*verb{
	"HELO":     {do: (*session).heloVerb, junk: true, last: true},
	"EHLO":     {do: (*session).ehloVerb, junk: true, last: true},
	"MAIL":     {do: (*session).mailVerb},
	"RCPT":     {do: (*session).rcptVerb},
	"DATA":     {do: (*session).dataVerb},
	"BDAT":     {do: (*session).bdatVerb},
	"RSET":     {do: (*session).rsetVerb, junk: true},
	"NOOP":     {do: (*session).noopVerb, junk: true},
	"VRFY":     {do: (*session).vrfyVerb, junk: true},
	"EXPN":     {do: (*session).expnVerb, junk: true},
	"HELP":     {do: (*session).helpVerb, junk: true},
	"AUTH":     {do: (*session).authVerb, junk: true},
	"QUIT":     {do: (*session).quitVerb},
	"STARTTLS": {do: (*session).starttlsVerb, junk: true, last: true},
	"XCLIENT":  {do: (*session).xclientVerb, last: true},
	"XFORWARD": {do: (*session).xforwardVerb},
}

func (s *session) rsetVerb(string) {
	s.reset()
	s.reply(local(250, "2.0.0", "Ok"))
}

func (s *session) noopVerb(string) { s.reply(local(250, "2.0.0", "Ok")) }

// vrfyVerb neither confirms nor denies (RFC 5321 section 3.5.3).
func (s *session) vrfyVerb(arg string) {
	if arg == "" {
		s.reply(local(501, "5.5.4", "Say VRFY address"))
		return
	}
	s.reply(local(252, "2.5.2", "Send mail and see"))
}

func (s *session) expnVerb(string) { s.reply(local(502, "5.5.1", "EXPN is not offered")) }

func (s *session) authVerb(string) { s.reply(local(502, "5.5.1", "AUTH is not offered")) }

func (s *session) helpVerb(string) {
	s.reply(local(214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT\nSee RFC 5321"))
}

func (s *session) quitVerb(string) {
	s.reply(local(221, "2.0.0", "Bye"))
	s.over = true
}

// cutPrefix is strings.CutPrefix for ASCII of either case, with spaces around what follows removed.
func cutPrefix(arg, prefix string) (string, bool) {
	if len(arg) < len(prefix) || !strings.EqualFold(arg[:len(prefix)], prefix) {
		return "", false
	}
	return strings.Trim(arg[len(prefix):], " \t"), true
}
