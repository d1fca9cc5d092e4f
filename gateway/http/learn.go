package http

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"weir/filters"
	"weir/gateway"
	"weir/message"
)

// learn answers POST /learnspam and /learnham: the body is the raw message.
func (s *Server) learn(w http.ResponseWriter, r *http.Request, c filters.Class) {
	if why := mayChange(s.Config(), r); why != "" {
		s.Log().Warn("a client may not teach", "ip", hostOf(r.RemoteAddr))
		w.Header().Set("Connection", "close")
		refuse(w, http.StatusForbidden, why)
		return
	}
	release, ok := s.enter(r.Context())
	if !ok {
		tryLater(w, "too many messages at once")
		return
	}
	defer release()
	raw, status, err := s.body(w, r)
	if err != nil {
		w.Header().Set("Connection", "close")
		refuse(w, status, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, teachTime)
	defer cancel()
	taught, err := s.teacher.Teach(ctx, envelope(r.Header), raw, c, teacherName(r.Header))
	s.answer(w, c, taught, err)
}

// enter waits until there is room for one more message in memory.
func (s *Server) enter(ctx context.Context) (release func(), ok bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case s.room <- struct{}{}:
		return func() { <-s.room }, true
	case <-ctx.Done():
		return nil, false
	}
}

// body reads the message. status is for the client.
func (s *Server) body(w http.ResponseWriter, r *http.Request) (raw []byte, status int, err error) {
	limit := s.MaxSize()
	if limit <= 0 {
		limit = largest
	}
	tooLarge := fmt.Errorf("the message is larger than %d bytes", limit)
	switch {
	case r.ContentLength > limit:
		return nil, http.StatusRequestEntityTooLarge, tooLarge
	case r.Header.Get("Content-Encoding") != "" || r.Header.Get("Compression") != "":
		return nil, http.StatusUnsupportedMediaType, errors.New("send the message as it is, not compressed")
	}
	var b bytes.Buffer
	b.Grow(int(min(max(r.ContentLength, 0), 1<<20)) + bytes.MinRead)
	_, err = b.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, http.StatusRequestEntityTooLarge, tooLarge
	case err != nil && !errors.Is(err, io.EOF):
		return nil, http.StatusBadRequest, errors.New("the message did not come in whole")
	case b.Len() == 0:
		return nil, http.StatusBadRequest, errors.New("there is no message: send it as the body")
	}
	return b.Bytes(), http.StatusOK, nil
}

// answer says what became of a lesson, in Rspamd's words where it has some.
func (s *Server) answer(w http.ResponseWriter, c filters.Class, t filters.Taught, err error) {
	switch {
	case err == nil && t.Known > 0:
		refuse(w, http.StatusAlreadyReported, fmt.Sprintf("already learned as %s: nothing changed", c))
	case err == nil:
		write(w, http.StatusOK, map[string]bool{"success": true})
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

// refuse answers with an error as Rspamd does.
func refuse(w http.ResponseWriter, status int, why string) {
	write(w, status, map[string]string{"error": why})
}

// tryLater tells that the same request may succeed a little later. Teaching twice changes nothing.
func tryLater(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "10")
	refuse(w, http.StatusServiceUnavailable, why+": try again later")
}

func write(w http.ResponseWriter, status int, what any) {
	text, err := json.Marshal(what)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"no answer could be made"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// envelope is what a client tells of the mail's way here. What can't be read counts as not known.
//
// QUIRK: on a lesson, Rspamd's User is whoever teaches, not who sent the mail: see teacherName.
func envelope(h http.Header) message.Envelope {
	env := message.Envelope{Time: time.Now(), Helo: h.Get("Helo")}
	env.Client.Addr, _ = netip.ParseAddr(strings.Trim(h.Get("IP"), "[] "))
	env.Client.Name, env.Client.TLS, env.Client.Cipher = h.Get("Hostname"), h.Get("TLS-Version"), h.Get("TLS-Cipher")
	if from, given := h["From"]; given {
		env.HasFrom, env.From = true, path(from[0])
	}
	rcpts := h["Rcpt"]
	if len(rcpts) == 0 {
		rcpts = h["Deliver-To"]
	}
	for _, r := range rcpts {
		if r = path(r); r != "" {
			env.Rcpts = append(env.Rcpts, r)
		}
	}
	return env
}

// path takes an address out of its <>.
func path(s string) string {
	s = strings.TrimSpace(s)
	return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
}

// teacherName is who is said to teach, for the journal.
func teacherName(h http.Header) string {
	if who := strings.TrimSpace(h.Get("User")); who != "" {
		return strings.ToValidUTF8(who[:min(len(who), 100)], "")
	}
	return "http"
}

func hostOf(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	return a.Addr().Unmap().String()
}
