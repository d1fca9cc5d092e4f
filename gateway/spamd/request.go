package spamd

import (
	"bufio"
	"errors"
	"os"
	"strconv"
	"strings"

	"weir/filters"
	"weir/gateway"
	"weir/message"
)

const (
	maxLine    = 16 << 10  // bytes of the request line and of each header
	maxHeaders = 255       // of SPAMC, as spamd
	maxHeader  = 256 << 10 // bytes of all headers: RSPAMC has one for each recipient
)

// request is what stands before the mail.
type request struct {
	message.Envelope // RSPAMC's

	verb    string // "CHECK"
	rspamc  bool
	version int   // 105 is 1.5
	length  int64 // Content-length; -1: the mail ends with the connection
	zlib    bool
	user    string // "" none

	class       filters.Class // TELL's Message-class; Unlearned: none was given
	set, remove bool          // TELL: in our own database
}

// parseLine reads "CHECK SPAMC/1.5". It must be all of the line: that of an HTTP request, which a web page can have any
// browser send, is none.
func parseLine(line string) (*request, *fault) {
	verb, protocolName, ok := strings.Cut(line, " ")
	name, version, slash := strings.Cut(protocolName, "/")
	r := &request{verb: verb, rspamc: name == "RSPAMC", length: -1}
	if !ok || !slash || name != "SPAMC" && !r.rspamc || !r.known() {
		return nil, protocol("%s", shown(line))
	}
	if r.version, ok = parseVersion(version); !ok {
		return nil, protocol("%s", shown(line))
	}
	return r, nil
}

func (r *request) known() bool {
	switch r.verb {
	case "CHECK", "SYMBOLS", "REPORT", "PING", "SKIP":
		return true
	case "REPORT_IFSPAM", "PROCESS", "HEADERS", "TELL":
		return !r.rspamc
	}
	return false
}

func parseVersion(s string) (int, bool) {
	major, minor, _ := strings.Cut(s, ".")
	a, err := strconv.ParseUint(major, 10, 8)
	b, err2 := strconv.ParseUint(minor, 10, 8)
	return int(a)*100 + min(int(b), 99), err == nil && err2 == nil && a > 0
}

// hasHeaders tells whether headers follow the request line. QUIRK: SPAMC/1.0 has none, and PING and SKIP have some only
// since 1.5.
func (r *request) hasHeaders() bool {
	if r.verb == "PING" || r.verb == "SKIP" {
		return r.version >= 105
	}
	return r.version > 100 || r.rspamc
}

// readLine reads a line without its end. io.EOF is returned only where nothing came at all.
func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", protocol("(line longer than %d bytes)", maxLine)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", &fault{exTimeout, "(the header did not come in time)"}
	case err != nil && len(line) > 0:
		return "", protocol("(EOF during headers)")
	case err != nil:
		return "", err
	}
	return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
}

// readHeaders reads up to the empty line.
func (r *request) readHeaders(in *bufio.Reader) error {
	size := 0
	for n := 0; ; n++ {
		line, err := readLine(in)
		var f *fault
		switch {
		case errors.As(err, &f):
			return f
		case err != nil:
			return protocol("(EOF during headers)")
		case line == "":
			return nil
		}
		if size += len(line); size > maxHeader || n >= maxHeaders && !r.rspamc {
			return protocol("(too many headers)")
		}
		if f := r.header(line); f != nil {
			return f
		}
	}
}

// header reads one. QUIRK: spamd knows the names only as they are written here, but a client that writes
// "content-length" means the same, and to miss it would judge the mail's next bytes as something else.
func (r *request) header(line string) *fault {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return protocol("(header not in 'Name: value' format)")
	}
	value = strings.TrimLeft(value, " \t")
	switch name = strings.ToLower(name); {
	case name == "content-length":
		return r.contentLength(value)
	case r.rspamc:
		return r.rspamHeader(name, value)
	}
	return r.spamHeader(name, value)
}

func (r *request) contentLength(value string) *fault {
	n, err := strconv.ParseUint(value, 10, 62)
	switch {
	case errors.Is(err, strconv.ErrRange):
		n = 1 << 62 // larger than any limit
	case err != nil || value[0] == '+':
		return protocol("(Content-Length contains non-numeric bytes)")
	}
	if r.length >= 0 && r.length != int64(n) {
		return protocol("(two different Content-length headers)")
	}
	r.length = int64(n)
	return nil
}

func (r *request) spamHeader(name, value string) *fault {
	switch name {
	case "user":
		if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return protocol("(User header contains control chars)")
		}
		r.user = value
	case "compress":
		if !strings.Contains(strings.ToLower(value), "zlib") {
			return protocol("(compression type not supported: %s)", shown(value))
		}
		r.zlib = true
	case "message-class":
		switch strings.ToLower(value) {
		case "spam":
			r.class = filters.Spam
		case "ham":
			r.class = filters.Ham
		default:
			return protocol("(Message-class header contains invalid class)")
		}
	case "set":
		r.set = strings.Contains(strings.ToLower(value), "local")
	case "remove":
		r.remove = strings.Contains(strings.ToLower(value), "local")
	}
	return nil
}

// rspamHeader reads what Exim tells. What can't be read counts as not known.
func (r *request) rspamHeader(name, value string) *fault {
	switch name {
	case "from":
		r.HasFrom, r.From = true, path(value)
	case "rcpt":
		if to := path(value); to != "" {
			r.Rcpts = append(r.Rcpts, to)
		}
		if len(r.Rcpts) > gateway.MaxRcpts {
			return protocol("(too many recipients: at most %d for one mail)", gateway.MaxRcpts)
		}
	case "helo":
		r.Helo = value
	case "hostname":
		r.Client.Name = gateway.ToldName(value)
	case "ip":
		r.Client.Addr = gateway.ToldAddr(value)
	case "user":
		r.Client.Auth = value
	}
	return nil
}

// path takes an address out of its <>.
func path(s string) string {
	s = strings.TrimSpace(s)
	return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
}

// shown is a client's own text as it may be given back to it.
func shown(s string) string {
	s = s[:min(len(s), 80)]
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
}
