package http

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"weir/filters"
	"weir/gateway"
)

// learn answers POST /learnspam and /learnham: the body is the raw message.
func (s *Server) learn(w http.ResponseWriter, r *http.Request, c filters.Class) {
	raw, done, ok := s.receive(w, r)
	if !ok {
		return
	}
	defer done(false)
	ctx, cancel := context.WithTimeout(s.ctx, teachTime)
	defer cancel()
	taught, err := s.house.Teach(ctx, lessonEnvelope(r.Header), raw, c, teacherName(r.Header))
	if err == nil {
		s.Tally.taught(taught)
	}
	s.learned(w, c, taught, err)
}

// learned says what became of a lesson, in Rspamd's words where it has some.
func (s *Server) learned(w http.ResponseWriter, c filters.Class, t filters.Taught, err error) {
	switch {
	case err == nil && t.Known > 0:
		refuse(w, http.StatusAlreadyReported, fmt.Sprintf("already learned as %s: nothing changed", c))
	case err == nil:
		write(w, http.StatusOK, []byte(`{"success":true}`))
	case errors.Is(err, gateway.ErrNoMessage):
		refuse(w, http.StatusBadRequest, "this is no message: it has no header field")
	case errors.Is(err, filters.ErrFrozen):
		refuse(w, http.StatusConflict, err.Error())
	case errors.Is(err, gateway.ErrNoSchool):
		refuse(w, http.StatusNotImplemented, "no filter that learns is switched on: set filters.bayes.enabled in the config")
	case errors.Is(err, filters.ErrStoreDown) || errors.Is(err, filters.ErrNotKept) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		s.Log().Error("a lesson over HTTP could not be kept: the client is told 503", "error", err)
		tryLater(w, "the store does not keep it now")
	default:
		s.Log().Error("a fault of Weir itself while it learned, please report it", "error", err)
		refuse(w, http.StatusInternalServerError, "a fault of Weir itself: see its log")
	}
}

// teacherName is who is said to teach, for the journal.
func teacherName(h http.Header) string {
	if who := strings.TrimSpace(h.Get("User")); who != "" {
		return strings.ToValidUTF8(who[:min(len(who), 100)], "")
	}
	return "http"
}
