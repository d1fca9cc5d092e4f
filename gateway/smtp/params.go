package smtp

import (
	"strconv"
	"strings"

	"weir/gateway/relay"
)

// eachParam calls set for each ESMTP parameter, its name in capitals. The first reply that is not OK ends it.
func eachParam(rest string, set func(name, value string) relay.Reply) relay.Reply {
	seen := ""
	for rest != "" {
		var p string
		p, rest, _ = strings.Cut(rest, " ")
		if p == "" {
			continue
		}
		name, value, _ := strings.Cut(p, "=")
		name = strings.ToUpper(name)
		if strings.Contains(seen, " "+name+" ") {
			return local(501, "5.5.4", "Parameter given twice")
		}
		seen += " " + name + " "
		if r := set(name, value); !r.OK() {
			return r
		}
	}
	return fine
}

var (
	fine         = local(250, "2.0.0", "Ok")
	unknownParam = local(555, "5.5.4", "Parameter not known or not offered")
	badParam     = local(501, "5.5.4", "Parameter not understood")
)

// mailParams reads the parameters of MAIL. Only what was offered may be used.
func (s *session) mailParams(rest string) (p relay.MailParams, r relay.Reply) {
	r = eachParam(rest, func(name, value string) relay.Reply {
		switch name {
		case "SIZE":
			return s.sizeParam(&p, value)
		case "BODY":
			return s.bodyParam(&p, value)
		case "SMTPUTF8":
			return set(s.offer.utf8, value == "", func() { p.SMTPUTF8 = true })
		case "RET":
			value = strings.ToUpper(value)
			return set(s.offer.dsn, value == "FULL" || value == "HDRS", func() { p.Ret = value })
		case "ENVID":
			return set(s.offer.dsn, isXtext(value) && len(value) <= 100, func() { p.EnvID = value })
		}
		return unknownParam
	})
	return p, r
}

// set stores a parameter that was offered and is valid.
func set(offered, valid bool, store func()) relay.Reply {
	switch {
	case !offered:
		return unknownParam
	case !valid:
		return badParam
	}
	store()
	return fine
}

// sizeParam reads SIZE=n (RFC 1870). It is understood whether offered or not, since the limit is our own. A number
// too large for any message is a message too large, not a syntax error; 0 means that the client does not know.
func (s *session) sizeParam(p *relay.MailParams, value string) relay.Reply {
	if value == "" || len(value) > 20 || strings.Trim(value, "0123456789") != "" {
		return badParam
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if limit := s.sizeLimit(); err != nil || limit > 0 && n > limit {
		s.note(TooBig)
		return tooBig
	}
	p.Size = n
	return fine
}

// sizeLimit is the largest message that we take; 0: no limit.
func (s *session) sizeLimit() int64 {
	if s.offer.size > 0 {
		return s.offer.size
	}
	return int64(s.cfg.MaxSize)
}

var tooBig = local(552, "5.3.4", "Message too large")

func (s *session) bodyParam(p *relay.MailParams, value string) relay.Reply {
	switch value = strings.ToUpper(value); value {
	case "7BIT":
		p.Body = value
		return fine
	case "8BITMIME":
		return set(s.offer.eightBit, true, func() { p.Body = value })
	}
	return unknownParam // BINARYMIME is never offered: the next hop gets the mail with DATA
}

// rcptParams reads the parameters of RCPT (RFC 3461 section 4).
func (s *session) rcptParams(rest string) (p relay.RcptParams, r relay.Reply) {
	r = eachParam(rest, func(name, value string) relay.Reply {
		switch name {
		case "NOTIFY":
			value = strings.ToUpper(value)
			return set(s.offer.dsn, validNotify(value), func() { p.Notify = value })
		case "ORCPT":
			kind, addr, ok := strings.Cut(value, ";")
			return set(s.offer.dsn, ok && isAtom(kind) && isXtext(addr) && len(value) <= 500, func() { p.ORcpt = value })
		}
		return unknownParam
	})
	return p, r
}

func validNotify(value string) bool {
	if value == "NEVER" {
		return true
	}
	for _, v := range strings.Split(value, ",") {
		if v != "SUCCESS" && v != "FAILURE" && v != "DELAY" {
			return false
		}
	}
	return len(value) <= 40
}

// isXtext tells whether s is xtext (RFC 3461 section 4), or printable UTF-8 as RFC 6533 allows it in ORCPT, so that it can stand
// on a command line.
func isXtext(s string) bool {
	return s != "" && !strings.ContainsAny(s, " =\t") && printable(s)
}

func isAtom(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}
