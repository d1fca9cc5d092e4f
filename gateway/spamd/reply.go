package spamd

import (
	"fmt"
	"strings"

	"weir/gateway"
)

// spamHead is what stands before an answer's body. QUIRK: SpamAssassin's daemon has a form for each version of the
// protocol, and its clients insist on theirs; Exim, which says 1.2, wants no Content-length before a report.
func spamHead(r *request, v verdict, size int) string {
	length := fmt.Sprintf("Content-length: %d\r\n", size)
	header := v.header(r.verb) + "\r\n"
	switch rewrites := r.verb == "PROCESS" || r.verb == "HEADERS"; {
	case r.verb == "CHECK":
		length = ""
	case rewrites && r.version < 102:
		return "SPAMD/1.0 0 EX_OK\r\n"
	case rewrites && r.version < 103:
		header = ""
	case r.version < 103:
		length = ""
	}
	return "SPAMD/1.1 0 EX_OK\r\n" + length + header + "\r\n"
}

// rspamReply is all of an answer in Rspamd's words. Its third number was the score of a refusal, which is the second here.
func rspamReply(report *gateway.Report, v verdict, action string) string {
	var b strings.Builder
	word := map[bool]string{true: "True", false: "False"}[v.spam]
	fmt.Fprintf(&b, "RSPAMD/1.3 0 EX_OK\r\nMetric: default; %s; %.2f / %.2f / %.2f\r\nAction: %s\r\n", word, v.score, v.threshold, v.threshold, action)
	for _, s := range report.Symbols {
		fmt.Fprintf(&b, "Symbol: %s(%.2f)\r\n", s.Name, s.Score)
	}
	id := plain(report.MessageID)
	if id == "" {
		id = "undef"
	}
	fmt.Fprintf(&b, "Message-ID: %s\r\n", id)
	return b.String()
}

func pong(r *request) string {
	if r.rspamc {
		return "RSPAMD/1.3 0 PONG\r\n"
	}
	return "SPAMD/1.5 0 PONG\r\n"
}

// failure is an answer without a verdict.
func failure(r *request, f *fault) string {
	name := "SPAMD/1.0"
	if r.rspamc {
		name = "RSPAMD/1.3"
	}
	return fmt.Sprintf("%s %d %s\r\n", name, f.code, f.Error())
}
