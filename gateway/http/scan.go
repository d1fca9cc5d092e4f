package http

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"weir/gateway"
)

// replies are what verdicts are written into.
var replies = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 4<<10)} }}

type buffer struct{ b []byte }

// largestKept is the size of a buffer that is kept for another reply.
const largestKept = 256 << 10

// scan answers POST /checkv2 and the like: the body is the raw message.
//
// Settings, Settings-ID, Pass and all other Flags are not read: what is checked and how it is scored is for the config to
// say, not for whoever reaches the port.
func (s *Server) scan(w http.ResponseWriter, r *http.Request, f form) {
	env := scanEnvelope(r.Header)
	if len(env.Rcpts) > gateway.MaxRcpts {
		w.Header().Set("Connection", "close")
		refuse(w, http.StatusBadRequest, "too many recipients: at most "+strconv.Itoa(gateway.MaxRcpts)+" for one mail")
		return
	}
	raw, done, ok := s.receive(w, r)
	if !ok {
		return
	}
	v := verdict{form: f, extended: wantsLinks(r.Header), whole: strings.EqualFold(r.Header.Get("Weir-Report"), "yes")}
	out := replies.Get().(*buffer)
	refusal := s.house.Judge(s.ctx, &env, raw, func(o *gateway.Outcome) {
		v.judged(o)
		out.b = v.append(out.b[:0])
	})
	if refusal != nil {
		v.refused(refusal)
		out.b = v.append(out.b[:0])
	}
	done(len(v.report.Failed) > 0) // a filter that ran out of time may still be reading
	reply(w, r.Header, out.b)
	if cap(out.b) <= largestKept {
		replies.Put(out)
	}
}

// wantsLinks tells whether a client wants all of a link: rspamc --extended-urls.
func wantsLinks(h http.Header) bool {
	if strings.EqualFold(h.Get("Url-Format"), "extended") {
		return true
	}
	flags := h.Get("Flags")
	return flags != "" && strings.Contains(","+flags+",", ",ext_urls,")
}

// reply sends a verdict, packed for who wants it so.
func reply(w http.ResponseWriter, asked http.Header, b []byte) {
	if header, ok := wantsZstd(asked); ok {
		w.Header().Set(header, "zstd")
		b = enzstd().EncodeAll(b, make([]byte, 0, len(b)/2))
	}
	write(w, http.StatusOK, b)
}

// refuse answers with an error as Rspamd does. It is the only key: clients tell by that that there is no verdict.
func refuse(w http.ResponseWriter, status int, why string) {
	t := &text{[]byte{'{'}}
	t.word("error", why)
	t.shut('}')
	write(w, status, t.b)
}

// tryLater tells that the same request may succeed a little later. Teaching twice changes nothing.
func tryLater(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "10")
	refuse(w, http.StatusServiceUnavailable, why+": try again later")
}

// Values of a header that many answers have. They are not changed.
var isJSON = []string{"application/json"}

func write(w http.ResponseWriter, status int, b []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
	h := w.Header()
	h["Content-Type"] = isJSON
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
