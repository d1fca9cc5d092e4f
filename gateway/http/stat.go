package http

import (
	"net/http"
	"time"
)

// stat answers GET /stat, which rspamc stat shows: the mails of all doors since the start. What Rspamd tells of its own
// memory is left out.
func (s *Server) stat(w http.ResponseWriter, _ *http.Request) {
	n := s.Tally.read()
	t := &text{[]byte{'{'}}
	s.about(t, &n)
	t.open("actions", '{')
	t.whole(reject, n.reject)
	t.whole(softReject, n.soft)
	t.whole(rewriteSubject, 0) // Weir's tagged mail is "add header", with or without another subject
	t.whole(addHeader, n.tagged)
	t.whole("greylist", 0)
	t.whole(noAction, n.none)
	t.shut('}')
	t.open("scan_times", '[')
	for _, d := range n.times {
		t.number("", d)
	}
	t.shut(']')
	t.whole("spam_count", n.spam())
	t.whole("ham_count", n.scanned()-n.spam())
	t.whole("total_learns", int64(n.corpus.Spam+n.corpus.Ham))
	t.open("statfiles", '[')
	statfile(t, "BAYES_SPAM", n.corpus.Spam)
	statfile(t, "BAYES_HAM", n.corpus.Ham)
	t.shut(']')
	t.shut('}')
	write(w, http.StatusOK, t.b)
}

// statfile is one half of what was learned, as the mail judged last knew it.
func statfile(t *text, symbol string, learned int) {
	t.open("", '{')
	t.whole("revision", int64(learned))
	for _, key := range [...]string{"used", "total", "size", "languages", "users"} {
		t.whole(key, 0)
	}
	t.word("symbol", symbol)
	t.word("type", "weir")
	t.shut('}')
}

// auth answers GET /auth, which rspamc uptime shows.
func (s *Server) auth(w http.ResponseWriter, _ *http.Request) {
	n := s.Tally.read()
	t := &text{[]byte{'{'}}
	t.word("auth", "ok")
	s.about(t, &n)
	t.whole("clean", n.none)
	t.whole("probable", n.tagged)
	t.whole("greylist", 0)
	t.whole("reject", n.reject)
	t.whole("soft_reject", n.soft)
	t.shut('}')
	write(w, http.StatusOK, t.b)
}

func (s *Server) about(t *text, n *numbers) {
	t.word("version", s.Tally.version)
	t.whole("uptime", int64(time.Since(s.Tally.began).Seconds()))
	t.truth("read_only", false)
	t.whole("scanned", n.scanned())
	t.whole("learned", n.lessons)
}
