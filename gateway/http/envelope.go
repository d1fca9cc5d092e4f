package http

import (
	"net/http"
	"strings"
	"time"

	"weir/gateway"
	"weir/message"
)

// scanEnvelope is what a client tells of a mail's way here, in Rspamd's request headers. What can't be read counts as not
// known: a check that needs it does not run, and is not reported as passed.
//
// QUIRK: Haraka leaves From out for the null sender. It names its queue id all the same, which programs that only know a
// file do not have.
func scanEnvelope(h http.Header) message.Envelope {
	env := lessonEnvelope(h)
	env.Client.Auth = strings.TrimSpace(h.Get("User"))
	if !env.HasFrom && h.Get("Queue-Id") != "" {
		env.HasFrom = true
	}
	return env
}

// lessonEnvelope is scanEnvelope without User.
//
// QUIRK: on a lesson, Rspamd's User is whoever teaches, not who sent the mail: see teacherName.
func lessonEnvelope(h http.Header) message.Envelope {
	env := message.Envelope{Time: time.Now(), Helo: strings.TrimSpace(h.Get("Helo"))}
	env.Client.Addr = gateway.ToldAddr(h.Get("Ip"))
	env.Client.Name, env.Client.TLS, env.Client.Cipher = gateway.ToldName(h.Get("Hostname")), h.Get("Tls-Version"), h.Get("Tls-Cipher")
	if from, given := h["From"]; given {
		env.HasFrom, env.From = true, path(from[0])
	}
	rcpts := h["Rcpt"]
	if len(rcpts) == 0 {
		rcpts = h["Deliver-To"]
	}
	for _, list := range rcpts {
		env.Rcpts = appendPaths(env.Rcpts, list)
	}
	return env
}

// appendPaths adds the addresses of one Rcpt header: one, or several with commas between them.
func appendPaths(to []string, list string) []string {
	for list != "" {
		end := comma(list)
		if p := path(list[:end]); p != "" {
			to = append(to, p)
		}
		list = list[min(end+1, len(list)):]
	}
	return to
}

// comma is where the first address of a list ends: a comma in quotes or <> is part of it.
func comma(list string) int {
	quoted, angled := false, false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<' || c == '>':
			angled = c == '<'
		case c == ',' && !angled:
			return i
		}
	}
	return len(list)
}

// path takes an address out of its <>.
func path(s string) string {
	s = strings.TrimSpace(s)
	return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
}
