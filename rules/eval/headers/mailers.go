package headers

import (
	"regexp"
	"strings"

	"weir/rules/view"
	"weir/rules/view/ip"
	"weir/rules/view/relay"
)

// oneLine folds white space.
func oneLine(s string) string { return folds.ReplaceAllString(s, " ") }

var folds = regexp.MustCompile(`\s+`)

// fakeAOL finds relays named as AOL's were, with nothing else that AOL's wrote.
func fakeAOL(m *view.Mail) bool {
	s := get(m, "Received")
	if !strings.Contains(strings.ToLower(s), "rly-") {
		return false
	}
	s = oneLine(s)
	return aolRelay.MatchString(s) && !aolTrace.MatchString(s)
}

var (
	aolRelay = regexp.MustCompile(`(?i) rly-[a-z][a-z]\d\d\.`)
	aolTrace = regexp.MustCompile(`/AOL-\d+\.\d+\.\d+\)|ESMTP id (?:RELAY|MAILRELAY|MAILIN)`)
)

// gated tells whether the mail went through a list that takes Received fields out, or has none: then nothing can be said of
// them.
func gated(m *view.Mail) bool {
	received, there := m.Get("Received")
	if !there {
		return true
	}
	if list, ok := m.Get("Mailing-List"); ok && ezmlm.MatchString(list) && listDelivery.MatchString(get(m, "Delivered-To")) && viaQmail.MatchString(received) {
		return true
	}
	return strings.Contains(received, "from groups.msn.com (") && throughGroups.MatchString(received)
}

var (
	ezmlm         = regexp.MustCompile(`(?m)^contact \S+@\S+; run by ezmlm$`)
	listDelivery  = regexp.MustCompile(`(?m)^mailing list \S+@\S+`)
	viaQmail      = regexp.MustCompile(`qmail \d+ invoked (?:from network|by .{3,20})\); \d+ ... \d+`)
	throughGroups = regexp.MustCompile(`from groups\.msn\.com \(\S+\.msn\.com `)
)

// claim is what a mail says of Hotmail without being from there.
type claim uint8

const (
	honest  claim = iota
	helloed       // the client said that it is Hotmail's
	claimed       // only the author's address says so
)

type hotmailKey struct{}

func hotmail(m *view.Mail) claim {
	return view.Once(m, hotmailKey{}, func() claim { return readHotmail(m) })
}

func readHotmail(m *view.Mail) claim {
	raw := get(m, "Received")
	author := hotmailAuthor.MatchString(get(m, "From:addr"))
	if !author && !strings.Contains(raw, "hotmail.com") {
		return honest
	}
	s := oneLine(raw)
	if strings.Contains(s, "from mail pickup service by hotmail.com with Microsoft SMTPSVC;") || fromGroups(m) || gated(m) || byHotmail(m, s) {
		return honest
	}
	if saysHotmail.MatchString(s) {
		return helloed
	}
	if author {
		return claimed
	}
	return honest
}

var (
	hotmailAuthor = regexp.MustCompile(`(?i)\bhotmail\.com$`)
	saysHotmail   = regexp.MustCompile(`(?:from |HELO |helo=)\S*hotmail\.com\b`)
	hotmailNamed  = regexp.MustCompile(`from (?:\S*\.)?hotmail.com \(\S+\.hotmail(?:\.msn)?\.com[ )]`)
	hotmailBare   = regexp.MustCompile(`from \S*\.hotmail.com \(\[([^\]]*)\][ ):]`)
	hotmailWeb    = regexp.MustCompile(`from \S+ by \S+\.hotmail(?:\.msn)?\.com with HTTP;|from \[66\.218.\S+\] by \S+\.yahoo\.com`)
	outlookNamed  = regexp.MustCompile(`from \S*\.outbound\.protection\.outlook\.com \(\S+\.outbound\.protection\.outlook\.com[ )]`)
	outlookInner  = regexp.MustCompile(`from \S*\.(?:eur|nam)prd\d+\.prod\.outlook\.com \(([^)]*)\)`)
)

// byHotmail tells whether a Received field is one that Hotmail's servers leave.
func byHotmail(m *view.Mail, s string) bool {
	_, at := ip.Find(get(m, "X-Originating-Ip"))
	if at >= 0 && (hotmailNamed.MatchString(s) || hasAddress(hotmailBare, s) || hotmailWeb.MatchString(s)) {
		return true
	}
	org := get(m, "X-OriginatorOrg")
	if !strings.Contains(org, "hotmail.com") && !strings.Contains(org, "msonline-outlook") {
		return false
	}
	return outlookNamed.MatchString(s) || hasAddress(outlookInner, s)
}

// hasAddress tells whether some match of a pattern has an IP address as its group.
func hasAddress(p *regexp.Regexp, s string) bool {
	for _, g := range p.FindAllStringSubmatch(s, -1) {
		if ip.Is(g[1]) {
			return true
		}
	}
	return false
}

var (
	toGroup   = regexp.MustCompile(`(?i)<(\S+)@groups\.msn\.com>`)
	groupHost = regexp.MustCompile(`from mail pickup service by (p\d\d\.groups\.msn\.com)\b`)
)

// fromGroups tells whether a mail is of an MSN group.
func fromGroups(m *view.Mail) bool {
	to := get(m, "To")
	if !strings.Contains(strings.ToLower(to), "@groups.msn.com>") {
		return false
	}
	list, host := toGroup.FindStringSubmatch(to), groupHost.FindStringSubmatch(get(m, "Received"))
	if list == nil || host == nil {
		return false
	}
	id := get(m, "Message-Id")
	if list[1] == "notifications" {
		word, ok := strings.CutPrefix(id, "<")
		i := strings.Index(word, "@"+host[1]+">")
		return ok && i > 0 && !strings.ContainsAny(word[:i], " \t\n")
	}
	word, ok := strings.CutPrefix(id, "<"+list[1]+"-")
	i := strings.Index(word, "@groups.msn.com>")
	return ok && i > 0 && !strings.ContainsAny(word[:i], " \t\n") && strings.Contains(get(m, "EnvelopeFrom:addr"), list[1]+"-bounce@groups.msn.com")
}

// from tells whether the author's address ends in a domain, as a word.
func from(m *view.Mail, p *regexp.Regexp) bool { return p.MatchString(get(m, "From:addr")) }

var (
	eudoraAuthor = regexp.MustCompile(`(?i)\beudoramail\.com$`)
	eudoraHost   = regexp.MustCompile(`by \S*whowhere.com;`)
)

func notByEudora(m *view.Mail) bool {
	if !from(m, eudoraAuthor) || gated(m) {
		return false
	}
	_, at := ip.Find(get(m, "X-Sender-Ip"))
	return at < 0 || !eudoraHost.MatchString(oneLine(get(m, "Received")))
}

var (
	yahooAuthor = regexp.MustCompile(`(?i)\byahoo\.com$`)
	yahooReply  = regexp.MustCompile(`(?i)@reply\.yahoo\.com$`)
	yahooBulk   = regexp.MustCompile(`\bmailer\d+\.bulk\.scd\.yahoo\.com\b`)
	yahooGroups = regexp.MustCompile(`from \[([^\]]*)\] by \S+\.(?:groups|scd|dcn)\.yahoo\.com with NNFMP`)
	yahooTrace  = regexp.MustCompile(`by web\S+\.mail\S*\.yahoo\.com via HTTP|by sonic\S+\.consmr\.mail\S*\.yahoo\.com with HTTP|by smtp\S+\.yahoo\.com with SMTP` +
		`|by \w+\.\w+\.yahoo\.com \(\d+\.\d+\.\d+/\d+\.\d+\.\d+\)(?: with ESMTP)? id \w+`)
	yahooTrusted   = regexp.MustCompile(` rdns=\S+\.yahoo\.com `)
	yahooUntrusted = regexp.MustCompile(`^[^\]]+ rdns=\S+\.yahoo\.com `)
)

func notByYahoo(m *view.Mail) bool {
	if !from(m, yahooAuthor) || gated(m) {
		return false
	}
	s := get(m, "Received")
	if get(m, "Resent-From") != "" && get(m, "Resent-To") != "" {
		if x := get(m, "X-Received"); x != "" {
			s = x
		}
	}
	s = oneLine(s)
	path := m.Relays()
	if yahooTrusted.MatchString(path.Text(relay.Trusted)) || yahooUntrusted.MatchString(path.Text(relay.Untrusted)) {
		return false
	}
	return !yahooTrace.MatchString(s) && !hasAddress(yahooGroups, s) && !(yahooBulk.MatchString(s) && from(m, yahooReply))
}

var (
	junoAuthor = regexp.MustCompile(`(?i)\bjuno\.com$`)
	junoHost   = regexp.MustCompile(`\b(?:juno|untd)\.com`)
)

// notByJuno: Juno's servers write where the mail came from.
func notByJuno(m *view.Mail) bool {
	if !from(m, junoAuthor) || gated(m) {
		return false
	}
	origin, received := get(m, "X-Originating-IP"), get(m, "Received")
	if origin == "" {
		return true
	}
	known := leadsThrough(received, junoHost, "[(", "])") || strings.Contains(received, " cookie.juno.com ") || strings.Contains(received, " cookie.untd.com ")
	return !known || !strings.Contains(get(m, "X-Mailer"), "Juno ")
}

// leadsThrough tells whether a line of the trace has "from", a host, an address in brackets and "by", in this order.
func leadsThrough(trace string, host *regexp.Regexp, open, closing string) bool {
	for line := range strings.SplitSeq(trace, "\n") {
		_, rest, ok := strings.Cut(line, "from")
		at := host.FindStringIndex(rest)
		if !ok || at == nil {
			continue
		}
		for rest = rest[at[1]:]; ; {
			i := strings.IndexAny(rest, open)
			if i < 0 {
				break
			}
			n := ip.At(rest, i+1)
			if end := i + 1 + n; n > 0 && end < len(rest) && strings.IndexByte(closing, rest[end]) >= 0 && strings.Contains(rest[end:], "by") {
				return true
			}
			rest = rest[i+1:]
		}
	}
	return false
}

var (
	gmailAuthor = regexp.MustCompile(`(?i)\bgmail\.com$`)
	gmailTrace  = regexp.MustCompile(`by 10\.\S+ with SMTP id \S+|by 2002:a\d\d:\w+:\S+ with SMTP id \S+`)
	gmailServer = regexp.MustCompile(`by smtp\.googlemail\.com with ESMTPSA id \S+`)
)

// gmailFields is the least length of what Google writes into its own fields, in bytes.
const gmailFields = 60

func notByGmail(m *view.Mail) bool {
	if !from(m, gmailAuthor) {
		return false
	}
	if gmailTrace.MatchString(get(m, "X-Received")) || gmailServer.MatchString(get(m, "Received")) {
		return false
	}
	return len(get(m, "X-Gm-Message-State")) < gmailFields || len(get(m, "X-Google-Smtp-Source")) < gmailFields
}

var gateway = regexp.MustCompile(`\nfrom\s\S+\sby\s(\S+)\swith\sESMTP;\s+\S\S\S,\s+\d+\s+\S\S\S\s+\d{4}\s+\d\d:\d\d:\d\d\s+[-+]*\d{4}\n$`)

// shortGateway finds a last relay that handed the mail to a host without a domain.
func shortGateway(m *view.Mail) bool {
	s := get(m, "Received")
	if !strings.Contains(s, " with ESMTP;") {
		return false
	}
	g := gateway.FindStringSubmatch(s)
	return g != nil && !strings.Contains(g[1], ".")
}
