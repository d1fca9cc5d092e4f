package http

import (
	"net/http"
	"strings"

	"weir/filters"
)

// right is what a client must be allowed for a path.
type right uint8

const (
	toPing   right = iota // anybody
	toScan                // have mail judged
	toRead                // see numbers
	toChange              // teach
)

// route is what there is at a path.
type route struct {
	right right
	post  bool // the body is a message
	serve func(s *Server, w http.ResponseWriter, r *http.Request)
}

// routes are all paths. As with Rspamd, their case does not matter.
//
// /check, /scan and /symbols are Rspamd's protocol of old: the same verdict in another form.
var routes = map[string]route{
	"/ping":      {toPing, false, (*Server).ping},
	"/checkv2":   {toScan, true, func(s *Server, w http.ResponseWriter, r *http.Request) { s.scan(w, r, newForm) }},
	"/check":     {toScan, true, func(s *Server, w http.ResponseWriter, r *http.Request) { s.scan(w, r, oldForm) }},
	"/scan":      {toScan, true, func(s *Server, w http.ResponseWriter, r *http.Request) { s.scan(w, r, oldForm) }},
	"/symbols":   {toScan, true, func(s *Server, w http.ResponseWriter, r *http.Request) { s.scan(w, r, oldForm) }},
	"/learnspam": {toChange, true, func(s *Server, w http.ResponseWriter, r *http.Request) { s.learn(w, r, filters.Spam) }},
	"/learnham":  {toChange, true, func(s *Server, w http.ResponseWriter, r *http.Request) { s.learn(w, r, filters.Ham) }},
	"/stat":      {toRead, false, (*Server).stat},
	"/auth":      {toRead, false, (*Server).auth},
	"/metrics":   {toRead, false, (*Server).metrics},
}

func (s *Server) handler() http.Handler { return s.counted(http.HandlerFunc(s.route)) }

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	to, ok := routes[r.URL.Path]
	if !ok {
		to, ok = routes[strings.ToLower(r.URL.Path)]
	}
	if !ok {
		refuse(w, http.StatusNotFound, "there is nothing at this path")
		return
	}
	if status, why := s.denied(to.right, r); why != "" {
		s.Log().Warn("a client may not do this", "ip", hostOf(r.RemoteAddr), "path", r.URL.Path, "why", why)
		w.Header().Set("Connection", "close")
		refuse(w, status, why)
		return
	}
	if !allowed(to.post, r.Method) {
		onlyPost(w, to.post)
		return
	}
	to.serve(s, w, r)
}

func allowed(post bool, method string) bool {
	return method == http.MethodPost || !post && method == http.MethodGet
}

func onlyPost(w http.ResponseWriter, post bool) {
	if post {
		w.Header().Set("Allow", "POST")
		refuse(w, http.StatusMethodNotAllowed, "send the message with POST")
		return
	}
	w.Header().Set("Allow", "GET, POST")
	refuse(w, http.StatusMethodNotAllowed, "ask with GET")
}

func (s *Server) ping(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("pong\r\n"))
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if s.Metrics == nil {
		refuse(w, http.StatusNotFound, "there is nothing at this path")
		return
	}
	s.Metrics.ServeHTTP(w, r)
}
